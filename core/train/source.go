package train

import (
	"fmt"
	"iter"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/dongyur/dongyur/core/data"
	"github.com/dongyur/dongyur/core/language"
	"github.com/dongyur/dongyur/core/prompt"
	"github.com/dongyur/dongyur/core/rollout"
	"github.com/dongyur/dongyur/core/task"
	"github.com/dongyur/dongyur/core/token"
)

// Source is one part of a mixture. As is
//
//   - "text": documents;
//   - "translate": a prompt and its translation;
//   - "headline": a document's headline, from a set that has headlines; elsewhere its first
//     clause is to be found from the document;
//   - "lead": the same from the rest of the document, so that it cannot be copied
//     (gap sentences, Zhang et al. 2020);
//   - "names": names of the same thing in two languages, from a set of facts;
//   - "words": the word list of a set that is composed, such as everyday.
type Source struct {
	Set    string            `json:"set"`
	As     string            `json:"as"`
	Lang   string            `json:"lang,omitempty"`   // of texts
	From   string            `json:"from,omitempty"`   // of a translation
	To     string            `json:"to,omitempty"`     //
	Only   map[string]string `json:"only,omitempty"`   // columns that must have these values
	Weight float64           `json:"weight,omitempty"` // see Phase
	Count  int               `json:"count,omitempty"`  // of a set that is composed: training sentences; 0: as the catalogue says
	Seed   uint64            `json:"seed,omitempty"`   // of a set that is composed: another draw
}

// Name tells a source apart in reports.
func (s Source) Name() string {
	what := s.Lang + " " + s.As
	if s.From != "" {
		what = s.From + "→" + s.To
	}
	for _, column := range slices.Sorted(maps.Keys(s.Only)) {
		what += " " + s.Only[column]
	}
	if s.Count > 0 {
		what += " " + strconv.Itoa(s.Count)
	}
	return s.Set + " " + what
}

// checkClass refuses text that trained weights could not be shipped with.
func (s Source) checkClass(catalogue *data.Catalogue) error {
	set, err := catalogue.Set(s.Set)
	if err == nil && set.Class != data.Redistributable {
		err = fmt.Errorf("the set is of class %s, for measuring only: weights trained on it may not be given to others; take it out of the recipe", set.Class)
	}
	return err
}

// pairs are a source's translations or names, before anything is left out.
func (s Source) pairs(catalogue *data.Catalogue) ([]Pair, error) {
	switch s.As {
	case "translate":
		return s.translations(catalogue)
	case "names":
		return s.names(catalogue)
	case "words":
		return s.words(catalogue)
	}
	return nil, fmt.Errorf("\"as\" is %q; pairs come from translate, names or words", s.As)
}

func (s Source) translations(catalogue *data.Catalogue) ([]Pair, error) {
	examples, err := catalogue.Examples(s.Set, task.Translate, s.From, s.To, data.Train)
	if err != nil {
		return nil, err
	}
	var pairs []Pair
	for _, e := range examples {
		wanted := true
		for column, value := range s.Only {
			wanted = wanted && e.Meta[column] == value
		}
		if wanted {
			pairs = append(pairs, Pair{e.Source, e.Reference})
		}
	}
	if len(pairs) == 0 {
		return nil, fmt.Errorf("no row of %d has %v", len(examples), s.Only)
	}
	return pairs, nil
}

// words are a set's concepts in two languages.
func (s Source) words(catalogue *data.Catalogue) ([]Pair, error) {
	list, err := catalogue.Words(s.Set, s.From, s.To)
	pairs := make([]Pair, len(list))
	for i, words := range list {
		pairs[i] = Pair{words[0], words[1]}
	}
	return pairs, err
}

// drawn is the catalogue with the draw that the source asks for.
func (s Source) drawn(catalogue *data.Catalogue) (*data.Catalogue, error) {
	if s.Count == 0 && s.Seed == 0 {
		return catalogue, nil
	}
	return catalogue.Drawn(s.Set, s.Count, s.Seed)
}

// names are what a set's training facts are about, and their answers.
func (s Source) names(catalogue *data.Catalogue) ([]Pair, error) {
	facts, err := catalogue.Facts(s.Set, data.Train, []string{s.From, s.To}, 0)
	if err != nil {
		return nil, err
	}
	var pairs []Pair
	seen := map[Pair]bool{}
	for _, f := range facts {
		for _, name := range []map[string]string{f.Subject, f.Names[0]} {
			pair := Pair{name[s.From], name[s.To]}
			if pair.A != "" && pair.B != "" && pair.A != pair.B && !seen[pair] {
				seen[pair] = true
				pairs = append(pairs, pair)
			}
		}
	}
	return pairs, nil
}

// examples gives a source's prompts with their answers.
func (r *SourceReader) examples(s Source) iter.Seq2[task.Example, error] {
	return func(yield func(task.Example, error) bool) {
		switch s.As {
		case "translate", "names", "words":
			pairs, err := r.Pairs(s)
			if err != nil {
				yield(task.Example{}, err)
				return
			}
			for _, p := range pairs {
				e := task.Example{Task: task.Translate, Source: p.A, Reference: p.B, SourceLang: s.From, TargetLang: s.To}
				if !yield(e, nil) {
					return
				}
			}
		case "headline", "lead":
			if own, err := r.headlines(s); err != nil || own != nil {
				yieldExamples(own, err, yield)
				return
			}
			for text, err := range r.Texts(s) {
				title, rest, ok := firstClause(text, s.Lang)
				if err == nil && !ok {
					continue
				}
				if s.As == "lead" {
					text = rest
				}
				e := task.Example{Task: task.Headline, Source: text, Reference: title, SourceLang: s.Lang, TargetLang: s.Lang}
				if !yield(e, err) || err != nil {
					return
				}
			}
		default:
			yield(task.Example{}, fmt.Errorf("\"as\" is %q; it must be text, translate, names, words, headline or lead", s.As))
		}
	}
}

// headlines are those that a set has of its own; nil if it has none, or if only the rest
// of a document is to be read.
func (r *SourceReader) headlines(s Source) ([]task.Example, error) {
	set, err := r.Catalogue.Set(s.Set)
	if err != nil || s.As != "headline" || !slices.Contains(set.Tasks, task.Headline) {
		return nil, err
	}
	if err := s.checkClass(r.Catalogue); err != nil {
		return nil, err
	}
	catalogue, err := s.drawn(r.Catalogue)
	if err != nil {
		return nil, err
	}
	examples, err := catalogue.Examples(s.Set, task.Headline, s.Lang, s.Lang, data.Train)
	count := r.count(s)
	examples = slices.DeleteFunc(examples, func(e task.Example) bool { return !count.kept(r.overlap(s, e.Source, e.Reference)) })
	r.counts = append(r.counts, *count)
	return examples, err
}

func yieldExamples(examples []task.Example, err error, yield func(task.Example, error) bool) {
	if err != nil {
		yield(task.Example{}, err)
		return
	}
	for _, e := range examples {
		if !yield(e, nil) {
			return
		}
	}
}

// stream encodes one source, its prompts as given; texts of headlines are cut so that they fit a row of time
// tokens with their titles.
func (r *SourceReader) stream(s Source, tokenizer *token.Tokenizer, time int) (Stream, error) {
	end, ok := tokenizer.ID(token.EndOfText)
	if !ok {
		return Stream{}, fmt.Errorf("the tokenizer has no token %s, which stands after each document; train one with `dongyur tokenizer train`", token.EndOfText)
	}
	stream := Stream{Name: s.Name(), Weight: s.Weight}
	add := func(text string, ids []int) {
		for _, id := range ids {
			stream.Tokens = append(stream.Tokens, int32(id))
		}
		stream.Tokens = append(stream.Tokens, int32(end))
		stream.Bytes += int64(len(text))
	}
	if s.As == "text" {
		stream.Lang = s.Lang
		for text, err := range r.Texts(s) {
			if err != nil {
				return Stream{}, err
			}
			add(text, tokenizer.EncodeOrdinary(text))
		}
		return stream, nil
	}
	form, err := prompt.ForOwn(tokenizer)
	if err != nil {
		return Stream{}, err
	}
	for example, err := range r.examples(s) {
		if err != nil {
			return Stream{}, err
		}
		template := rollout.Template{Form: form}
		if example.Task == task.Headline {
			template = rollout.Template{Form: form, Limit: time - len(tokenizer.EncodeOrdinary(example.Reference)) - 1, CutHeadlines: true}
		}
		prompt, completion, err := template.Encode(tokenizer, example)
		if err != nil {
			return Stream{}, err
		}
		for len(stream.Given) < len(stream.Tokens)+len(prompt) {
			stream.Given = append(stream.Given, len(stream.Given) >= len(stream.Tokens))
		}
		add(example.Source+example.Reference, append(prompt, completion...))
	}
	stream.Given = append(stream.Given, make([]bool, len(stream.Tokens)-len(stream.Given))...) // the last completion
	return stream, nil
}

// Titles made from documents have this many syllables (words, characters).
const (
	minTitle = 4
	maxTitle = 24
)

// firstClause is a document's first clause, up to its first shad or stop, and what
// follows it, if the clause could pass for a title and is not most of the document.
func firstClause(text, code string) (clause, rest string, ok bool) {
	end := strings.IndexAny(text, "།.。")
	if end < 0 || len(text) < 3*end {
		return "", "", false
	}
	clause = text[:end]
	rest = strings.TrimLeft(text[end:], "།.。༎ ")
	n := len(language.Units(clause, code))
	return clause, rest, n >= minTitle && n <= maxTitle
}
