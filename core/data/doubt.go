package data

import (
	"fmt"

	"github.com/dongyur/dongyur/core/lang"
	"github.com/dongyur/dongyur/core/language"
)

// wholeSide gives mojibake or Wylie of a text, the kinds that say what a text is in place
// of what it should be.
func wholeSide(text, tag string) []lang.ProblemKind {
	for _, p := range language.CheckSide(text, tag) {
		if p.Kind == lang.Mojibake || p.Kind == lang.LatinWylie {
			return []lang.ProblemKind{p.Kind}
		}
	}
	return nil
}

// kindText says what is wrong with a side and what to do.
func kindText(kind lang.ProblemKind, field, tag string) string {
	switch kind {
	case lang.Mojibake:
		return fmt.Sprintf("the %s is mojibake, UTF-8 that was read as Latin-1; export the table again as UTF-8, or mend it in the page", field)
	case lang.LatinWylie:
		return fmt.Sprintf("the %s is Tibetan in Wylie; write it in Tibetan letters (the page's examples have a button for it) or choose another language", field)
	case lang.WrongScript:
		return fmt.Sprintf("the %s has hardly a letter of the script of %q; correct it, or choose other columns or languages", field, tag)
	}
	return fmt.Sprintf("the %s has a damaged place: %s", field, kind)
}

// check doubts the rows that were read, one thing a side. A table of whose texts on one
// side all are mojibake, Wylie or in another script is refused, unless a person can
// mend it.
func (t *Table) check(opt ReadOptions) error {
	for _, field := range []string{columnSource, columnReference} {
		written := 0
		var whole []*TableError
		for i, e := range t.Examples {
			text, tag := e.Source, e.SourceLang
			if e.Source == e.Reference {
				continue // a name or a key, kept as it is
			}
			if field == columnReference {
				text, tag = e.Reference, e.TargetLang
			}
			if lang.Count(text).Letters == 0 && !lang.IsMojibake(text) {
				continue
			}
			written++
			for _, p := range language.CheckSide(text, tag) {
				if p.Kind == lang.NotNFC {
					continue
				}
				doubt := &TableError{Name: opt.Name, Line: t.Lines[i], Column: 1, Field: field, Reason: Reason(p.Kind), Msg: kindText(p.Kind, field, tag)}
				t.Doubts = append(t.Doubts, doubt)
				if p.Kind == lang.Mojibake || p.Kind == lang.LatinWylie || p.Kind == lang.WrongScript && language.Share(text, tag) == 0 {
					whole = append(whole, doubt)
				}
				break
			}
		}
		if len(whole) == written && written > 0 && !opt.Mendable {
			wrong := *whole[0]
			wrong.Msg += fmt.Sprintf(" (so it is with all rows: %d)", written)
			return &wrong
		}
	}
	return nil
}
