package language

import (
	"strings"

	"github.com/dongyur/dongyur/core/lang"
)

// leastShare is the share of letters in its own script below which a text is hardly in
// its language. Names and loans in Latin letters make up to half of real ones.
const leastShare = 0.3

// CheckSide judges one side of an example in the language of a tag.
func CheckSide(text, tag string) []lang.Problem { return Of(tag).CheckSide(text) }

// CheckSide judges one side of an example in the language: first the text as a whole,
// then its damaged sequences. A program reads it before training, a page as a row is
// typed. A language whose script nobody knows is written in any.
func (l *Language) CheckSide(text string) []lang.Problem {
	var found []lang.Problem
	whole := lang.Span{Start: 0, End: len(text)}
	switch {
	case lang.IsMojibake(text):
		return []lang.Problem{{Kind: lang.Mojibake, Span: whole}} // which is full of controls
	case l.Romanised != nil && l.Romanised.Is(text):
		found = append(found, lang.Problem{Kind: l.Romanised.Kind, Span: whole})
	case len(l.Scripts) > 0 && lang.Count(text).Letters > 0 && l.Share(text) < leastShare:
		found = append(found, lang.Problem{Kind: lang.WrongScript, Span: whole})
	}
	return append(found, lang.Check(text)...)
}

// Mend undoes mojibake, does what lang.Clean does, and writes a romanised text in the language's script
// where its row can.
func Mend(text, tag string) string {
	text = lang.MendBytes(text)
	if r := Of(tag).Romanised; r != nil && r.Is(text) {
		text = r.Read(strings.TrimSpace(text))
	}
	return lang.Clean(text)
}

// Romanisation is a way of writing a language in Latin letters.
type Romanisation struct {
	Kind lang.ProblemKind         // what CheckSide calls a text in it
	Is   func(text string) bool   // tells it from other texts in Latin letters
	Read func(text string) string // writes it in the language's script
}

// Keyboard is a way of typing a language on Latin keys. Both functions take what stands
// left of the caret and tell how many bytes at its end give way, and to what; ok is
// false where nothing does.
type Keyboard struct {
	Name string
	Type func(before string) (bytes int, text string, warnings []lang.Warning, ok bool) // after each key
	End  func(before string) (bytes int, text string, warnings []lang.Warning, ok bool) // when typing has ended
}
