package token

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/dlclark/regexp2"
)

// A matcher finds the matches of a pattern in s from left to right, none
// overlapping.
type matcher interface {
	each(s string, match func(from, to int))
}

// parsePattern reads {"Regex": …} or {"String": …}.
func parsePattern(raw json.RawMessage, where string) (matcher, error) {
	var p struct{ Regex, String *string }
	if err := json.Unmarshal(raw, &p); err != nil {
		return nil, fmt.Errorf("%s.pattern: %w", where, err)
	}
	switch {
	case p.String != nil && *p.String != "":
		return literalMatcher(*p.String), nil
	case p.Regex != nil:
		m, err := compilePattern(*p.Regex)
		if err != nil {
			return nil, fmt.Errorf("%s.pattern.Regex: %w", where, err)
		}
		return m, nil
	}
	return nil, fmt.Errorf("%s.pattern: want {\"Regex\": …} or {\"String\": …}", where)
}

type literalMatcher string

func (l literalMatcher) each(s string, match func(from, to int)) {
	for at := 0; l != ""; {
		i := strings.Index(s[at:], string(l))
		if i < 0 {
			return
		}
		match(at+i, at+i+len(l))
		at += i + len(l)
	}
}

// runeMatcher matches single characters.
type runeMatcher func(rune) bool

func (is runeMatcher) each(s string, match func(from, to int)) {
	for i := 0; i < len(s); {
		r, width := utf8.DecodeRuneInString(s[i:])
		if is(r) {
			match(i, i+width)
		}
		i += width
	}
}

// wordMatcher matches `\w+|[^\w\s]+`, \w by Unicode's definition, which the
// general engine does not follow.
type wordMatcher struct{}

func (wordMatcher) each(s string, match func(from, to int)) {
	const other, inWord, between = 0, 1, 2
	start, kind := 0, between
	for i, r := range s {
		now := other
		switch {
		case isWord(r):
			now = inWord
		case unicode.IsSpace(r):
			now = between
		}
		if now != kind {
			if kind != between {
				match(start, i)
			}
			start, kind = i, now
		}
	}
	if kind != between {
		match(start, len(s))
	}
}

// knownMatcher is a pattern with a scanner of its own.
type knownMatcher struct{ scanner }

func (k knownMatcher) each(s string, match func(from, to int)) {
	for i := 0; i < len(s); {
		end := k.next(s, i)
		match(i, end)
		i = end
	}
}

// compilePattern takes a scanner where the pattern is known, else the general
// engine, which backtracks as Oniguruma does in the reference.
func compilePattern(pattern string) (matcher, error) {
	if s, ok := knownPatterns[pattern]; ok {
		return knownMatcher{s}, nil
	}
	translated, err := toNET(pattern)
	if err != nil {
		return nil, err
	}
	// In Oniguruma's syntax ^ and $ are the ends of lines.
	re, err := regexp2.Compile(translated, regexp2.Multiline)
	if err != nil {
		return nil, fmt.Errorf("%q: %w", pattern, err)
	}
	re.MatchTimeout = matchTimeout
	return &regexpMatcher{re}, nil
}

// A general pattern sees a window of the text at a time, so that a pattern
// that looks ahead to the end at each step costs the window squared, not the
// text. A match that ends in the window's margin is looked for again in a
// window that starts nearer; one longer than a window gets a larger window.
//
// A pattern that explodes runs into matchTimeout; the rest of the text is then
// one gap, so that the whole costs no more. (In js/wasm, where nothing
// interrupts a running match, the limit does not act.)
const (
	windowRunes  = 4096
	marginRunes  = 512
	matchTimeout = 2 * time.Second
)

type regexpMatcher struct{ re *regexp2.Regexp }

func (m *regexpMatcher) each(s string, match func(from, to int)) {
	runes, offsets := decodeRunes(s)
	at := 0 // where the next match may start
	window := windowRunes
	for at < len(runes) {
		low := max(0, at-marginRunes) // context for look-behind
		high := min(len(runes), at+window)
		last := high == len(runes)
		safe := high - marginRunes
		progress := at
		found, err := m.re.FindRunesMatchStartingAt(runes[low:high], at-low)
		for ; err == nil && found != nil; found, err = m.re.FindNextMatch(found) {
			from, to := low+found.Index, low+found.Index+found.Length
			if !last && to > safe {
				break
			}
			match(offsets[from], offsets[to])
			progress = to
		}
		switch {
		case err != nil:
			return
		case last && found == nil:
			return
		case progress == at && found == nil:
			at = safe
		case progress == at:
			window *= 2
		default:
			at, window = progress, windowRunes
		}
	}
}

// decodeRunes gives the characters of s and the byte offset of each, with the
// end; a byte that is not UTF-8 is one character.
func decodeRunes(s string) ([]rune, []int) {
	runes := make([]rune, 0, len(s))
	offsets := make([]int, 0, len(s)+1)
	for i, r := range s {
		runes = append(runes, r)
		offsets = append(offsets, i)
	}
	return runes, append(offsets, len(s))
}
