package state

import (
	"strings"

	"github.com/dongyur/dongyur/core/lang"
	"github.com/dongyur/dongyur/core/language"
	"github.com/dongyur/dongyur/core/task"
)

// Field is a column of the table that holds text.
type Field string

// The fields, in the order of the columns.
const (
	Source    Field = "source"
	Reference Field = "reference"
)

// CheckKind says what is odd in a row: one of these, or a kind of core/lang's problems.
type CheckKind string

// What is checked besides damaged sequences and spelling.
const (
	EmptySource    CheckKind = "empty source"
	EmptyReference CheckKind = "empty reference"
	Placeholders   CheckKind = "placeholders differ"
	NumbersDiffer  CheckKind = "numbers differ"
)

// Check is one thing that is odd in a row.
type Check struct {
	Kind  CheckKind
	Field Field
	Text  string // where in the field, or what is there
	Hint  bool   // worth a look; not counted as wrong
}

// maxContext bounds how much of a text a check quotes, in code points.
const maxContext = 24

// Checks says what is odd in a row. It is found once for each text.
func (t *Table) Checks(i int) []Check {
	r := &t.Rows[i]
	if !r.checked {
		r.checks, r.checked = check(r.Example), true
	}
	return r.checks
}

func check(e task.Example) []Check {
	var found []Check
	source, reference := strings.TrimSpace(e.Source), strings.TrimSpace(e.Reference)
	switch {
	case source == "" && reference == "":
		return []Check{{Kind: EmptySource, Field: Source, Hint: true}}
	case source == "":
		found = append(found, Check{Kind: EmptySource, Field: Source})
	case reference == "":
		found = append(found, Check{Kind: EmptyReference, Field: Reference, Hint: true})
	}
	found = append(found, checkText(e.Source, e.SourceLang, Source, false)...)
	found = append(found, checkText(e.Reference, e.TargetLang, Reference, task.Is(e.Task, task.Summary))...)
	if source != "" && reference != "" {
		found = append(found, agree(e)...)
	}
	return found
}

// checkText judges one side. A headline need not end in a shad.
func checkText(text, tag string, field Field, headline bool) []Check {
	var found []Check
	if strings.TrimSpace(text) == "" {
		return nil
	}
	for _, p := range language.CheckSide(text, tag) {
		c := Check{Kind: CheckKind(p.Kind), Field: field, Text: around(text, p.Span), Hint: p.Kind == lang.NotNFC}
		if p.Kind == lang.WrongScript {
			c.Text = tag
		}
		found = append(found, c)
	}
	l := language.Of(tag)
	if l.Check == nil {
		return found
	}
	for _, p := range l.Check(text) {
		if p.Kind == l.EndMark && headline {
			continue
		}
		found = append(found, Check{Kind: CheckKind(p.Kind), Field: field, Text: around(text, p.Span), Hint: true})
	}
	return found
}

// agree compares the two sides: what a program fills in, and numbers.
func agree(e task.Example) []Check {
	var found []Check
	compare := func(kind CheckKind, parts func(string) []string, hint bool) {
		onlySource, onlyReference := lang.OnlyIn(parts(e.Source), parts(e.Reference))
		if task.Is(e.Task, task.Summary) {
			onlySource = nil // a headline leaves out
		}
		for _, s := range onlySource {
			found = append(found, Check{Kind: kind, Field: Source, Text: s, Hint: hint})
		}
		for _, s := range onlyReference {
			found = append(found, Check{Kind: kind, Field: Reference, Text: s, Hint: hint})
		}
	}
	compare(Placeholders, lang.Placeholders, false)
	compare(NumbersDiffer, lang.Numbers, true)
	return found
}

// around is the syllable or word at a span, for quoting: letters up to the next tsheg,
// shad or space on both sides.
func around(text string, s lang.Span) string {
	boundary := func(r rune) bool { return r == ' ' || r == '\n' || r == '\t' || lang.IsTsheg(r) || lang.IsShad(r) }
	start := strings.LastIndexFunc(text[:s.Start], boundary)
	if start >= 0 {
		start += len(string([]rune(text[start:])[0]))
	}
	start = max(start, 0)
	end := len(text)
	if i := strings.IndexFunc(text[s.End:], boundary); i >= 0 {
		end = s.End + i
	}
	quoted := []rune(text[start:end])
	if len(quoted) > maxContext {
		return string(quoted[:maxContext]) + "…"
	}
	return string(quoted)
}

// Wrong tells whether a row has a check that is more than a hint.
func (t *Table) Wrong(i int) bool {
	for _, c := range t.Checks(i) {
		if !c.Hint {
			return true
		}
	}
	return false
}

// CanMend tells whether a text of a language has damage whose mending cannot be wrong.
func CanMend(text, tag string) bool { return language.Mend(text, tag) != text }

// Mend takes invisible characters out of a row, puts signs in order, reads mojibake as
// UTF-8 and writes Wylie in Tibetan letters.
func (a *App) Mend(i int) {
	if i >= len(a.Table.Rows) {
		return
	}
	e := a.Table.Rows[i].Example
	e.Source, e.Reference = language.Mend(e.Source, e.SourceLang), language.Mend(e.Reference, e.TargetLang)
	a.Table.replace(i, 1, []Row{{Example: e, HeldOut: a.Table.Rows[i].HeldOut}}, "")
	a.Inspect()
}

// wanted is how many examples a person is asked to bring.
const wanted = 20

// Complete counts the rows that have both sides and nothing wrong, and how many of
// them are wanted: 20, or all of a longer table.
func (t *Table) Complete() (complete, of int) {
	for i, r := range t.Rows {
		if strings.TrimSpace(r.Example.Source) != "" && strings.TrimSpace(r.Example.Reference) != "" && !t.Wrong(i) {
			complete++
		}
	}
	return complete, max(wanted, len(t.Rows))
}
