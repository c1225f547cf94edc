package data

import (
	"fmt"
	"slices"
	"sort"
	"strconv"
	"strings"

	"github.com/dongyur/dongyur/core/task"
)

// Columns a table may have, by the field of Example they fill.
const (
	columnID         = "id"
	columnTask       = "task"
	columnSource     = "source"
	columnReference  = "reference"
	columnSourceLang = "source_lang"
	columnTargetLang = "target_lang"
	columnSplit      = "split"
)

var exampleColumns = []string{columnID, columnTask, columnSource, columnReference, columnSourceLang, columnTargetLang, columnSplit}

// Names that people give the column of the source and of the reference, best first.
var (
	sourceNames    = []string{"source", "src", "input", "prompt", "text", "原文"}
	referenceNames = []string{"reference", "ref", "target", "tgt", "output", "completion", "translation", "译文"}
	bodyNames      = []string{"body", "article", "content", "news", "正文"}
	titleNames     = []string{"title", "headline", "summary", "标题"}
)

// languageNames are headers that name a language, which then is the column's.
var languageNames = map[string]string{
	"bo": "bo", "bod": "bo", "tib": "bo", "bo-cn": "bo", "tibetan": "bo", "བོད་ཡིག": "bo", "བོད་སྐད": "bo", "藏文": "bo", "藏语": "bo",
	"zh": "zh", "zho": "zh", "chi": "zh", "zh-cn": "zh", "chinese": "zh", "རྒྱ་ཡིག": "zh", "中文": "zh", "汉语": "zh", "汉文": "zh",
	"en": "en", "eng": "en", "en-us": "en", "english": "en", "དབྱིན་ཡིག": "en", "英文": "en", "英语": "en",
}

// layout says which column of a grid fills which field of Example.
type layout struct {
	names      []string       // what each column is called, for errors and Meta
	place      map[string]int // field of Example → column
	header     bool           // the first row holds names, not an example
	task       string
	sourceLang string
	targetLang string
}

// headerKey makes a name comparable: case, underscores, spaces and the final tsheg or shad do not count.
func headerKey(name string) string {
	name = strings.ToLower(strings.TrimSpace(name))
	name = strings.ReplaceAll(name, "_", "-")
	return strings.TrimRight(name, "་།: ")
}

// planColumns finds out what each column of the grid holds: first what the caller
// mapped, then columns named after languages, then names that people use.
func planColumns(g grid, opt ReadOptions) (layout, error) {
	l := layout{place: map[string]int{}, task: opt.Task, sourceLang: opt.SourceLang, targetLang: opt.TargetLang}
	l.names = g.names
	if l.names == nil {
		for _, c := range g.rows[0].cells {
			l.names = append(l.names, c.text)
		}
	}
	known := l.knownNames()
	l.header = g.names != nil || known || mapsByName(opt.Columns, l.names)
	if !l.header {
		for i := range l.names {
			l.names[i] = "column " + strconv.Itoa(i+1)
		}
	}
	if err := l.applyMapping(opt); err != nil {
		return l, err
	}
	if l.header {
		if err := l.guess(opt); err != nil {
			return l, err
		}
	} else {
		l.take(columnSource, 0)
		if len(l.names) > 1 {
			l.take(columnReference, 1)
		}
	}
	if l.task == "" {
		l.task = task.Translate
	}
	return l, l.check(g, opt)
}

// take gives a column to a field unless one of the two is already settled.
func (l *layout) take(field string, column int) bool {
	if _, settled := l.place[field]; settled || column < 0 {
		return false
	}
	for _, used := range l.place {
		if used == column {
			return false
		}
	}
	l.place[field] = column
	return true
}

// find returns the first column that has one of the names, or -1.
func (l *layout) find(names ...string) int {
	for _, want := range names {
		for i, name := range l.names {
			if headerKey(name) == headerKey(want) {
				return i
			}
		}
	}
	return -1
}

func (l *layout) knownNames() bool {
	for _, names := range [][]string{sourceNames, referenceNames, bodyNames, titleNames, exampleColumns} {
		if l.find(names...) >= 0 {
			return true
		}
	}
	return slices.ContainsFunc(l.names, func(name string) bool { return languageNames[headerKey(name)] != "" })
}

func mapsByName(columns map[string]string, names []string) bool {
	for _, want := range columns {
		for _, name := range names {
			if headerKey(name) == headerKey(want) {
				return true
			}
		}
	}
	return false
}

// applyMapping settles the columns that the caller named, by header or by number.
func (l *layout) applyMapping(opt ReadOptions) error {
	fields := make([]string, 0, len(opt.Columns))
	for field := range opt.Columns {
		fields = append(fields, field)
	}
	sort.Strings(fields)
	for _, field := range fields {
		want := opt.Columns[field]
		if !slices.Contains(exampleColumns, field) {
			return fmt.Errorf("map columns of %s: %q is not a field of an example; use one of %s", opt.Name, field, strings.Join(exampleColumns, ", "))
		}
		column := l.find(want)
		if n, err := strconv.Atoi(want); column < 0 && err == nil && n >= 1 && n <= len(l.names) {
			column = n - 1
		}
		if column < 0 {
			return &TableError{Name: opt.Name, Line: 1, Column: 1, Field: want,
				Msg: fmt.Sprintf("the table has no such column to take the %s from; it has %s", field, quoted(l.names))}
		}
		for other, used := range l.place {
			if used == column {
				return fmt.Errorf("map columns of %s: %q is given to both %s and %s; use each column once", opt.Name, want, other, field)
			}
		}
		l.place[field] = column
	}
	return nil
}

// guess settles the columns of a table with headers that the caller did not map.
func (l *layout) guess(opt ReadOptions) error {
	if l.task == "" && l.find(bodyNames...) >= 0 && l.find(titleNames...) >= 0 {
		l.task = task.Headline
	}
	if l.task == task.Headline {
		l.take(columnSource, l.find(bodyNames...))
		l.take(columnReference, l.find(titleNames...))
	} else if err := l.guessLanguages(opt); err != nil {
		return err
	}
	l.take(columnSource, l.find(sourceNames...))
	l.take(columnReference, l.find(referenceNames...))
	l.take(columnSource, l.find(bodyNames...))
	l.take(columnReference, l.find(titleNames...))
	for _, field := range []string{columnID, columnTask, columnSourceLang, columnTargetLang, columnSplit} {
		l.take(field, l.find(field))
	}
	return nil
}

// guessLanguages uses headers that name languages: those of the two languages asked
// for, or the only two that the table has, in their order.
func (l *layout) guessLanguages(opt ReadOptions) error {
	columns := map[string]int{}
	var order []string
	for i, name := range l.names {
		if code := languageNames[headerKey(name)]; code != "" {
			if _, twice := columns[code]; !twice {
				columns[code] = i
				order = append(order, code)
			}
		}
	}
	_, sourceMapped := l.place[columnSource]
	_, referenceMapped := l.place[columnReference]
	if len(order) < 2 || sourceMapped && referenceMapped {
		return nil
	}
	if l.sourceLang == "" || l.targetLang == "" {
		rest := slices.DeleteFunc(slices.Clone(order), func(code string) bool { return code == l.sourceLang || code == l.targetLang })
		if len(rest) > 2 || len(rest) == 2 && (l.sourceLang != "" || l.targetLang != "") {
			return &TableError{Name: opt.Name, Line: 1, Column: 1,
				Msg: fmt.Sprintf("the table has the languages %s; say which one to translate from and which one to translate into", quoted(order))}
		}
		if l.sourceLang == "" && len(rest) > 0 {
			l.sourceLang, rest = rest[0], rest[1:]
		}
		if l.targetLang == "" && len(rest) > 0 {
			l.targetLang = rest[0]
		}
	}
	source, hasSource := columns[l.sourceLang]
	target, hasTarget := columns[l.targetLang]
	if hasSource && hasTarget {
		l.take(columnSource, source)
		l.take(columnReference, target)
	}
	return nil
}

// check says what is missing before any row is read.
func (l *layout) check(g grid, opt ReadOptions) error {
	first := g.rows[0]
	wrong := func(field, msg string) error {
		return &TableError{Name: opt.Name, Line: first.line, Column: 1, Field: field, Msg: msg}
	}
	if err := checkTask(l.task); err != nil {
		return fmt.Errorf("read table %s: %w", opt.Name, err)
	}
	_, hasSource := l.place[columnSource]
	_, hasReference := l.place[columnReference]
	switch {
	case len(l.names) == 1 && !opt.ReferenceFree:
		return wrong("", fmt.Sprintf("the table has one column, %s; it needs two, source and reference, with a tab, comma or semicolon between them (or allow rows without a reference)", quoted(l.names)))
	case !hasSource:
		return wrong(columnSource, fmt.Sprintf("no column for the source among %s; name one %q, or map it", quoted(l.names), columnSource))
	case !hasReference && !opt.ReferenceFree:
		return wrong(columnReference, fmt.Sprintf("no column for the reference among %s; name one %q, or map it", quoted(l.names), columnReference))
	case l.header && g.names == nil && len(g.rows) == 1:
		return wrong("", "the table has column names and no examples; add at least one row")
	}
	return nil
}

// quoted lists names for a message, the first eight of them, long ones cut.
func quoted(names []string) string {
	var parts []string
	for i, name := range names {
		if i == 8 {
			parts = append(parts, fmt.Sprintf("… (%d in all)", len(names)))
			break
		}
		if letters := []rune(name); len(letters) > 40 {
			name = string(letters[:40]) + "…"
		}
		parts = append(parts, strconv.Quote(name))
	}
	return strings.Join(parts, ", ")
}
