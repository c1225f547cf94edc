package eval

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/dongyur/dongyur/core/data"
	"github.com/dongyur/dongyur/core/metric"
	"github.com/dongyur/dongyur/core/token"
)

// Accuracy is how often a model chose rightly, with Wilson's 95 % interval.
type Accuracy struct {
	Name  string          `json:"name"`
	Lang  string          `json:"lang"`
	Right int             `json:"right"`
	Count int             `json:"count"`
	Share metric.Interval `json:"accuracy"`
}

// ProbeReport says what a model knows of grammar and of causes.
type ProbeReport struct {
	Sets      []Accuracy `json:"sets"`      // "blimp", "sling", "zhoblimp", "xcopa"
	Paradigms []Accuracy `json:"paradigms"` // "blimp/anaphor_number_agreement"
}

// connectors join XCOPA's premise with a cause or an effect, as EleutherAI's
// lm-evaluation-harness has them.
var connectors = map[string]map[string]string{
	"zh": {"cause": "因为", "effect": "所以"},
	"id": {"cause": "karena", "effect": "maka"},
	"sw": {"cause": "kwa sababu", "effect": "kwa hiyo"},
}

// Probe asks minimal pairs and XCOPA. The sentence of a pair with the higher
// log-probability as a whole is chosen, as BLiMP does (Warstadt et al. 2020); of
// XCOPA's two sentences, the one that goes on likelier from the premise and its
// connector. A tie is wrong.
func Probe(l *Likelihood, tokenizer *token.Tokenizer, pairs []data.MinimalPair, choices []data.CausalChoice, adapter bool, progress func(done, total int)) (*ProbeReport, error) {
	var asked []Continuation
	for _, p := range pairs {
		asked = append(asked, Continuation{Text: tokenizer.EncodeOrdinary(p.Good)}, Continuation{Text: tokenizer.EncodeOrdinary(p.Bad)})
	}
	for i, c := range choices {
		premise, sentences, err := causal(c)
		if err != nil {
			return nil, fmt.Errorf("probe: xcopa item %d: %w", i, err)
		}
		prompt := tokenizer.EncodeOrdinary(premise)
		right := sentences[c.Label]
		asked = append(asked, Continuation{prompt, tokenizer.EncodeOrdinary(right)},
			Continuation{prompt, tokenizer.EncodeOrdinary(sentences[1-c.Label])})
	}
	logp, err := l.LogProbs(asked, adapter, func(done int) {
		if progress != nil {
			progress(done, len(asked))
		}
	})
	if err != nil {
		return nil, fmt.Errorf("probe: %w", err)
	}
	var sets, paradigms tally
	for i := range len(asked) / 2 {
		right := logp[2*i] > logp[2*i+1]
		set, lang, paradigm := "xcopa", "", ""
		if i < len(pairs) {
			set, lang, paradigm = pairs[i].Set, pairs[i].Lang, pairs[i].Paradigm
		} else {
			c := choices[i-len(pairs)]
			lang, paradigm = c.Lang, c.Question
		}
		sets.add(set, lang, right)
		paradigms.add(set+"/"+paradigm, lang, right)
	}
	return &ProbeReport{Sets: sets.accuracies(), Paradigms: paradigms.accuracies()}, nil
}

// causal puts an item of XCOPA into text: the premise without its full stop and the
// connector, then each sentence with a small first letter, after a space.
func causal(c data.CausalChoice) (premise string, sentences [2]string, err error) {
	connector, ok := connectors[c.Lang][c.Question]
	if !ok {
		return "", sentences, fmt.Errorf("there is no connector for a %q in language %q", c.Question, c.Lang)
	}
	premise = strings.TrimSpace(c.Premise)
	_, end := utf8.DecodeLastRuneInString(premise)
	premise = premise[:len(premise)-end] + " " + connector
	for i, sentence := range c.Choices {
		first, size := utf8.DecodeRuneInString(sentence)
		sentences[i] = " " + string(unicode.ToLower(first)) + sentence[size:]
	}
	return premise, sentences, nil
}

// tally counts right answers by name and language, in the order of first use.
type tally struct{ list []Accuracy }

func (t *tally) add(name, lang string, right bool) {
	i := slices.IndexFunc(t.list, func(a Accuracy) bool { return a.Name == name && a.Lang == lang })
	if i < 0 {
		i = len(t.list)
		t.list = append(t.list, Accuracy{Name: name, Lang: lang})
	}
	t.list[i].Count++
	if right {
		t.list[i].Right++
	}
}

// accuracies gives the shares with their intervals.
func (t *tally) accuracies() []Accuracy {
	for i := range t.list {
		t.list[i].Share = metric.Wilson(float64(t.list[i].Right), t.list[i].Count)
	}
	return t.list
}
