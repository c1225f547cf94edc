package grammar

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strings"
)

// Entry is a concept of the lexicon with its wordings.
type Entry struct {
	Key  string
	Cat  string // noun, name, verb, adj, …: what a slot asks for
	Kind string // person, food, …: what a slot allows

	Source   string // the set that attests the Tibetan wording
	Reviewed bool   // whether a native speaker has read it

	features map[string]string            // what holds in every language: person, number
	words    map[string][]Word            // by language, the main one first
	forms    map[string]map[string]string // by language: what its column xx_forms says
	polite   map[string]*Entry            // by language: the entry in its honorific wordings, which are understood and not written
}

// Word is one wording of a concept.
type Word struct {
	Text      string
	Honorific bool
}

// Words are the entry's wordings in a language, the main one first.
func (e *Entry) Words(tag string) []Word { return e.words[tag] }

// Note is what the column of a language's forms says under a name, "" if nothing.
func (e *Entry) Note(tag, name string) string { return e.forms[tag][name] }

// notes gives the alternatives of a note.
func (e *Entry) notes(tag, name string) []string {
	if note := e.Note(tag, name); note != "" {
		return strings.Split(note, "/")
	}
	return nil
}

// Texts are the wordings in a language without the honorific ones, the main one first.
func (e *Entry) Texts(tag string) []string {
	var plain []string
	for _, w := range e.words[tag] {
		if !w.Honorific {
			plain = append(plain, w.Text)
		}
	}
	return plain
}

// Lexicon is all entries by key.
type Lexicon struct {
	Entries []*Entry
	byKey   map[string]*Entry
}

// Entry finds a concept by its key, nil if there is none.
func (l *Lexicon) Entry(key string) *Entry { return l.byKey[key] }

// read adds a table of concepts: tab-separated, with a header line. A line that begins
// with # is a comment.
func (l *Lexicon) read(name string, r io.Reader) error {
	scanner := bufio.NewScanner(r)
	scanner.Buffer(nil, 1<<20)
	var header []string
	for number := 1; scanner.Scan(); number++ {
		line := strings.TrimRight(scanner.Text(), "\r")
		if strings.TrimSpace(line) == "" || strings.HasPrefix(line, "#") {
			continue
		}
		fields := strings.Split(line, "\t")
		if header == nil {
			header = fields
			continue
		}
		e, err := readEntry(header, fields)
		if err == nil && l.byKey[e.Key] != nil {
			err = fmt.Errorf("the key %q stands twice in the lexicon; rename one", e.Key)
		}
		if err != nil {
			return fmt.Errorf("%s: line %d: %w", name, number, err)
		}
		l.Entries = append(l.Entries, e)
		l.byKey[e.Key] = e
	}
	if err := scanner.Err(); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

func readEntry(header, fields []string) (*Entry, error) {
	if len(fields) > len(header) {
		return nil, fmt.Errorf("%d fields, but the header has %d", len(fields), len(header))
	}
	e := &Entry{words: map[string][]Word{}, forms: map[string]map[string]string{}, polite: map[string]*Entry{}}
	notes := map[string]string{}
	for i, field := range fields {
		field = strings.TrimSpace(field)
		switch column := header[i]; column {
		case "key":
			e.Key = field
		case "cat":
			e.Cat = field
		case "kind":
			e.Kind, _, _ = strings.Cut(field, " ")
		case "source":
			e.Source = field
		case "features":
			e.features = readForms(field, nil, false)
		case "reviewed":
			e.Reviewed = field == "yes"
		default:
			if tag, ok := strings.CutSuffix(column, "_forms"); ok {
				notes[tag] = field
			} else if field != "" {
				e.words[column] = readWords(field)
			}
		}
	}
	for tag, field := range notes {
		e.forms[tag] = readForms(field, e.words[tag], false)
	}
	for tag, words := range e.words {
		if polite := honorific(words); polite != nil {
			in := map[string]map[string]string{tag: readForms(notes[tag], words, true)}
			e.polite[tag] = &Entry{Key: e.Key, Cat: e.Cat, Kind: e.Kind, features: e.features, words: map[string][]Word{tag: polite}, forms: in}
		}
	}
	switch {
	case e.Key == "" || strings.ContainsAny(e.Key, "()=, "):
		return nil, fmt.Errorf("the key %q must be a word without spaces, commas, brackets and =", e.Key)
	case e.Cat == "":
		return nil, fmt.Errorf("%s has no category", e.Key)
	}
	return e, nil
}

func readWords(field string) []Word {
	var words []Word
	for text := range strings.SplitSeq(field, "|") {
		text, honorific := strings.CutSuffix(strings.TrimSpace(text), "^")
		word := Word{strings.TrimRight(text, "་"), honorific}
		if word.Text != "" && !slices.Contains(words, word) {
			words = append(words, word)
		}
	}
	return words
}

// honorific are the honorific ones among wordings, as wordings of their own.
func honorific(words []Word) []Word {
	var polite []Word
	for _, w := range words {
		if w.Honorific {
			polite = append(polite, Word{Text: w.Text})
		}
	}
	return polite
}

// readForms reads name=value;name=a/b. Where wordings differ in their forms, a group for
// each follows the other after |. Only groups of honorific wordings are read, or only the
// others; their values become alternatives.
func readForms(field string, words []Word, honorific bool) map[string]string {
	groups := splitGroups(field)
	forms := map[string]string{}
	for i, group := range groups {
		if len(groups) == len(words) && words[i].Honorific != honorific {
			continue
		}
		for part := range strings.SplitSeq(group, ";") {
			name, value, ok := strings.Cut(part, "=")
			if !ok {
				continue
			}
			name, value = strings.TrimSpace(name), strings.TrimRight(strings.TrimSpace(value), "་")
			if before := forms[name]; before != "" && !slices.Contains(strings.Split(before, "/"), value) {
				value = before + "/" + value
			}
			forms[name] = value
		}
	}
	return forms
}

// splitGroups cuts before the forms of each next wording: at a | that NAME= follows.
func splitGroups(field string) []string {
	var groups []string
	for from, part := range strings.Split(field, "|") {
		name, _, ok := strings.Cut(part, "=")
		if ok = ok && name != "" && strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789") == ""; ok || from == 0 {
			groups = append(groups, part)
		} else {
			groups[len(groups)-1] += "|" + part
		}
	}
	return groups
}
