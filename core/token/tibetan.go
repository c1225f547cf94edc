package token

import "unicode"

// TibetanPattern is the pre-tokenizer pattern of our own models. A Tibetan
// syllable is one piece with the tsheg that ends it, so that no merge crosses
// a syllable; a run of shad is one piece with the space Tibetan puts after it;
// Chinese characters run together, away from Latin and kana; digits stand
// alone; other words take the space before them, as in Qwen's pattern, and
// keep their combining marks.
//
// It is written with \uHHHH ranges and a look-ahead, not with script names or
// class intersection, so that Oniguruma (`tokenizers`), .NET-style engines and
// JavaScript (transformers.js) all read it alike.
const TibetanPattern = `(?i:'s|'t|'re|'ve|'m|'ll|'d)` +
	`|[` + tibetanClass + `]+[\u0F0B\u0F0C]?` +
	`|[` + hanClass + `]+` +
	`| ?(?:(?![` + tibetanClass + hanClass + `])[\p{L}\p{M}])+` +
	`|\p{N}` +
	`| ?[\u0F0D-\u0F12\u0F14]+ ?` +
	`| ?[^\s\p{L}\p{M}\p{N}]+` +
	`|\s*[\r\n]+|\s+(?!\S)|\s+`

const (
	// Letters, vowel signs, subjoined letters and the marks set on them; not
	// the tsheg (U+0F0B, and U+0F0C that does not break).
	tibetanClass = `\u0F00\u0F18\u0F19\u0F35\u0F37\u0F39\u0F3E-\u0F87\u0F88-\u0FBC\u0FC6`
	hanClass     = `\u3005\u3007\u3400-\u4DBF\u4E00-\u9FFF\uF900-\uFAFF`
)

var tibetanTable = &unicode.RangeTable{R16: []unicode.Range16{
	{Lo: 0x0F00, Hi: 0x0F00, Stride: 1},
	{Lo: 0x0F18, Hi: 0x0F19, Stride: 1},
	{Lo: 0x0F35, Hi: 0x0F39, Stride: 2},
	{Lo: 0x0F3E, Hi: 0x0FBC, Stride: 1},
	{Lo: 0x0FC6, Hi: 0x0FC6, Stride: 1},
}}

var hanTable = &unicode.RangeTable{R16: []unicode.Range16{
	{Lo: 0x3005, Hi: 0x3007, Stride: 2},
	{Lo: 0x3400, Hi: 0x4DBF, Stride: 1},
	{Lo: 0x4E00, Hi: 0x9FFF, Stride: 1},
	{Lo: 0xF900, Hi: 0xFAFF, Stride: 1},
}}

var shadTable = &unicode.RangeTable{R16: []unicode.Range16{
	{Lo: 0x0F0D, Hi: 0x0F12, Stride: 1},
	{Lo: 0x0F14, Hi: 0x0F14, Stride: 1},
}}

// tibetanScanner is TibetanPattern in one pass.
type tibetanScanner struct{}

func (tibetanScanner) next(s string, i int) int {
	if s[i] == '\'' {
		if end := contractionEnd(s, i, true); end > i {
			return end
		}
	}
	c, width := classAt(s, i)
	switch {
	case c&tibetan != 0:
		return tsheg(s, run(s, i, tibetan))
	case c&han != 0:
		return run(s, i, han)
	}

	start := i // of the piece's body, after an optional space
	if s[i] == ' ' {
		start = i + width
		c, _ = classAt(s, start)
	}
	switch {
	case start == len(s):
	case c&(letter|mark) != 0 && c&(tibetan|han) == 0:
		return word(s, start)
	case c&number != 0 && start == i:
		return i + width
	case c&shad != 0:
		end := run(s, start, shad)
		if end < len(s) && s[end] == ' ' {
			end++
		}
		return end
	case c&(space|letter|mark|number) == 0:
		return runWithout(s, start, space|letter|mark|number)
	}
	return spaces(s, i, true)
}

// tsheg steps over one tsheg at i.
func tsheg(s string, i int) int {
	if i+3 <= len(s) && (s[i:i+3] == "\u0F0B" || s[i:i+3] == "\u0F0C") {
		return i + 3
	}
	return i
}

// word ends a run of letters and marks that are neither Tibetan nor Chinese.
func word(s string, i int) int {
	for {
		c, width := classAt(s, i)
		if width == 0 || c&(letter|mark) == 0 || c&(tibetan|han) != 0 {
			return i
		}
		i += width
	}
}
