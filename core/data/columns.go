package data

import (
	"fmt"
	"slices"
	"sort"
	"strconv"
	"strings"
	"sync"

	"github.com/dongyur/dongyur/core/task"
)

// layout says which column of a sheet fills which field of Example.
type layout struct {
	columns    []sheetColumn  // what each is called, and its language if it is known
	place      map[string]int // field of Example → column
	mapped     bool           // a caller chose the source or the reference
	header     bool           // the first row holds names, not an example
	task       string
	sourceLang string
	targetLang string
	notes      []string
}

// planColumns finds out what each column of the sheet holds: first what the caller
// mapped, then columns of the languages asked for, then names that people use, and
// where there are none, columns written in the languages' scripts.
func planColumns(s *sheet, opt ReadOptions) (*layout, error) {
	l := &layout{place: map[string]int{}, task: opt.Task, sourceLang: opt.SourceLang, targetLang: opt.TargetLang, columns: s.columns}
	if !s.named {
		l.nameColumns(s.rows, opt)
	}
	for i, c := range l.columns {
		if c.lang == "" && (l.header || s.named) && !slices.Contains(exampleColumns, headerKey(c.name)) {
			l.columns[i].lang = headerLanguage(c.name, opt.SourceLang, opt.TargetLang)
		}
	}
	if err := l.applyMapping(opt); err != nil {
		return l, err
	}
	if l.task == "" && l.find(bodyNames...) >= 0 && l.find(titleNames...) >= 0 {
		l.task = task.Headline
	}
	if task.Is(l.task, task.Summary) {
		l.take(columnSource, l.find(bodyNames...))
		l.take(columnReference, l.find(titleNames...))
	}
	rows := s.rows
	if l.header {
		rows = rows[1:]
	}
	if err := l.byLanguage(opt); err != nil {
		return l, err
	}
	l.byName()
	l.byScript(rows, s.named || l.header)
	if l.task == "" {
		l.task = task.Translate
	}
	l.settleLanguages(opt)
	return l, l.check(s, opt)
}

// nameColumns decides whether the first row holds names, and names the columns.
func (l *layout) nameColumns(rows []sheetRow, opt ReadOptions) {
	first := rows[0].cells
	width := len(first)
	known, languages := 0, map[string]bool{}
	for _, c := range first {
		l.columns = append(l.columns, sheetColumn{name: c.text})
		switch tag := headerLanguage(c.text, opt.SourceLang, opt.TargetLang); {
		case isName(c.text):
			known++
		case tag != "" && !languages[plainTag(tag)]:
			languages[plainTag(tag)] = true
			known++
		}
	}
	switch {
	case known > 1 || known == 1 && (len(first) == 1 || len(languages) == 0 || isName(first[0].text)), l.mapsByName(opt.Columns):
		l.header = true
	case differs(rows):
		l.header = true
		l.notes = append(l.notes, "the first row, "+quoted(names(l.columns))+", was taken for names of columns")
	default:
		for _, r := range rows {
			width = max(width, len(r.cells))
		}
		l.columns = make([]sheetColumn, width)
		for i := range l.columns {
			l.columns[i].name = "column " + strconv.Itoa(i+1)
		}
	}
}

// isName tells whether a text is a name that columns are given.
func isName(text string) bool {
	return usualNames()[headerKey(text)] || strings.HasPrefix(text, metaPrefix)
}

// usualNames are all such names.
var usualNames = sync.OnceValue(func() map[string]bool {
	keys := map[string]bool{}
	for _, names := range [][]string{mappable, sourceNames, referenceNames, bodyNames, titleNames, stateNames, remarkNames} {
		for _, name := range names {
			keys[headerKey(name)] = true
		}
	}
	return keys
})

// take gives a column to a field unless one of the two is already settled.
func (l *layout) take(field string, column int) {
	if _, settled := l.place[field]; !settled && column >= 0 && !l.used(column) {
		l.place[field] = column
	}
}

func (l *layout) used(column int) bool {
	for _, used := range l.place {
		if used == column {
			return true
		}
	}
	return false
}

func (l *layout) has(field string) bool {
	_, has := l.place[field]
	return has
}

// find returns the first column not yet used that has one of the names, or -1.
func (l *layout) find(names ...string) int {
	for _, want := range names {
		for i, c := range l.columns {
			if headerKey(c.name) == headerKey(want) && !l.used(i) {
				return i
			}
		}
	}
	return -1
}

func (l *layout) mapsByName(columns map[string]string) bool {
	for _, want := range columns {
		if l.find(want) >= 0 {
			return true
		}
	}
	return false
}

// applyMapping settles the columns that the caller named: by header, by language or by
// number.
func (l *layout) applyMapping(opt ReadOptions) error {
	fields := make([]string, 0, len(opt.Columns))
	for field := range opt.Columns {
		fields = append(fields, field)
	}
	sort.Strings(fields)
	taken := map[int]string{}
	for _, field := range fields {
		want := opt.Columns[field]
		if !slices.Contains(mappable, field) {
			return fmt.Errorf("map columns of %s: %q is not a field of an example; use one of %s", opt.Name, field, strings.Join(mappable, ", "))
		}
		column := l.named(want)
		if column < 0 {
			return &TableError{Name: opt.Name, Line: 1, Column: 1, Field: want, Reason: Broken,
				Msg: fmt.Sprintf("the table has no such column to take the %s from; it has %s", field, quoted(names(l.columns)))}
		}
		if other := taken[column]; other != "" {
			return fmt.Errorf("map columns of %s: %q is given to both %s and %s; use each column once", opt.Name, want, other, field)
		}
		taken[column] = field
		l.place[field] = column
		l.mapped = l.mapped || field == columnSource || field == columnReference
	}
	return nil
}

// named is the column of a name, with its language where names repeat ("source (zh)"),
// of a language or of a number, or -1.
func (l *layout) named(want string) int {
	for i, c := range l.columns {
		if c.title() == want || headerKey(c.name) == headerKey(want) {
			return i
		}
	}
	for i, c := range l.columns {
		if c.lang != "" && strings.EqualFold(c.lang, want) {
			return i
		}
	}
	for i, c := range l.columns {
		if c.lang != "" && plainTag(c.lang) == plainTag(want) {
			return i
		}
	}
	if n, err := strconv.Atoi(want); err == nil && n >= 1 && n <= len(l.columns) {
		return n - 1
	}
	return -1
}

// title is the name of a column for people, with its language where that is not said.
func (c sheetColumn) title() string {
	if c.lang == "" || headerLanguage(c.name) != "" || strings.HasPrefix(c.name, c.lang) {
		return c.name
	}
	return c.name + " (" + c.lang + ")"
}

// byName settles the columns by names that people use. Where one side was found by its
// language, the other may stand under either name.
func (l *layout) byName() {
	one := l.has(columnSource) != l.has(columnReference) && !l.mapped
	l.take(columnSource, l.other(sourceNames, l.sourceLang))
	l.take(columnReference, l.other(referenceNames, l.targetLang))
	if one {
		l.take(columnSource, l.other(referenceNames, l.sourceLang))
		l.take(columnReference, l.other(sourceNames, l.targetLang))
	}
	l.take(columnSource, l.find(bodyNames...))
	l.take(columnReference, l.find(titleNames...))
	for _, field := range []string{columnID, columnTask, columnSourceLang, columnTargetLang, columnSplit, columnFuzzy} {
		l.take(field, l.find(field))
	}
	l.take(columnState, l.find(stateNames...))
}

// other is a column with one of the names that is not known to be of another language.
func (l *layout) other(names []string, lang string) int {
	for _, name := range names {
		if i := l.find(name); i >= 0 && (l.columns[i].lang == "" || lang == "" || plainTag(l.columns[i].lang) == plainTag(lang)) {
			return i
		}
	}
	return -1
}

// check says what is missing before any row is read.
func (l *layout) check(s *sheet, opt ReadOptions) error {
	wrong := func(field, format string, args ...any) error {
		return &TableError{Name: opt.Name, Line: s.rows[0].line, Column: 1, Field: field, Reason: Broken, Msg: fmt.Sprintf(format, args...)}
	}
	if err := checkTask(l.task); err != nil {
		return fmt.Errorf("read table %s: %w", opt.Name, err)
	}
	all := quoted(names(l.columns))
	const choose = "choose the columns with --columns source=…,reference=… (in the page: under Columns)"
	switch {
	case len(l.columns) == 1 && !opt.ReferenceFree:
		return wrong("", "the table has one column, %s; it needs two, source and reference, with a tab, comma or semicolon between them (or allow rows without a reference)", all)
	case !l.has(columnSource):
		return wrong(columnSource, "no column for the source%s among %s; name one %q, or %s", inLanguage(opt.SourceLang), all, columnSource, choose)
	case !l.has(columnReference) && !opt.ReferenceFree:
		return wrong(columnReference, "no column for the reference%s among %s; name one %q, or %s", inLanguage(opt.TargetLang), all, columnReference, choose)
	case l.header && len(s.rows) == 1:
		return wrong("", "the table has column names and no examples; add at least one row")
	}
	return nil
}

func inLanguage(tag string) string {
	if tag == "" {
		return ""
	}
	return " in " + strconv.Quote(tag)
}

// names are the columns' for people.
func names(columns []sheetColumn) []string {
	var list []string
	for _, c := range columns {
		list = append(list, c.title())
	}
	return list
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
