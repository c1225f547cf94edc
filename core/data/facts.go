package data

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/dongyur/dongyur/core/lang"
	"github.com/dongyur/dongyur/core/language"
	"github.com/dongyur/dongyur/core/task"
)

// Sets of facts.
const (
	GeoSet           = "facts_geo"
	KLARSet          = "klar"
	klarTemplatesSet = "klar_templates"
)

// Fact is one relation between two names, known in several languages.
type Fact struct {
	ID       string
	Relation string
	Split    string // by country; "" where nobody has divided the set
	// Languages in which it can be asked, sorted: both names are known, and neither
	// gives the other away.
	Languages []string
	Subject   map[string]string
	// Names are the answers to choose from by language; the first is right. Each
	// stands at the same place in every language.
	Names []map[string]string
	// Prompts are the texts that the answer goes on from, with the space before it.
	Prompts map[string]string
}

// Prompt is the text before the answer in one of the Languages, and the space
// between them: tokenizers count it to the answer.
func (f *Fact) Prompt(code string) (prompt, space string) {
	text := f.Prompts[code]
	prompt = strings.TrimRight(text, " ")
	return prompt, text[len(prompt):]
}

// Answers are the names in one language, the right one first.
func (f *Fact) Answers(code string) []string {
	answers := make([]string, len(f.Names))
	for i, name := range f.Names {
		answers[i] = name[code]
	}
	return answers
}

// Example asks the fact in one of its Languages. With offer the prompt lists the
// answers to choose from, as S3 does; without it the model must know the name.
func (f *Fact) Example(code string, offer bool) task.Example {
	prompt, _ := f.Prompt(code)
	answers := f.Answers(code)
	e := task.Example{ID: f.ID + "|" + code, Task: task.Fact, Source: prompt, Reference: answers[0],
		SourceLang: code, TargetLang: code, Split: f.Split, Fact: f.ID}
	if offer {
		e.Choices = answers[1:]
	}
	return e
}

// Facts reads a set of facts (GeoSet or KLARSet) in some languages, nil for all of
// the set's; a fact that cannot be asked in two of them or more is left out. A split of
// "" means all. Template chooses among KLAR's wordings, from 0; facts_geo has one.
func (c *Catalogue) Facts(set, split string, languages []string, template int) ([]*Fact, error) {
	facts, err := c.facts(set, split, languages, template)
	if err != nil {
		return nil, fmt.Errorf("facts of %s: %w", set, err)
	}
	return facts, nil
}

func (c *Catalogue) facts(set, split string, languages []string, template int) ([]*Fact, error) {
	s, err := c.Set(set)
	if err != nil {
		return nil, err
	}
	for _, code := range languages {
		if !slices.Contains(s.Languages, code) {
			return nil, fmt.Errorf("the set does not have the language %q; it has %s", code, strings.Join(s.Languages, ", "))
		}
	}
	if len(languages) == 0 {
		languages = s.Languages
	}
	var facts []*Fact
	switch set {
	case GeoSet:
		if err := s.checkSplit(split); err != nil {
			return nil, err
		}
		facts, err = c.geoFacts(s, split)
	case KLARSet:
		if split == Train {
			return nil, s.checkSplit(Train)
		}
		facts, err = c.klarFacts(s, template)
	default:
		return nil, fmt.Errorf("the set has no facts; use %s or %s", GeoSet, KLARSet)
	}
	if err != nil {
		return nil, err
	}
	for _, f := range facts {
		f.Languages = slices.DeleteFunc(f.Languages, func(code string) bool { return !slices.Contains(languages, code) })
	}
	return slices.DeleteFunc(facts, func(f *Fact) bool { return len(f.Languages) < min(2, len(languages)) }), nil
}

// geoFacts reads facts about countries. The prompt is "COUNTRY — RELATION: ", with
// the relation's name in the language: no grammar of fourteen languages is needed.
func (c *Catalogue) geoFacts(s Set, split string) ([]*Fact, error) {
	var facts []*Fact
	err := c.jsonLines(s, func(line []byte) error {
		var row struct {
			ID, Relation, Split string
			Subject, Object     map[string]string
			Label               map[string]string `json:"rel_label"`
			Leak, Langs         []string
			Distractors         []struct{ Name map[string]string }
		}
		if err := json.Unmarshal(line, &row); err != nil {
			return err
		}
		if split != "" && split != row.Split {
			return nil
		}
		f := &Fact{ID: row.ID, Relation: row.Relation, Split: row.Split, Subject: row.Subject,
			Names: []map[string]string{row.Object}, Prompts: map[string]string{}}
		for _, d := range row.Distractors {
			f.Names = append(f.Names, d.Name)
		}
		for _, code := range row.Langs {
			if label := row.Label[code]; label != "" && !slices.Contains(row.Leak, code) && f.named(code) && f.written(code) {
				f.Languages = append(f.Languages, code)
				f.Prompts[code] = row.Subject[code] + " — " + label + ": "
			}
		}
		slices.Sort(f.Languages)
		facts = append(facts, f)
		return nil
	})
	return facts, err
}

// named tells whether subject and all answers have names in a language.
func (f *Fact) named(code string) bool {
	return f.Subject[code] != "" && !slices.Contains(f.Answers(code), "")
}

// written tells whether all answers have letters of the language's script: some
// Tibetan names of cities are Latin ones.
func (f *Fact) written(code string) bool {
	return !slices.ContainsFunc(f.Answers(code), func(name string) bool { return language.Share(name, code) == 0 })
}

// klarFacts reads KLAR's facts and puts them into one of its templates. A candidate
// is known by its English name; the relation's other facts give its other names.
func (c *Catalogue) klarFacts(s Set, template int) ([]*Fact, error) {
	templates, err := c.klarTemplates()
	if err != nil {
		return nil, err
	}
	type row struct {
		ID, Relation    string
		Subject, Object map[string]string
		Candidates      string `json:"candidates_en"`
	}
	var rows []row
	names := map[string]map[string]string{} // relation and English name → names
	if err := c.jsonLines(s, func(line []byte) error {
		var r row
		if err := json.Unmarshal(line, &r); err != nil {
			return err
		}
		rows = append(rows, r)
		if key := r.Relation + "\x00" + r.Object["en"]; names[key] == nil {
			names[key] = r.Object
		}
		return nil
	}); err != nil {
		return nil, err
	}
	facts := make([]*Fact, len(rows))
	for i, r := range rows {
		f := &Fact{ID: r.ID, Relation: r.Relation, Subject: r.Subject, Names: []map[string]string{r.Object}, Prompts: map[string]string{}}
		for _, candidate := range strings.Split(r.Candidates, ", ") {
			if known := names[r.Relation+"\x00"+candidate]; known != nil && candidate != r.Object["en"] {
				f.Names = append(f.Names, known)
			}
		}
		for _, code := range s.Languages {
			wordings := templates[r.Relation][code]
			if template < 0 || len(wordings) == 0 {
				return nil, fmt.Errorf("relation %s has no template %d in %s", r.Relation, template, code)
			}
			// Four of 340 lists have one wording, the others five.
			before, _, ok := strings.Cut(wordings[template%len(wordings)], "<mask>")
			if !ok || !strings.Contains(before, "<subject>") {
				return nil, fmt.Errorf("relation %s: a template in %s lacks <subject> before <mask>", r.Relation, code)
			}
			if f.named(code) && !leaks(r.Subject[code], r.Object[code]) {
				f.Languages = append(f.Languages, code)
				f.Prompts[code] = strings.ReplaceAll(before, "<subject>", r.Subject[code])
			}
		}
		slices.Sort(f.Languages)
		facts[i] = f
	}
	return facts, nil
}

// leaks tells whether one name holds the other, as Hong Kong in Bank of Hong Kong.
func leaks(subject, object string) bool {
	a, b := strings.ToLower(lang.NFC(subject)), strings.ToLower(lang.NFC(object))
	return strings.Contains(a, b) || strings.Contains(b, a)
}

// klarTemplates gives KLAR's wordings by relation and language.
func (c *Catalogue) klarTemplates() (map[string]map[string][]string, error) {
	file, err := c.Open(klarTemplatesSet, "")
	if err != nil {
		return nil, err
	}
	defer file.Close()
	content, err := io.ReadAll(file)
	if err != nil {
		return nil, err
	}
	var templates map[string]map[string][]string
	if err := json.Unmarshal(content, &templates); err != nil {
		return nil, fmt.Errorf("%s: %w", file.Name(), err)
	}
	return templates, nil
}

// longestLine is more than any row of the sets has.
const longestLine = 1 << 24

// jsonLines gives each line of a JSONL set to read; an error names the line.
func (c *Catalogue) jsonLines(s Set, read func(line []byte) error) error {
	file, err := c.Open(s.Name, "")
	if err != nil {
		return err
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, longestLine)
	for number := 1; lines.Scan(); number++ {
		if err := read(lines.Bytes()); err != nil {
			return fmt.Errorf("%s line %d: %w", s.File, number, err)
		}
	}
	return lines.Err()
}
