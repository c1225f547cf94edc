package data

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/dongyur/dongyur/core/lang"
	"github.com/dongyur/dongyur/core/language"
	"github.com/dongyur/dongyur/core/task"
)

// fill makes a row as wide as the table. It refuses one that ends before its source or
// reference, or goes on after the last name; empty fields too many are what spreadsheets
// leave behind and do no harm.
func (l *layout) fill(r *sheetRow, opt ReadOptions) *TableError {
	want, got := len(l.columns), len(r.cells)
	msg := fmt.Sprintf("the row has %d fields and the first row has %d; check its separators and quotes", got, want)
	if got > want && !blank(r.cells[want:]) {
		return &TableError{Name: opt.Name, Line: r.cells[want].line, Column: r.cells[want].column, Reason: Broken, Msg: msg}
	}
	needed := l.place[columnSource]
	if reference, has := l.place[columnReference]; has {
		needed = max(needed, reference)
	}
	if got <= needed {
		last := r.cells[got-1]
		return &TableError{Name: opt.Name, Line: last.line, Column: last.column + utf8.RuneCountInString(last.text), Field: l.columns[got].title(), Reason: Broken, Msg: msg}
	}
	for len(r.cells) < want {
		r.cells = append(r.cells, cell{line: r.line, column: r.column})
	}
	return nil
}

// example makes an Example of one row, as far as it can be read, and says why it is left
// out, if it is.
func (l *layout) example(r sheetRow, opt ReadOptions) (task.Example, *TableError) {
	if r.wrong != nil {
		return task.Example{}, r.wrong
	}
	if wrong := l.fill(&r, opt); wrong != nil {
		return task.Example{}, wrong
	}
	get := func(field string) string {
		if i, has := l.place[field]; has {
			return r.cells[i].text
		}
		return ""
	}
	out := func(reason Reason, field, format string, args ...any) *TableError {
		e := &TableError{Name: opt.Name, Line: r.line, Column: r.column, Reason: reason, Msg: fmt.Sprintf(format, args...)}
		if i, has := l.place[field]; has {
			e.Line, e.Column, e.Field = r.cells[i].line, r.cells[i].column, l.columns[i].title()
		}
		return e
	}
	e := task.Example{ID: get(columnID), Task: l.task, Source: get(columnSource), Reference: get(columnReference),
		SourceLang: l.sourceLang, TargetLang: l.targetLang, Split: get(columnSplit), Meta: l.meta(r)}
	takePivot(&e)
	if e.ID == "" {
		e.ID = rowName(opt.Name, r.line)
	}
	if code := get(columnSourceLang); code != "" {
		e.SourceLang = code
	}
	if code := get(columnTargetLang); code != "" {
		e.TargetLang = code
	}
	if name := get(columnTask); name != "" {
		if err := checkTask(name); err != nil {
			return e, out(UnknownTask, columnTask, "%v", err)
		}
		e.Task = name
	}
	if task.Is(e.Task, task.OneLanguage) && e.TargetLang == "" {
		e.TargetLang = e.SourceLang
	}
	if reason, field := l.unfinished(r, e, opt); reason != "" {
		return e, out(reason, field, "%s", unfinishedText[reason])
	}
	if reason, field, msg := l.bad(r, e); reason != "" {
		return e, out(reason, field, "%s", msg)
	}
	return e, nil
}

// unfinishedText says of each reason what it means.
var unfinishedText = map[Reason]string{
	Untranslated: "not translated",
	Fuzzy:        "marked as fuzzy: nobody has confirmed the translation",
	Draft:        "its state says that the translation is not done",
	Locked:       "marked as not to be translated",
	Obsolete:     "obsolete: the program no longer has this text",
}

// unfinished says why nobody expects a row to be used, and in which field it stands.
func (l *layout) unfinished(r sheetRow, e task.Example, opt ReadOptions) (Reason, string) {
	value := func(field string) string {
		if i, has := l.place[field]; has {
			return r.cells[i].text
		}
		return ""
	}
	switch reason := stateReason(value(columnState)); {
	case r.leave != "":
		return r.leave, columnSource
	case e.Reference == "" && !opt.ReferenceFree, e.Source == "" && e.Reference == "":
		return Untranslated, columnReference
	case isTrue(value(columnFuzzy)):
		return Fuzzy, columnReference
	case reason != "":
		return reason, columnReference
	}
	return "", ""
}

// bad says what is wrong with a row that was meant to be used.
func (l *layout) bad(r sheetRow, e task.Example) (reason Reason, field, msg string) {
	for _, field := range []string{columnSource, columnReference} {
		i, has := l.place[field]
		switch {
		case !has:
		case r.cells[i].notText:
			return NotText, field, fmt.Sprintf("the %s is a list or an object; it has to be a text", field)
		case strings.ContainsRune(r.cells[i].text, utf8.RuneError):
			return Broken, field, fmt.Sprintf("a character of the %s was lost (%q); correct it", field, utf8.RuneError)
		}
	}
	if e.Source == "" {
		return NoSource, columnSource, "the source is empty; fill it in or delete the row"
	}
	if msg := wrongScript(e); msg != "" {
		for _, kind := range wholeSide(e.Reference, e.TargetLang) {
			return Reason(kind), columnReference, kindText(kind, columnReference, e.TargetLang)
		}
		return OtherScript, columnReference, msg
	}
	return "", "", ""
}

// meta keeps the columns that fill no field, under their own names.
func (l *layout) meta(r sheetRow) map[string]string {
	var meta map[string]string
	for i, c := range l.columns {
		if l.used(i) || r.cells[i].text == "" {
			continue
		}
		if meta == nil {
			meta = map[string]string{}
		}
		meta[strings.TrimPrefix(c.title(), metaPrefix)] = r.cells[i].text
	}
	return meta
}

// wrongScript says what is wrong with a reference that has letters but not one of
// the target language's script. Single foreign names inside a reference are common
// and pass, and so does a reference that keeps the source as it is (a name, a key).
func wrongScript(e task.Example) string {
	target := language.Of(e.TargetLang)
	letters := lang.Count(e.Reference).Letters
	if len(target.Scripts) == 0 || letters == 0 || e.Reference == e.Source || target.Share(e.Reference) > 0 {
		return ""
	}
	msg := fmt.Sprintf("the reference has no letter of the target language's script (%s)", e.TargetLang)
	if e.SourceLang != e.TargetLang && e.SourceLang != "" && language.Share(e.Reference, e.SourceLang) > language.Share(e.Source, e.SourceLang) {
		return msg + "; the columns of source and reference look exchanged: map them or change the languages"
	}
	return msg + "; correct it, change the target language or, if it is written so, say in which script, as in uz-Cyrl"
}
