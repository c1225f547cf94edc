// Package reward scores completions by meaning, with guards against the ways a
// policy finds around it.
//
// Input: completions with the prompt each answers. Output: one total each, its terms
// by name, which add up to it, and what each term found. A small JSON config
// (ReadConfig) says which terms count, how much, and with what parameters. A term is
// one file and one row of the registry (Term), which this list is made of by
// `dongyur reward --help`. The semantic term is S1's (Reinforcement Learning with
// Semantic Rewards Enables Low-Resource Language Expansion without Alignment Tax,
// arXiv 2605.14366): w·R_sim, R_sim = (c-τ)/(1-τ) for a cosine c ≥ τ, else 0.
//
// c compares the answer with the reference or, where there is none or the config
// says so, with the source. An answer that is much less in the target script than
// the reference is gets nothing for meaning or surface: without that gate S1's own
// similarity falls from .72 to .23, because a policy is rewarded for echoing the
// source.
//
// Lengths, repetitions and copies are counted in language.Units: syllables,
// characters or words.
package reward

import (
	"fmt"
	"strings"

	"github.com/dongyur/dongyur/core/lang"
	"github.com/dongyur/dongyur/core/language"
	"github.com/dongyur/dongyur/core/protocol"
)

// Encoder gives sentence embeddings: one L2-normalised row a text, all of one
// length.
type Encoder interface {
	Embed(texts []string) ([][]float32, error)
}

// Input is one completion and the prompt it answers. Languages are tags after BCP 47.
// Without a Reference the Source stands in.
type Input struct {
	Source     string
	Reference  string
	Output     string
	SourceLang string
	TargetLang string
	Task       string   // name of a row of core/task
	Finished   bool     // the policy ended the answer; false: the token limit did
	Fact       string   // the fact asked for; inputs with the same Fact and Sample are one answer in several languages
	Sample     int      // which of a prompt's completions this is
	Choices    []string // wrong answers to a fact that look like right ones
	Meaning    string   // of a composed example: what its source means, see core/grammar
}

// Result is a completion's reward. Terms hold what each term of the config adds,
// weight included, and Empty: together they are Total. Why has a sentence for each
// term that found something.
type Result struct {
	Total float64
	Terms map[string]float64
	Why   map[string]protocol.Text
	Empty bool // nothing in it, or nothing readable
}

// Scorer scores completions. It is not safe for concurrent use.
type Scorer struct {
	config  protocol.Reward
	encoder Encoder
	gate    float64
	terms   []weighed

	profiles map[pair]*language.Profile
}

// weighed is a term that counts.
type weighed struct {
	*Term
	values Values
}

// New returns a scorer. It is an error if the config means nothing (Check), or if
// it weighs a term that compares embeddings and there is no encoder.
func New(encoder Encoder, config protocol.Reward) (*Scorer, error) {
	if err := Check(config); err != nil {
		return nil, err
	}
	s := &Scorer{config: config, encoder: encoder, gate: Named(Language).valuesIn(config).Number(gateName)}
	for _, t := range registry {
		if t.Value == nil || config.Weight(t.Name) == 0 {
			continue
		}
		if encoder == nil && t.Embeds {
			return nil, fmt.Errorf("the %s reward needs an encoder: load one, or set the weight of %s to 0", t.Name, t.Name)
		}
		s.terms = append(s.terms, weighed{t, t.valuesIn(config)})
	}
	return s, nil
}

// Weights gives the weight of each term that Result.Terms holds. A term divided
// by its weight is what GDPO normalises by itself.
func (s *Scorer) Weights() map[string]float64 {
	weights := map[string]float64{Empty: 1}
	for _, t := range s.terms {
		weights[t.Name] = t.values.Weight()
	}
	return weights
}

// Combine says how the terms are to become an advantage.
func (s *Scorer) Combine() protocol.Combine { return s.config.Combine() }

// Lowest is the least Total of an answer that is not empty and to no fact.
func (s *Scorer) Lowest() float64 {
	sum := 0.0
	for _, t := range s.terms {
		sum += t.values.Weight() * t.Least
	}
	return sum
}

// Score returns one result an input, in order. Give it a whole step at once,
// all groups of completions one after another: the encoder is then called once,
// and a fact's languages are found together. Inputs with the same prompt are one
// group.
func (s *Scorer) Score(batch []Input) ([]Result, error) {
	answers := make([]*Answer, len(batch))
	written := asWritten(batch)
	for i, in := range batch {
		if _, err := language.Parse(in.TargetLang); err != nil {
			return nil, fmt.Errorf("reward: completion %d: target %w", i, err)
		}
		answers[i] = s.read(in, written[in.TargetLang])
	}
	for _, t := range s.terms {
		if t.Measure == nil {
			continue
		}
		found, err := t.Measure(s.encoder, answers, t.values)
		if err != nil {
			return nil, fmt.Errorf("reward: %w", err)
		}
		for i, value := range found {
			answers[i].Found[t.Name] = value
		}
	}
	results := make([]Result, len(batch))
	for i, a := range answers {
		results[i] = s.score(a)
	}
	return results, nil
}

// score adds up the terms of one answer.
func (s *Scorer) score(a *Answer) Result {
	r := Result{Terms: map[string]float64{Empty: 0}, Why: map[string]protocol.Text{}, Empty: a.Empty}
	counted := false            // whether a term judges silence by itself
	for _, t := range s.terms { // in one order, so that a run can be repeated bit for bit
		value := t.Least
		judges := t.CountsSilence != nil && t.CountsSilence(a.In)
		counted = counted || judges
		if !a.Empty || judges {
			value = t.Value(a, t.values)
		}
		r.Terms[t.Name] = 0 + t.values.Weight()*value // 0 plus, for -0 would be written out
		r.Total += r.Terms[t.Name]
		if text := t.Explain(a, t.values, value); text.En != "" {
			r.Why[t.Name] = text
		}
	}
	// Strictly below any wrong answer, so that silence never pays.
	if a.Empty && !counted {
		r.Terms[Empty] = -1
		r.Total--
		r.Why[Empty] = silence
	}
	return r
}

// above is 0 up to the threshold and rises in a line to 1 at 1.
func above(x, threshold float64) float64 {
	if x < threshold || threshold >= 1 {
		return 0
	}
	return min(1, (x-threshold)/(1-threshold))
}

// Answer is an input made ready: NFC, trimmed, cut into units.
type Answer struct {
	In        Input
	Output    string
	Reference string
	Source    string
	Units     []string // of the output
	Expected  []string // units of the reference
	Script    float64  // how much of it is in the target script, 0 to 1; see script
	Open      bool     // Script passes the gate
	Empty     bool
	Found     map[string]float64 // by Measure, by term

	from, to *language.Language
	told     *language.Profile // of to's words against from's; nil: their scripts tell, or nothing does
}

func (s *Scorer) read(in Input, to *language.Language) *Answer {
	a := &Answer{In: in, Output: clean(in.Output), Source: clean(in.Source), Reference: clean(in.Reference), Found: map[string]float64{},
		from: language.Of(in.SourceLang), to: to, told: s.profiles[pair{in.SourceLang, in.TargetLang}]}
	a.Units, a.Expected = to.Units(a.Output), to.Units(a.Reference)
	// An unfinished character at the end is what a token limit leaves; text that
	// is mostly broken is not an answer.
	a.Empty = len(a.Units) == 0 || strings.Count(a.Output, "\uFFFD") > len(a.Units)
	a.Script = script(a)
	a.Open = a.Script >= s.gate
	return a
}

// gated is value where the language is right.
func (a *Answer) gated(value float64) float64 {
	if !a.Open {
		return 0
	}
	return value
}

// clean returns s trimmed, in NFC, with broken bytes as U+FFFD.
func clean(s string) string {
	return lang.NFC(strings.TrimSpace(strings.ToValidUTF8(s, "\uFFFD")))
}
