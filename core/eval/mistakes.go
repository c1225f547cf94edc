package eval

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/dongyur/dongyur/core/grammar"
	"github.com/dongyur/dongyur/core/language"
)

// Mistake is how an encoder, and the meaning judge, take answers with one kind of mistake.
type Mistake struct {
	Kind   string  `json:"kind"`   // "none": another right wording of the reference's meaning
	Count  int     `json:"count"`  // answers
	Cosine float64 `json:"cosine"` // of answer and reference, mean
	Below  float64 `json:"below"`  // share of the answers that are farther from the reference than its other wording
	Judged float64 `json:"judged"` // share that the meaning judge calls wrong
}

// Mistakes compares references of everyday sentences in a language with answers that
// have one mistake each: those of grammar.Wrong, and words shuffled, a word said twice,
// another sentence's reference ("constant"). First comes "none", a right answer in
// another wording. An encoder that rewards meaning has them well below it.
func Mistakes(encoder Encoder, sentences []grammar.Sentence, tag string, seed uint64) ([]Mistake, error) {
	g, random := grammar.Everyday(), rand.New(rand.NewPCG(seed, 3))
	kinds := slices.Concat([]string{"none"}, grammar.WrongKinds, []string{"shuffled", "repeated", "constant"})
	var texts []string
	type answer struct{ kind, reference, right, text int } // of texts; kind of kinds
	var answers []answer
	add := func(text string) int {
		texts = append(texts, text)
		return len(texts) - 1
	}
	results := make([]Mistake, len(kinds))
	for k, kind := range kinds {
		results[k].Kind = kind
	}
	for i, s := range sentences {
		right, err := g.Say(s.Meaning, tag, random)
		if err != nil {
			return nil, fmt.Errorf("say %s: %w", s.Meaning, err)
		}
		reference := add(s.Texts[tag])
		wording := add(right)
		for k, kind := range kinds {
			text := ""
			switch kind {
			case "none":
				text = right
			case "constant":
				text = sentences[(i+1)%len(sentences)].Texts[tag]
			case "shuffled":
				text = shuffledUnits(right, tag, random)
			case "repeated":
				text = repeatedUnit(right, tag, random)
			default:
				if wrong, ok := g.Wrong(s.Meaning, kind, random); ok {
					text, _ = g.Say(wrong, tag, random) // what cannot be said is no answer
				}
			}
			if text == "" || kind != "none" && text == right {
				continue
			}
			answers = append(answers, answer{k, reference, wording, add(text)})
			results[k].Count++
			if exact, _, _ := g.Score(s.Meaning, tag, text); !exact {
				results[k].Judged++
			}
		}
	}
	if encoder == nil { // only the judge is asked
		encoder = none{}
	}
	rows, err := encoder.Embed(texts)
	if err != nil {
		return nil, err
	}
	for _, a := range answers {
		r, cosine := &results[a.kind], Cosine(rows[a.reference], rows[a.text])
		r.Cosine += cosine
		if cosine < Cosine(rows[a.reference], rows[a.right]) {
			r.Below++
		}
	}
	for k := range results {
		n := float64(max(1, results[k].Count))
		results[k].Cosine /= n
		results[k].Below /= n
		results[k].Judged /= n
	}
	return results, nil
}

// none is an encoder to which all texts are alike.
type none struct{}

func (none) Embed(texts []string) ([][]float32, error) {
	rows := make([][]float32, len(texts))
	for i := range rows {
		rows[i] = []float32{1}
	}
	return rows, nil
}

func shuffledUnits(text, tag string, random *rand.Rand) string {
	units := language.Units(text, tag)
	before := slices.Clone(units)
	random.Shuffle(len(units), func(i, j int) { units[i], units[j] = units[j], units[i] })
	if slices.Equal(units, before) {
		return "" // nothing is wrong with it
	}
	return strings.Join(units, separators[tag])
}

func repeatedUnit(text, tag string, random *rand.Rand) string {
	units := language.Units(text, tag)
	if len(units) == 0 {
		return ""
	}
	i := random.IntN(len(units))
	return strings.Join(slices.Insert(units, i, units[i]), separators[tag])
}

// separators stand between the units of the grammar's languages.
var separators = map[string]string{"bo": "་", "en": " "}
