package language

import "github.com/dongyur/dongyur/core/lang"

// Units cuts s into the units that lengths, overlaps and repetitions are counted in
// for a text in the language of a tag: tsheg syllables where the text is Tibetan,
// characters where it is Chinese or Japanese, words otherwise. Spaces, punctuation and
// symbols are left out.
//
// The script of the text decides, so that an answer in the wrong language is still cut
// sensibly. The language decides where letters alone do not tell: text in Thai, Lao,
// Khmer and Burmese, written without spaces, is cut into characters with their marks
// when the language is one of these.
func Units(s, tag string) []string { return Of(tag).Units(s) }

// UnitSpans is where the units of Units lie.
func UnitSpans(s, tag string) []lang.Span { return Of(tag).UnitSpans(s) }

// Units cuts s into units; see the function of that name.
func (l *Language) Units(s string) []string {
	spans := l.UnitSpans(s)
	parts := make([]string, len(spans))
	for i, p := range spans {
		parts[i] = s[p.Start:p.End]
	}
	return parts
}

// UnitSpans is where the units of Units lie.
func (l *Language) UnitSpans(s string) []lang.Span {
	return lang.UnitSpans(s, len(l.Scripts) > 0 && scriptRow(l.Scripts[0]).spaceless)
}
