package token

import (
	"encoding/json"
	"fmt"
	"strings"
	"unicode"
)

// A splitter hands the pieces of s to emit in order, never an empty one.
type splitter interface {
	split(s string, emit func(piece string))
}

// parsePreTokenizer reads the pre_tokenizer field. It must hold ByteLevel, which is
// what makes the model byte-level, unless the normaliser has spelled the bytes
// already.
func parsePreTokenizer(raw json.RawMessage, spelled bool) (splitter, error) {
	const where = "pre_tokenizer"
	var chain chainSplitter
	byteLevel := false
	switch {
	case !isNull(raw):
		if err := appendPreTokenizer(&chain, &byteLevel, raw, where); err != nil {
			return nil, err
		}
	case !spelled:
		return nil, fmt.Errorf("%s is null: a byte-level BPE has a ByteLevel one", where)
	}
	switch {
	case !byteLevel && !spelled:
		return nil, fmt.Errorf("%s has no ByteLevel: only byte-level BPE is read", where)
	case !byteLevel:
		return unspellSplitter{chain}, nil
	}
	if len(chain) == 1 {
		return chain[0], nil
	}
	return chain, nil
}

func appendPreTokenizer(chain *chainSplitter, byteLevel *bool, raw json.RawMessage, where string) error {
	c, err := component(raw, where)
	if err != nil {
		return err
	}
	if c.Type == "Sequence" {
		for i, part := range c.PreTokenizers {
			if err := appendPreTokenizer(chain, byteLevel, part, fmt.Sprintf("%s.pretokenizers[%d]", where, i)); err != nil {
				return err
			}
		}
		return nil
	}
	s, err := c.splitter(where)
	if err != nil {
		return err
	}
	switch {
	case *byteLevel && c.Type == "ByteLevel":
		return fmt.Errorf("%s: a second ByteLevel would spell bytes twice", where)
	case *byteLevel:
		s = spelledSplitter{s}
	}
	*byteLevel = *byteLevel || c.Type == "ByteLevel"
	if s == (byteLevelSplitter{}) {
		return nil // only the change of alphabet, which the merger does
	}
	*chain = append(*chain, s)
	return nil
}

func (c componentJSON) splitter(where string) (splitter, error) {
	switch c.Type {
	case "ByteLevel":
		b := byteLevelSplitter{prefixSpace: c.AddPrefixSpace == nil || *c.AddPrefixSpace}
		if c.UseRegex == nil || *c.UseRegex {
			b.words = knownPatterns[gpt2Pattern]
		}
		return b, nil
	case "Split":
		matches, err := parsePattern(c.Pattern, where)
		if err != nil {
			return nil, err
		}
		return newPatternSplitter(matches, c.Behavior, c.Invert, where)
	case "Digits":
		behavior := "Contiguous"
		if c.Individual {
			behavior = "Isolated"
		}
		return newPatternSplitter(runeMatcher(unicode.IsNumber), behavior, false, where)
	case "Punctuation":
		return newPatternSplitter(runeMatcher(isPunctuation), orIsolated(c.Behavior), false, where)
	case "CharDelimiterSplit":
		return newPatternSplitter(literalMatcher(c.Delimiter), "Removed", false, where)
	case "WhitespaceSplit":
		return newPatternSplitter(runeMatcher(unicode.IsSpace), "Removed", false, where)
	case "Whitespace":
		return newPatternSplitter(wordMatcher{}, "Removed", true, where)
	}
	return nil, fmt.Errorf("%s.type %q is not read: byte-level BPE uses ByteLevel, Split, Sequence, Digits, Punctuation, Whitespace, WhitespaceSplit or CharDelimiterSplit", where, c.Type)
}

func orIsolated(behavior string) string {
	if behavior == "" {
		return "Isolated"
	}
	return behavior
}

func isPunctuation(r rune) bool {
	return unicode.IsPunct(r) || r < unicode.MaxASCII && unicode.IsSymbol(r)
}

// chainSplitter splits each piece of one with the next.
type chainSplitter []splitter

func (c chainSplitter) split(s string, emit func(string)) {
	if len(c) == 0 {
		emit(s)
		return
	}
	c[0].split(s, func(piece string) { c[1:].split(piece, emit) })
}

// byteLevelSplitter is the ByteLevel pre-tokenizer without its change of
// alphabet, which the merger does by table.
type byteLevelSplitter struct {
	prefixSpace bool
	words       scanner // nil: the piece stays whole
}

func (b byteLevelSplitter) split(s string, emit func(string)) {
	if b.prefixSpace && !strings.HasPrefix(s, " ") {
		s = " " + s
	}
	if b.words == nil {
		emit(s)
		return
	}
	scan(b.words, s, emit)
}

// spelledSplitter is a pre-tokenizer that comes after ByteLevel: it sees the
// byte alphabet, as Falcon's digits do.
type spelledSplitter struct{ splitter }

func (p spelledSplitter) split(s string, emit func(string)) {
	p.splitter.split(spellBytes(s), func(piece string) { emit(unspell(piece)) })
}

// unspellSplitter is a pre-tokenizer without ByteLevel, of text that the normaliser
// has put into the byte alphabet.
type unspellSplitter struct{ splitter }

func (p unspellSplitter) split(s string, emit func(string)) {
	p.splitter.split(s, func(piece string) { emit(unspell(piece)) })
}

func scan(words scanner, s string, emit func(string)) {
	for i := 0; i < len(s); {
		end := words.next(s, i)
		emit(s[i:end])
		i = end
	}
}

// scanSplitter is a Split whose pattern covers every character, so that how
// matches and gaps are treated makes no difference.
type scanSplitter struct{ scanner }

func (p scanSplitter) split(s string, emit func(string)) { scan(p.scanner, s, emit) }

// patternSplitter is the general Split: matches and the gaps between them, put
// together as behavior says.
type patternSplitter struct {
	matches  matcher
	behavior string
	invert   bool // gaps count as matches and matches as gaps
}

func newPatternSplitter(m matcher, behavior string, invert bool, where string) (splitter, error) {
	switch behavior {
	case "Removed", "Isolated", "MergedWithPrevious", "MergedWithNext", "Contiguous":
	default:
		return nil, fmt.Errorf("%s.behavior is %q: want Isolated, Removed, MergedWithPrevious, MergedWithNext or Contiguous", where, behavior)
	}
	if known, ok := m.(knownMatcher); ok {
		if behavior == "Isolated" || behavior == "Removed" && invert {
			return scanSplitter(known), nil
		}
	}
	return patternSplitter{m, behavior, invert}, nil
}

func (p patternSplitter) split(s string, emit func(string)) {
	start, end := 0, 0 // the piece being put together
	flush := func() {
		if end > start {
			emit(s[start:end])
		}
		start = end
	}
	previous, first := false, true // whether the part before was a match
	part := func(to int, isMatch bool) {
		if to == end && !isMatch {
			return
		}
		isMatch = isMatch != p.invert
		switch {
		case p.behavior == "Removed" && isMatch:
			flush()
			start, end = to, to
			return
		case p.behavior == "Contiguous" && !first && isMatch == previous,
			p.behavior == "MergedWithPrevious" && isMatch && !previous,
			p.behavior == "MergedWithNext" && !first && previous && !isMatch:
		default:
			flush()
		}
		end, previous, first = to, isMatch, false
	}
	at := 0
	p.matches.each(s, func(from, to int) {
		if from > at {
			part(from, false)
		}
		part(to, true)
		at = to
	})
	if at < len(s) {
		part(len(s), false)
	}
	flush()
}
