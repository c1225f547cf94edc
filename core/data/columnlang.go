package data

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dongyur/dongyur/core/lang"
	"github.com/dongyur/dongyur/core/language"
	"github.com/dongyur/dongyur/core/task"
)

// byLanguage takes the columns of the two languages asked for or, where none is asked
// for, the only two that the table has, in their order.
func (l *layout) byLanguage(opt ReadOptions) error {
	if l.has(columnSource) && l.has(columnReference) || task.Is(l.task, task.Summary) && !slices.ContainsFunc(l.columns, func(c sheetColumn) bool { return c.lang != "" }) {
		return nil
	}
	var order []string
	for i, c := range l.columns {
		if c.lang != "" && !l.used(i) && !slices.Contains(order, plainTag(c.lang)) {
			order = append(order, plainTag(c.lang))
		}
	}
	from, to := plainTag(l.sourceLang), plainTag(l.targetLang)
	if from == "" || to == "" {
		rest := slices.DeleteFunc(slices.Clone(order), func(code string) bool { return code == from || code == to })
		if len(rest) > 2 || len(rest) == 2 && (from != "" || to != "") {
			return l.chooseLanguages(opt, order)
		}
		if from == "" && len(rest) > 0 && !l.has(columnSource) {
			from, rest = rest[0], rest[1:]
			l.sourceLang = from
		}
		if to == "" && len(rest) > 0 && !l.has(columnReference) {
			to = rest[0]
			l.targetLang = to
		}
	}
	if from == to { // a headline, or one language written in two ways
		l.take(columnSource, l.ofLanguage(from, l.sourceLang))
		l.take(columnReference, l.ofLanguage(to, l.targetLang))
		return nil
	}
	for _, side := range []struct{ field, code, tag string }{{columnSource, from, l.sourceLang}, {columnReference, to, l.targetLang}} {
		if side.code == "" || l.has(side.field) {
			continue
		}
		if fits := l.inLanguage(side.code, side.tag); len(fits) > 1 {
			return &TableError{Name: opt.Name, Line: 1, Column: 1, Field: side.field, Reason: Broken,
				Msg: fmt.Sprintf("the table has %s for the language %q; choose one with --columns %s=… (in the page: under Columns)", quoted(fits), side.tag, side.field)}
		}
		l.take(side.field, l.ofLanguage(side.code, side.tag))
	}
	if len(order) > 1 && !l.has(columnSource) && !l.has(columnReference) {
		return l.chooseLanguages(opt, order)
	}
	return nil
}

func (l *layout) chooseLanguages(opt ReadOptions, order []string) error {
	return &TableError{Name: opt.Name, Line: 1, Column: 1, Reason: Broken,
		Msg: fmt.Sprintf("the table has the languages %s; say which one to translate from and which one to translate into", quoted(order))}
}

// ofLanguage is the first unused column of a language, or -1: one with the very tag
// before others in the same script, and these before any.
func (l *layout) ofLanguage(code, tag string) int {
	found, fit := -1, 0
	for i, c := range l.columns {
		if c.lang == "" || l.used(i) {
			continue
		}
		if f := fits(c.lang, code, tag); f > fit {
			found, fit = i, f
		}
	}
	return found
}

// fits tells how well a column's tag fits the language asked for: 3 it is the very tag, 2
// in the same script, 1 the same language, 0 not at all.
func fits(column, code, tag string) int {
	switch {
	case headerKey(column) == headerKey(tag):
		return 3
	case language.Same(column, tag):
		return 2
	case plainTag(column) == code:
		return 1
	}
	return 0
}

// inLanguage are the tags of a language's unused columns that fit it best. A second text
// of one tag is no choice.
func (l *layout) inLanguage(code, tag string) []string {
	var best []string
	most := 1
	for i, c := range l.columns {
		if c.lang == "" || l.used(i) {
			continue
		}
		switch fit := fits(c.lang, code, tag); {
		case fit > most:
			best, most = []string{c.lang}, fit
		case fit == most && !slices.Contains(best, c.lang):
			best = append(best, c.lang)
		}
	}
	return best
}

// settleLanguages gives the sides the languages of their columns. A headline stays in
// its own.
func (l *layout) settleLanguages(opt ReadOptions) {
	for _, side := range []struct {
		field, asked string
		to           *string
	}{{columnSource, opt.SourceLang, &l.sourceLang}, {columnReference, opt.TargetLang, &l.targetLang}} {
		if i, has := l.place[side.field]; has && l.columns[i].lang != "" {
			*side.to = plainLanguage(l.columns[i].lang, side.asked)
		}
	}
}

// scriptRows is how many rows tell the scripts of columns.
const scriptRows = 200

// byScript settles what is left where nothing is named: columns that are written in the
// script of a language. Where both languages share one, the first two columns are
// source and reference. Two that were found by their names and hold each other's script
// are exchanged.
func (l *layout) byScript(rows []sheetRow, named bool) {
	rows = rows[:min(len(rows), scriptRows)]
	from, to := l.sourceLang, l.targetLang
	apart := scriptsDiffer(from, to)
	if apart {
		source, reference := l.place[columnSource], l.place[columnReference]
		if !l.has(columnSource) {
			source = l.written(rows, from)
		}
		if !l.has(columnReference) {
			reference = l.written(rows, to)
		}
		if source >= 0 && reference >= 0 {
			l.take(columnSource, source)
			l.take(columnReference, reference)
		}
	}
	if !named {
		for i := range l.columns {
			if !l.has(columnSource) {
				l.take(columnSource, i)
			} else {
				l.take(columnReference, i)
			}
		}
	}
	source, reference := l.place[columnSource], l.place[columnReference]
	if l.mapped || !apart || !l.has(columnSource) || !l.has(columnReference) || l.columns[source].lang != "" || l.columns[reference].lang != "" {
		return
	}
	if share(rows, source, to) > .5 && share(rows, reference, from) > .5 && share(rows, source, from) < .1 && share(rows, reference, to) < .1 {
		l.place[columnSource], l.place[columnReference] = reference, source
		l.notes = append(l.notes, fmt.Sprintf("the texts of %q are in %s and those of %q in %s, so the two were exchanged",
			l.columns[source].name, to, l.columns[reference].name, from))
	}
}

// scriptsDiffer tells whether two languages are written in different scripts.
func scriptsDiffer(from, to string) bool {
	a, b := language.Of(from), language.Of(to)
	return len(a.Scripts) > 0 && len(b.Scripts) > 0 && !language.SameScript(a, b)
}

// written is the unused column most of whose letters are of a language's script, or -1.
func (l *layout) written(rows []sheetRow, tag string) int {
	best, most := -1, .5
	for i := range l.columns {
		if l.used(i) || isName(l.columns[i].name) || l.columns[i].lang != "" && plainTag(l.columns[i].lang) != plainTag(tag) {
			continue
		}
		if s := share(rows, i, tag); s > most {
			best, most = i, s
		}
	}
	return best
}

// share is the share of a column's letters that are of a language's script.
func share(rows []sheetRow, column int, tag string) float64 {
	var b strings.Builder
	for _, r := range rows {
		if column < len(r.cells) {
			b.WriteString(r.cells[column].text)
		}
	}
	return language.Share(b.String(), tag)
}

// differs tells whether the first row is written otherwise than the rows after it: one of
// its cells is short and in a script that no other row has in that column.
func differs(rows []sheetRow) bool {
	below := rows[1:min(len(rows), scriptRows)]
	for i, c := range rows[0].cells {
		own := lang.Count(c.text)
		if len(own.By) != 1 || len([]rune(c.text)) > 40 {
			continue
		}
		other := 0
		for _, r := range below {
			if i >= len(r.cells) {
				continue
			}
			letters := lang.Count(r.cells[i].text)
			for script := range own.By {
				if letters.By[script] == 0 && letters.Letters > 0 {
					other++
				}
			}
		}
		if other > 0 && other == len(below) {
			return true
		}
	}
	return false
}
