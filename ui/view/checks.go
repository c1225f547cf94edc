package view

import (
	"github.com/dongyur/dongyur/core/lang"
	"github.com/dongyur/dongyur/core/protocol"
	"github.com/dongyur/dongyur/ui/state"
)

// maxNotes is how many notes a cell shows.
const maxNotes = 3

// notes are what is odd in a cell: leaks and duplicates first.
func (c *Examples) notes(i int, field state.Field) []note {
	var list []note
	for _, m := range c.App.Table.Matches[i] {
		if m.Field == string(field) {
			list = append(list, note{matchText(m), class("match", m.Leak, "leak")})
		}
	}
	for _, k := range c.App.Table.Checks(i) {
		if k.Field == field {
			list = append(list, note{checkText(k), class("check", !k.Hint, "wrong")})
		}
	}
	if more := len(list) - maxNotes; more > 0 {
		list = append(list[:maxNotes], note{T("%d more", more), "check"})
	}
	return list
}

// matchText says which row has the same text.
func matchText(m protocol.Match) string {
	same := T("the same text as row %d", m.Of+1)
	if !m.Exact {
		same = T("nearly the text of row %d: %d %% of it is shared", m.Of+1, int(100*m.Shared+0.5))
	}
	if m.Leak {
		return T("Leak: %s, which is trained on.", same)
	}
	return T("Duplicate: %s.", same)
}

// checkText words a check.
func checkText(c state.Check) string {
	switch c.Kind {
	case state.EmptySource:
		return T("The source is empty; this row is left out.")
	case state.EmptyReference:
		return T("No reference: the row counts for similarity to its source alone.")
	case state.CheckKind(lang.WrongScript):
		return T("This does not look like %s.", languageName(c.Text))
	case state.Placeholders:
		return T("%s stands on this side only.", c.Text)
	case state.NumbersDiffer:
		return T("The number %s stands on this side only.", c.Text)
	}
	return T("%s: “%s”", problemName(lang.ProblemKind(c.Kind)), c.Text)
}

// problemName words what is wrong with a sequence.
func problemName(kind lang.ProblemKind) string {
	switch kind {
	case lang.BadSyllable:
		return T("No Tibetan syllable, or a loan")
	case lang.MissingTsheg:
		return T("A tsheg is missing")
	case lang.DoubledTsheg:
		return T("Two tshegs")
	case lang.MissingEnd:
		return T("No tsheg or shad before the space")
	case lang.NoShad:
		return T("No shad at the end")
	case lang.HasLatin:
		return T("Latin letters touch Tibetan ones")
	case lang.ZeroWidth, lang.ByteOrderMark:
		return T("An invisible character")
	case lang.LoneSubjoined, lang.LoneMark:
		return T("A sign without a letter to sit on")
	case lang.MarkOrder, lang.DoubledVowel, lang.Deprecated:
		return T("Signs out of order or twice")
	case lang.NotNFC:
		return T("Not in normal form")
	case lang.Mojibake:
		return T("Mojibake: UTF-8 that was read as Latin-1")
	case lang.LatinWylie:
		return T("Tibetan in Wylie")
	case lang.Replacement, lang.InvalidUTF8:
		return T("A character was lost")
	case lang.Control, lang.PrivateUse:
		return T("A character of no script")
	}
	return string(kind)
}
