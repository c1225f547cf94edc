package data

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strconv"
	"strings"

	"github.com/dongyur/dongyur/core/task"
)

// StarterSet is the name of the built-in set.
const StarterSet = "starter"

// Examples reads a set as examples of the task of that name. Translation goes between any two
// languages that the set has side by side; a headline is asked for its news text. A
// split of "" means all rows. Sets for evaluation refuse Train, and "" gives what
// they have. Sets without a split of their own are divided by hash, so that equal
// texts stay together and both directions agree.
func (c *Catalogue) Examples(set, name, sourceLang, targetLang, split string) ([]task.Example, error) {
	s, err := c.Set(set)
	if err == nil {
		err = s.offers(name, sourceLang, targetLang, split)
	}
	if err != nil {
		return nil, fmt.Errorf("examples of %s: %w", set, err)
	}
	if s.Name == StarterSet {
		return inSplit(Starter(name, sourceLang, targetLang), split), nil
	}
	sourceColumn, referenceColumn := s.sides(name, sourceLang, targetLang)
	splits, err := c.splitsByHash(s)
	if err != nil {
		return nil, fmt.Errorf("examples of %s: %w", set, err)
	}
	var examples []task.Example
	for r, err := range c.recordsIn(s, split) {
		if err != nil {
			return nil, fmt.Errorf("examples of %s: %w", set, err)
		}
		e := task.Example{ID: r.values["id"], Task: name, Source: r.values[sourceColumn], Reference: r.values[referenceColumn],
			SourceLang: sourceLang, TargetLang: targetLang, Split: r.values["split"]}
		if splits != nil {
			e.Split = splits[r.line]
		}
		if e.Source == "" || e.Reference == "" || split != "" && split != e.Split {
			continue // 13 rows of software have no English
		}
		if e.ID == "" {
			e.ID = set + "-" + strconv.Itoa(r.line)
		}
		for _, name := range []string{"project", "source", "licence", "lic", "era", "topic", "date", "cov", "attribution", "meaning", "reviewed"} {
			if v := r.values[name]; v != "" {
				if e.Meta == nil {
					e.Meta = map[string]string{}
				}
				e.Meta[name] = v
			}
		}
		if s.Composed != nil && sourceLang != "en" && targetLang != "en" {
			e.Pivot = s.english(name, r.values)
		}
		examples = append(examples, e)
	}
	return examples, nil
}

// sides are the columns of an example's source and reference.
func (s Set) sides(name, sourceLang, targetLang string) (source, reference string) {
	switch {
	case name == task.Headline && s.Composed != nil:
		return sourceLang, titleColumn + targetLang
	case name == task.Headline:
		return "body", "title"
	}
	return sourceLang, targetLang
}

// english is the English side of a composed row.
func (s Set) english(name string, values map[string]string) *task.Pivot {
	source, reference := s.sides(name, "en", "en")
	if name == task.Headline {
		return &task.Pivot{Source: values[source], Reference: values[reference], Lang: "en"}
	}
	return &task.Pivot{Reference: values[reference], Lang: "en"}
}

// offers says why a set cannot give what is asked for.
func (s Set) offers(name, sourceLang, targetLang, split string) error {
	if err := checkTask(name); err != nil {
		return err
	}
	if !slices.Contains(s.Tasks, name) {
		return fmt.Errorf("the set is not for the task %q; it is for %q", name, s.Tasks)
	}
	for _, code := range []string{sourceLang, targetLang} {
		if !slices.Contains(s.Languages, code) {
			return fmt.Errorf("the set does not have the language %q; it has %s", code, strings.Join(s.Languages, ", "))
		}
	}
	if (sourceLang == targetLang) != task.Is(name, task.OneLanguage) {
		return fmt.Errorf("from %q to %q does not fit the task %q", sourceLang, targetLang, name)
	}
	return s.checkSplit(split)
}

func (s Set) checkSplit(split string) error {
	if split == Train && s.EvaluationOnly {
		return errors.New("the set is for evaluation only and must not be trained on; use its dev or test split")
	}
	known := s.Splits
	if len(known) == 0 {
		known = []string{Train, Dev, Test}
	}
	if split != "" && !slices.Contains(known, split) {
		return fmt.Errorf("the set has no split %q; it has %s", split, strings.Join(known, ", "))
	}
	return nil
}

// textKeys are the normal forms of a row's text in every language of the set.
func (s Set) textKeys(values map[string]string) []string {
	var keys []string
	for _, code := range s.Languages {
		if v := values[code]; v != "" {
			keys = append(keys, code+" "+normalKey(v))
		}
	}
	return keys
}

// splitsByHash divides the rows of a set with languages side by side that brings no
// division of its own, by the hash of each row's family. It gives the split by line,
// nil for other sets.
func (c *Catalogue) splitsByHash(s Set) (map[int]string, error) {
	if len(s.Splits) > 0 || len(s.Languages) < 2 || slices.Contains(s.Columns, "text") {
		return nil, nil
	}
	var lines []int
	var keys [][]string
	for r, err := range c.records(s) {
		if err != nil {
			return nil, err
		}
		lines = append(lines, r.line)
		keys = append(keys, s.textKeys(r.values))
	}
	splits := make(map[int]string, len(lines))
	for _, f := range families(keys, 0) {
		for _, i := range f.members {
			splits[lines[i]] = splitOf(f.hash, s.Held)
		}
	}
	return splits, nil
}

// splitOf gives Test and Dev a share held each.
func splitOf(hash uint64, held float64) string {
	switch u := unit(hash); {
	case u < held:
		return Test
	case u < 2*held:
		return Dev
	}
	return Train
}

func inSplit(examples []task.Example, split string) []task.Example {
	if split == "" {
		return examples
	}
	return slices.DeleteFunc(examples, func(e task.Example) bool { return e.Split != split })
}

// Texts yields the texts of a set in one language, for tokenizers and pretraining.
// Sets with several columns of text give the column of that language.
func (c *Catalogue) Texts(set, lang string) iter.Seq2[string, error] {
	return c.TextsSplit(set, lang, "")
}

// TextsSplit yields the texts of one split: the set's own column where it has one;
// elsewhere Dev and Test are by the hash of each text, 1 % together for the
// monolingual sets. Sets for evaluation want Dev or Test by name, so that nobody
// trains on them by asking for everything.
func (c *Catalogue) TextsSplit(set, lang, split string) iter.Seq2[string, error] {
	return c.TextsWhere(set, lang, split, nil)
}

// TextsWhere is TextsSplit of the rows whose columns have these values, such as
// register: modern-written. A column that the set does not have is an error.
func (c *Catalogue) TextsWhere(set, lang, split string, only map[string]string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		s, err := c.Set(set)
		if err == nil {
			err = s.checkSplit(split)
		}
		if err == nil && s.EvaluationOnly && split == "" {
			err = s.checkSplit(Train)
		}
		if err == nil && !slices.Contains(s.Languages, lang) {
			err = fmt.Errorf("the set does not have the language %q; it has %s", lang, strings.Join(s.Languages, ", "))
		}
		if err == nil && len(s.Tasks) == 0 && !slices.Contains(s.Columns, "text") {
			err = errors.New("the set has no column of text; open its file with Open")
		}
		if err == nil {
			err = s.checkColumns(only)
		}
		if err != nil {
			yield("", fmt.Errorf("texts of %s: %w", set, err))
			return
		}
		splits, err := c.splitsByHash(s)
		if err != nil {
			yield("", fmt.Errorf("texts of %s: %w", set, err))
			return
		}
		for r, err := range c.recordsIn(s, split) {
			if err != nil {
				yield("", fmt.Errorf("texts of %s: %w", set, err))
				return
			}
			text := s.textIn(r.values, lang)
			if text == "" || !r.has(only) || split != "" && split != s.splitOfRow(r, text, splits) {
				continue
			}
			if !yield(text, nil) {
				return
			}
		}
	}
}

// checkColumns refuses columns that the set does not have.
func (s Set) checkColumns(only map[string]string) error {
	for name := range only {
		if !slices.Contains(s.Columns, name) {
			return fmt.Errorf("the set has no column %q; it has %s", name, strings.Join(s.Columns, ", "))
		}
	}
	return nil
}

// textIn returns the text of a row in a language, "" if the row has none.
func (s Set) textIn(values map[string]string, lang string) string {
	if text, own := values["text"]; own {
		if code, named := values["lang"]; named && code != lang {
			return ""
		}
		return text
	}
	if body := values["body"]; body != "" {
		return body
	}
	return values[lang]
}

// splitOfRow returns the split of a row from its own column, from the division of
// the set, or by the hash of its text.
func (s Set) splitOfRow(r record, text string, splits map[int]string) string {
	switch split := r.values["split"]; {
	case split != "":
		return split
	case splits != nil:
		return splits[r.line]
	}
	return splitOf(hashText(normalKey(text), 0), s.Held)
}

// record is one row of a set by column name.
type record struct {
	line   int
	values map[string]string
}

// has tells whether the row's columns have these values.
func (r record) has(only map[string]string) bool {
	for name, value := range only {
		if r.values[name] != value {
			return false
		}
	}
	return true
}

// recordsIn streams the rows of a set that may be of a split: a set that is composed
// composes no others.
func (c *Catalogue) recordsIn(s Set, split string) iter.Seq2[record, error] {
	if s.Composed != nil {
		return s.composed(split)
	}
	return c.records(s)
}

// records streams the rows of a set. The map is new for every row of JSONL and the
// same, filled again, for TSV.
func (c *Catalogue) records(s Set) iter.Seq2[record, error] {
	return func(yield func(record, error) bool) {
		if s.Composed != nil {
			s.composed("")(yield)
			return
		}
		if s.File == "" {
			yieldStarter(yield)
			return
		}
		f, err := c.Open(s.Name, "")
		if err != nil {
			yield(record{}, err)
			return
		}
		defer f.Close()
		r := bufio.NewReaderSize(f, 1<<16)
		var header []string
		values := map[string]string{}
		for number := 1; ; number++ {
			line, err := r.ReadString('\n')
			line = strings.TrimRight(line, "\r\n")
			switch {
			case err != nil && !errors.Is(err, io.EOF):
				yield(record{}, fmt.Errorf("line %d: %w", number, err))
				return
			case line == "" && err != nil:
				return
			case s.Format == JSONL:
				values, err = jsonValues(line)
			case header == nil:
				header = strings.Split(line, "\t")
				continue
			default:
				err = tsvValues(values, header, line)
			}
			if !yield(record{number, values}, at(s.File, number, err)) || err != nil {
				return
			}
		}
	}
}

func tsvValues(values map[string]string, header []string, line string) error {
	fields := strings.Split(line, "\t")
	if len(fields) != len(header) {
		return fmt.Errorf("the row has %d fields and the header has %d", len(fields), len(header))
	}
	for i, name := range header {
		values[name] = fields[i]
	}
	return nil
}

func jsonValues(line string) (map[string]string, error) {
	var raw map[string]json.RawMessage
	if err := json.Unmarshal([]byte(line), &raw); err != nil {
		return nil, fmt.Errorf("not a JSON object: %w", err)
	}
	values := make(map[string]string, len(raw))
	for name, v := range raw {
		if v[0] != '{' && v[0] != '[' {
			values[name] = scalar(v)
		}
	}
	return values, nil
}
