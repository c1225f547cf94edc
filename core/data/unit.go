package data

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/dongyur/dongyur/core/protocol"
	"github.com/dongyur/dongyur/core/task"
)

// transUnit is what translators' files (XLIFF, TMX) hold in place of a row: the same text
// in two languages or more.
type transUnit struct {
	id           string
	line, column int
	texts        []unitText        // in the file's order
	notes        map[string]string // by what they are about; "note" for remarks
}

// unitText is one language's side of a unit; lang is the tag as the file writes it.
type unitText struct {
	lang, text   string
	line, column int
}

// unitNote is the key of what a person remarked about a unit.
const unitNote = "note"

// addNote keeps a note; several of one kind are kept as lines.
func (u *transUnit) addNote(kind, text string) {
	text = strings.TrimSpace(text)
	if text == "" {
		return
	}
	if u.notes == nil {
		u.notes = map[string]string{}
	}
	if before := u.notes[kind]; before != "" {
		text = before + "\n" + text
	}
	u.notes[kind] = text
}

// readUnits splits a translators' file into units.
func readUnits(text, name, format string, report func(*TableError)) ([]transUnit, error) {
	var units []transUnit
	var err error
	if format == TMX {
		units, err = readTMX(text, name, report)
	} else {
		units, err = readXLIFF(text, name, report)
	}
	if err == nil && len(units) == 0 {
		err = &TableError{Name: name, Line: 1, Column: 1, Msg: "the file has no translation units; export it again with at least one"}
	}
	return units, err
}

// unitExamples makes examples of units: the text in one language is the source, that
// in the other the reference.
func unitExamples(units []transUnit, opt ReadOptions) ([]task.Example, error) {
	from, to, err := unitLanguages(units, opt)
	if err != nil {
		return nil, err
	}
	var examples []task.Example
	for _, u := range units {
		e, wrong := u.example(from, to, opt)
		switch {
		case wrong == nil:
		case opt.Report == nil:
			return nil, wrong
		default:
			opt.Report(wrong)
			if e.Source == "" && e.Reference == "" {
				continue
			}
		}
		examples = append(examples, e)
	}
	if len(examples) == 0 {
		return nil, &TableError{Name: opt.Name, Line: units[0].line, Column: units[0].column,
			Msg: fmt.Sprintf("no unit has a text in %q to translate from; choose other languages", from)}
	}
	return examples, nil
}

// example picks the two sides. A unit whose sides are of one language, such as a
// headline, has its source first.
func (u transUnit) example(from, to string, opt ReadOptions) (task.Example, *TableError) {
	e := task.Example{ID: u.id, Task: opt.Task, SourceLang: plainLanguage(from, opt.SourceLang), TargetLang: plainLanguage(to, opt.TargetLang)}
	if e.Task == "" {
		e.Task = task.Translate
	}
	if e.ID == "" {
		e.ID = fmt.Sprintf("%s:%d", path.Base(opt.Name), u.line)
	}
	source := slices.IndexFunc(u.texts, func(t unitText) bool { return t.lang == from })
	reference := -1
	for i, t := range u.texts {
		if i != source && t.lang == to && reference < 0 {
			reference = i
		}
	}
	line, column := u.line, u.column
	if source >= 0 {
		e.Source = u.texts[source].text
	}
	if reference >= 0 {
		e.Reference, line, column = u.texts[reference].text, u.texts[reference].line, u.texts[reference].column
	}
	u.fill(&e)
	wrong := func(field, msg string) *TableError {
		return &TableError{Name: opt.Name, Line: line, Column: column, Field: field, Msg: msg}
	}
	switch {
	case e.Source == "":
		return e, wrong(columnSource, fmt.Sprintf("the unit has no text in %q; add it or delete the unit", from))
	case e.Reference == "" && !opt.ReferenceFree && opt.Report == nil:
		return e, wrong(columnReference, fmt.Sprintf("the unit has no text in %q; translate it or delete the unit (or allow rows without a reference)", to))
	}
	if err := checkTask(e.Task); err != nil {
		e.Task = task.Translate
		return e, wrong(columnTask, err.Error())
	}
	if msg := wrongScript(e); msg != "" {
		return e, wrong(columnReference, msg)
	}
	return e, nil
}

// fill takes what Write kept in notes back into the fields it came from.
func (u transUnit) fill(e *task.Example) {
	for kind, text := range u.notes {
		switch {
		case kind == columnTask:
			e.Task = text
		case kind == columnSplit:
			e.Split = text
		default:
			if e.Meta == nil {
				e.Meta = map[string]string{}
			}
			e.Meta[strings.TrimPrefix(kind, metaPrefix)] = text
		}
	}
	takePivot(e)
}

// unitLanguages finds the tags that the file writes for the two languages asked for.
func unitLanguages(units []transUnit, opt ReadOptions) (from, to string, err error) {
	tags := countTags(units)
	var names []string
	for _, t := range tags {
		names = append(names, t.Tag)
	}
	wrong := func(msg string) error {
		return &TableError{Name: opt.Name, Line: units[0].line, Column: units[0].column, Msg: msg}
	}
	asked := func(exact, lang string) (string, error) {
		want := exact
		if want == "" {
			want = lang
		}
		var fits []string
		for _, tag := range names {
			if strings.EqualFold(tag, want) {
				return tag, nil
			}
			if plainTag(tag) == plainTag(want) {
				fits = append(fits, tag)
			}
		}
		switch {
		case want == "":
			return "", nil
		case len(fits) == 1:
			return fits[0], nil
		case len(fits) > 1:
			return "", wrong(fmt.Sprintf("the file has %s for the language %q; choose one of them", quoted(fits), want))
		}
		return "", wrong(fmt.Sprintf("the file has no text in %q; it has %s: choose which one to translate from and which one to translate into", want, quoted(names)))
	}
	if from, err = asked(opt.From, opt.SourceLang); err != nil {
		return "", "", err
	}
	if to, err = asked(opt.To, opt.TargetLang); err != nil {
		return "", "", err
	}
	rest := slices.DeleteFunc(slices.Clone(names), func(tag string) bool { return tag == from || tag == to })
	if from == "" && to == "" && len(rest) > 2 || (from == "" || to == "") && len(rest) == 0 {
		return "", "", wrong(fmt.Sprintf("the file has the languages %s; say which one to translate from and which one to translate into", quoted(names)))
	}
	if from == "" {
		from, rest = rest[0], rest[1:]
	}
	if to == "" {
		if len(rest) == 0 {
			return "", "", wrong(fmt.Sprintf("the file has the language %q alone; it needs two", from))
		}
		to = rest[0]
	}
	return from, to, nil
}

// countTags counts the units that have a text in each language, in the order in which
// the languages appear.
func countTags(units []transUnit) []protocol.LanguageCount {
	var tags []protocol.LanguageCount
	place := map[string]int{}
	for _, u := range units {
		for _, t := range u.texts {
			i, known := place[t.lang]
			if !known {
				i = len(tags)
				place[t.lang] = i
				tags = append(tags, protocol.LanguageCount{Tag: t.lang})
			}
			tags[i].Count++
		}
	}
	return tags
}

// plainTag is the language of a tag without its region and script, by its shorter
// code: "bod-CN" and "bo" are one.
func plainTag(tag string) string {
	tag = strings.ToLower(strings.ReplaceAll(tag, "_", "-"))
	first, _, _ := strings.Cut(tag, "-")
	if code := languageNames[first]; code != "" {
		return code
	}
	return first
}

// plainLanguage is the language of an example: as it was asked for, when it is that.
func plainLanguage(tag, asked string) string {
	if asked != "" && plainTag(tag) == plainTag(asked) {
		return asked
	}
	return plainTag(tag)
}
