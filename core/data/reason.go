package data

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Reason says why a row of a table was left out.
type Reason string

// Rows that nobody has finished, or that are not meant to be used: they are left out and
// counted, and nothing is wrong with the table.
const (
	Untranslated Reason = "untranslated" // no text in one of the two languages
	Fuzzy        Reason = "fuzzy"        // a program's guess that nobody has confirmed
	Draft        Reason = "draft"        // its state says that it needs work
	Locked       Reason = "locked"       // not to be translated
	Obsolete     Reason = "obsolete"     // its program no longer has the text
)

// Rows that somebody should mend: they are left out, counted and listed, and a strict
// reader refuses their table.
const (
	Broken      Reason = "broken"       // fields are missing or too many, quotes are out of place, characters were lost
	NoSource    Reason = "no source"    // a reference without its source
	NotText     Reason = "not text"     // a list or an object in place of a text
	OtherScript Reason = "other script" // no letter of its language's script
	UnknownTask Reason = "unknown task"
)

// Wrong tells whether a row left out for the reason should be mended.
func (r Reason) Wrong() bool {
	switch r {
	case Untranslated, Fuzzy, Draft, Locked, Obsolete:
		return false
	}
	return true
}

// states are what translators' programs call a text that is not done: XLIFF 1.2 and 2.0,
// SDLXLIFF, Weblate, Crowdin and spreadsheets made by hand. Others pass.
var states = map[string]Reason{
	"new": Untranslated, "initial": Untranslated, "untranslated": Untranslated, "not translated": Untranslated, "empty": Untranslated,
	"needs-translation": Draft, "needs-adaptation": Draft, "needs-l10n": Draft, "needs-editing": Draft, "needs editing": Draft,
	"needs-review": Draft, "needs-review-translation": Draft, "needs-review-adaptation": Draft, "needs-review-l10n": Draft,
	"draft": Draft, "rejected": Draft, "rejectedtranslation": Draft, "rejectedsignoff": Draft,
	"fuzzy": Fuzzy,
}

// stateReason is why a text in that state is left out, or "".
func stateReason(state string) Reason { return states[strings.ToLower(strings.TrimSpace(state))] }

// isTrue reads what tables write for yes.
func isTrue(s string) bool {
	switch strings.ToLower(s) {
	case "true", "yes", "1", "y", "x", "是":
		return true
	}
	return false
}

// TableError says where a table is wrong and what to do about it. Line and Column
// count from 1 as an editor shows them, Column in characters; of a spreadsheet they are
// the row and the column. Field is the name of the table's column where there is one.
type TableError struct {
	Name   string // file name, or ""
	Line   int
	Column int
	Field  string
	Reason Reason
	Msg    string
}

func (e *TableError) Error() string {
	var b strings.Builder
	if e.Name != "" {
		b.WriteString(e.Name)
		b.WriteString(": ")
	}
	b.WriteString(e.Place())
	b.WriteString(": ")
	b.WriteString(e.Msg)
	return b.String()
}

// Place is where in the file it is.
func (e *TableError) Place() string {
	place := fmt.Sprintf("line %d, column %d", e.Line, e.Column)
	if e.Field != "" {
		place += fmt.Sprintf(", field %q", e.Field)
	}
	return place
}

// positionAt turns a byte offset of text into a line and a column in characters.
func positionAt(text string, offset int) (line, column int) {
	before := text[:offset]
	line = 1 + strings.Count(before, "\n")
	start := strings.LastIndexByte(before, '\n') + 1
	return line, 1 + utf8.RuneCountInString(before[start:])
}
