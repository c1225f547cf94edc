package data

import (
	"fmt"
	"iter"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/dongyur/dongyur/core/grammar"
)

// Names of the sets that the grammar composes: sentences, and short news with headlines.
const (
	EverydaySet = "everyday"
	NewsSet     = "everyday-news"
)

// Drawn is the catalogue with another draw from a set that is composed: so many training
// sentences (0: as many as it says), by another seed. Sentences that are held out stay.
func (c *Catalogue) Drawn(set string, count int, seed uint64) (*Catalogue, error) {
	s, err := c.Set(set)
	if err != nil {
		return nil, err
	}
	if s.Composed == nil {
		return nil, fmt.Errorf("data set %s is not composed: its rows are what they are; leave out count and seed", set)
	}
	if count > 0 {
		s.drawnCount = count
	}
	s.drawnSeed = seed
	drawn := &Catalogue{Sets: slices.Clone(c.Sets), Folder: c.Folder}
	drawn.Sets[slices.IndexFunc(c.Sets, func(other Set) bool { return other.Name == set })] = s
	return drawn, nil
}

// Words are the concepts of a composed set in two languages: each wording in the one
// with the main wording in the other. They have no split: a word list is how a learner
// meets words that training sentences do not have.
func (c *Catalogue) Words(set, from, to string) ([][2]string, error) {
	s, err := c.Set(set)
	if err != nil {
		return nil, err
	}
	if s.Composed == nil {
		return nil, fmt.Errorf("data set %s has no word list; %s has", set, EverydaySet)
	}
	for _, code := range []string{from, to} {
		if !slices.Contains(s.Languages, code) {
			return nil, fmt.Errorf("words of %s: the set does not have the language %q", set, code)
		}
	}
	var pairs [][2]string
	seen := map[[2]string]bool{}
	for _, e := range grammar.Everyday().Lexicon.Entries {
		main := e.Texts(to)
		for _, word := range e.Texts(from) {
			if len(main) == 0 {
				break
			}
			pair := [2]string{word, main[0]}
			if !seen[pair] {
				seen[pair] = true
				pairs = append(pairs, pair)
			}
		}
	}
	return pairs, nil
}

// composers make the rows of the sets that are composed, by column, without id and split.
var composers = map[string]func(drawing) ([]map[string]string, error){
	EverydaySet: func(d drawing) ([]map[string]string, error) {
		sentences, err := grammar.Everyday().Generate(d.seed, d.count, grammar.Filter{Split: d.split, Languages: composedLanguages})
		rows := make([]map[string]string, len(sentences))
		for i, s := range sentences {
			rows[i] = map[string]string{meaningColumn: s.Meaning.String()}
			maps.Copy(rows[i], s.Texts)
		}
		return rows, err
	},
	NewsSet: func(d drawing) ([]map[string]string, error) {
		stories, err := grammar.News().Stories(d.seed, d.count, grammar.Filter{Split: d.split, Languages: composedLanguages})
		rows := make([]map[string]string, len(stories))
		for i, s := range stories {
			rows[i] = map[string]string{meaningColumn: s.Report.String()}
			maps.Copy(rows[i], s.Texts)
			for tag, headline := range s.Headlines {
				rows[i][titleColumn+tag] = headline
			}
		}
		return rows, err
	},
}

// composedLanguages are the languages of the sets. They are named here, as a set stays the
// same when the grammar learns another language.
var composedLanguages = []string{"bo", "zh", "en"}

// titleColumn begins the names of the columns that hold headlines, by language.
const titleColumn = "title_"

// drawing is one draw of rows; draws are kept, as several sources of a recipe read the
// same one.
type drawing struct {
	set   string
	seed  uint64
	count int
	split string
}

var drawings sync.Map // of func() ([]map[string]string, error), by drawing

func (d drawing) rows() ([]map[string]string, error) {
	compose := composers[d.set]
	if compose == nil {
		return nil, fmt.Errorf("data set %s: no grammar composes it; those that are composed are %s", d.set, strings.Join(slices.Sorted(maps.Keys(composers)), ", "))
	}
	of, _ := drawings.LoadOrStore(d, sync.OnceValues(func() ([]map[string]string, error) { return compose(d) }))
	return of.(func() ([]map[string]string, error))()
}

// composed yields the rows of a split, of all splits without one.
func (s Set) composed(split string) iter.Seq2[record, error] {
	return func(yield func(record, error) bool) {
		line := 0
		for i, name := range s.Splits {
			// A seed a split: the splits are of different meanings anyway.
			d := drawing{set: s.Name, seed: uint64(i), count: s.Composed[name], split: name}
			if name == Train {
				d.seed += s.drawnSeed << 8
				if s.drawnCount > 0 {
					d.count = s.drawnCount
				}
			}
			if split != "" && split != name {
				continue
			}
			rows, err := d.rows()
			if err != nil {
				yield(record{}, err)
				return
			}
			for _, row := range rows {
				line++
				values := map[string]string{"id": s.Name + "-" + name + "-" + strconv.Itoa(line), "split": name, "reviewed": s.Reviewed}
				maps.Copy(values, row)
				if !yield(record{line, values}, nil) {
					return
				}
			}
		}
	}
}
