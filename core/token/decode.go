package token

import (
	"strings"
	"unicode/utf8"
)

// Decode gives the text of ids, special tokens as their names. Bytes are put
// together as they are, so ids that end inside a character give a broken end;
// Stream never does. Ids the tokenizer does not have are left out.
func (t *Tokenizer) Decode(ids []int) string { return t.decode(ids, false) }

// DecodeSkipSpecial is Decode without the special tokens.
func (t *Tokenizer) DecodeSkipSpecial(ids []int) string { return t.decode(ids, true) }

func (t *Tokenizer) decode(ids []int, skip bool) string {
	var out strings.Builder
	for _, id := range ids {
		if id >= 0 && id < len(t.bytes) && !(skip && t.isSpec[id]) {
			out.WriteString(t.bytes[id])
		}
	}
	return out.String()
}

// Stream decodes ids as they come. What Push gives is always valid UTF-8 and
// ends at a character's end; bytes that can never become a character give
// U+FFFD, one for each longest beginning of a character, as in `tokenizers`.
type Stream struct {
	// SkipSpecial leaves special tokens out.
	SkipSpecial bool

	t       *Tokenizer
	pending []byte // the beginning of a character, at most three bytes
}

// Stream starts a new text.
func (t *Tokenizer) Stream() *Stream { return &Stream{t: t} }

// Push adds one id and gives the text it completes, often "".
func (s *Stream) Push(id int) string {
	if id < 0 || id >= len(s.t.bytes) || s.SkipSpecial && s.t.isSpec[id] {
		return ""
	}
	return s.take(s.t.bytes[id], false)
}

// Flush ends the text and gives what is left: "" or U+FFFD for a character
// that was never completed.
func (s *Stream) Flush() string { return s.take("", true) }

func (s *Stream) take(more string, end bool) string {
	raw := append(s.pending, more...)
	out := make([]byte, 0, len(raw)+2)
	for len(raw) > 0 {
		r, width := utf8.DecodeRune(raw)
		if r != utf8.RuneError || width > 1 {
			out = append(out, raw[:width]...)
			raw = raw[width:]
			continue
		}
		n := beginning(raw)
		if n == len(raw) && !end && !complete(raw) {
			break
		}
		out = utf8.AppendRune(out, utf8.RuneError)
		raw = raw[n:]
	}
	s.pending = append(s.pending[:0], raw...)
	return string(out)
}

// complete says whether no byte after raw could make it a character.
func complete(raw []byte) bool { return utf8.FullRune(raw) }

// beginning is the length of the longest prefix of raw, which does not start
// with a character, that could begin one (at least 1): Unicode's "maximal
// subpart".
func beginning(raw []byte) int {
	for n := min(3, len(raw)); n > 1; n-- {
		if !utf8.FullRune(raw[:n]) {
			return n
		}
	}
	return 1
}
