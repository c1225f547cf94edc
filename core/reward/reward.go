// Package reward scores completions by meaning, with guards against the ways a
// policy finds around it.
//
// In go completions with the prompt each answers; out comes one total each and
// its terms by name, which add up to it. A small JSON config (ReadConfig) says
// which terms count, how much, and with what parameters. The semantic term is
// S1's (Reinforcement Learning with Semantic Rewards Enables Low-Resource
// Language Expansion without Alignment Tax, arXiv 2605.14366):
//
//	similarity  w·R_sim, R_sim = (c-τ)/(1-τ) for a cosine c ≥ τ, else 0
//	language    w·share of letters in the target script
//	length      -w·how far the answer runs past 2.5× the median reference
//	repetition  -w·how far its 4-gram repetition rate exceeds .15
//	copy        -w·share of a headline that is one contiguous span of its text
//	chrf, bleu, rouge
//	            w·the surface score against the reference, 0 to 1, to compare with
//	consistency w·S3's reward of a fact over all languages it is asked in
//	            (arXiv 2606.06586)
//	empty       -1 for an answer with nothing in it, whose other terms are the
//	            lowest they can be: so it is below any wrong answer
//
// c compares the answer with the reference or, where there is none or the config
// says so, with the source. An answer with less than half of its letters in the
// target script gets nothing for meaning or surface: without that gate S1's own
// similarity falls from .72 to .23, because a policy is rewarded for echoing the
// source.
//
// Lengths, repetitions and copies are counted in lang.Units: syllables,
// characters or words.
package reward

import (
	"fmt"
	"strings"

	"github.com/dongyur/dongyur/core/lang"
	"github.com/dongyur/dongyur/core/protocol"
)

// Names of the terms, the keys of Result.Terms.
const (
	Similarity  = "similarity"
	Language    = "language"
	Length      = "length"
	Repetition  = "repetition"
	Copy        = "copy"
	ChrF        = "chrf"
	BLEU        = "bleu"
	ROUGE       = "rouge"
	Consistency = "consistency"
	Empty       = "empty"
)

// Encoder gives sentence embeddings: one L2-normalised row a text, all of one
// length.
type Encoder interface {
	Embed(texts []string) ([][]float32, error)
}

// Input is one completion and the prompt it answers. Languages are ISO 639
// codes that lang.ScriptOf knows. Without a Reference the Source stands in.
type Input struct {
	Source     string
	Reference  string
	Output     string
	SourceLang string
	TargetLang string
	Task       string   // "translate", "headline" or "fact"
	Finished   bool     // the policy ended the answer; false: the token limit did
	Fact       string   // the fact asked for; inputs with the same Fact and Sample are one answer in several languages
	Sample     int      // which of a prompt's completions this is
	Choices    []string // wrong answers to a fact that look like right ones
}

// Result is a completion's reward. Terms hold what each term of the config adds,
// weight included, and Empty: together they are Total.
type Result struct {
	Total float64
	Terms map[string]float64
	Empty bool // nothing in it, or nothing readable
}

// Scorer scores completions. It is not safe for concurrent use.
type Scorer struct {
	config  protocol.Reward
	terms   []term // those with a weight
	similar *similarity
}

// term is one part of a reward. Its value lies between worst and 1, but for
// consistency, which counts languages.
type term struct {
	name   string
	weight float64
	worst  float64
	value  func(*answer) float64
}

// terms is the table of all terms, in the order in which they are added up.
func terms(c protocol.Reward) []term {
	return []term{
		{Similarity, c.Similarity.Weight, 0, func(a *answer) float64 { return a.gated(above(a.cosine, c.Similarity.Tau)) }},
		{Language, c.Language.Weight, 0, func(a *answer) float64 { return a.share }},
		{Length, c.Length.Weight, -1, func(a *answer) float64 { return -lengthExcess(len(a.units), a.expected, a.in.Finished, c.Length) }},
		{Repetition, c.Repetition.Weight, -1, func(a *answer) float64 {
			return -above(repetitionRate(a.units, c.Repetition.NGram), c.Repetition.Free)
		}},
		{Copy, c.Copy.Weight, -1, func(a *answer) float64 { return -a.copied() }},
		{ChrF, c.ChrF.Weight, 0, func(a *answer) float64 { return a.gated(a.chrF()) }},
		{BLEU, c.BLEU.Weight, 0, func(a *answer) float64 { return a.gated(a.bleu()) }},
		{ROUGE, c.ROUGE.Weight, 0, func(a *answer) float64 { return a.gated(a.rouge()) }},
		{Consistency, c.Consistency.Weight, 0, func(a *answer) float64 { return a.consistency }},
	}
}

// New returns a scorer. It is an error if the config means nothing (Check), or if
// it weighs similarity and there is no encoder.
func New(encoder Encoder, config protocol.Reward) (*Scorer, error) {
	if err := Check(config); err != nil {
		return nil, err
	}
	if encoder == nil && config.Similarity.Weight > 0 {
		return nil, fmt.Errorf("the similarity reward needs an encoder: load one, or set the weight of similarity to 0")
	}
	s := &Scorer{config: config, similar: &similarity{encoder}}
	for _, t := range terms(config) {
		if t.weight > 0 {
			s.terms = append(s.terms, t)
		}
	}
	return s, nil
}

// Weights gives the weight of each term that Result.Terms holds. A term divided
// by its weight is what GDPO normalises by itself.
func (s *Scorer) Weights() map[string]float64 {
	weights := map[string]float64{Empty: 1}
	for _, t := range s.terms {
		weights[t.name] = t.weight
	}
	return weights
}

// Combine says how the terms are to become an advantage.
func (s *Scorer) Combine() protocol.Combine { return s.config.Combine }

// Lowest is the least Total of an answer that is not empty and to no fact.
func (s *Scorer) Lowest() float64 {
	sum := 0.0
	for _, t := range s.terms {
		sum += t.weight * t.worst
	}
	return sum
}

// Score returns one result an input, in order. Give it a whole step at once,
// all groups of completions one after another: the encoder is then called once,
// and a fact's languages are found together. Inputs with the same prompt are one
// group.
func (s *Scorer) Score(batch []Input) ([]Result, error) {
	answers := make([]answer, len(batch))
	for i, in := range batch {
		if _, ok := lang.ScriptOf(in.TargetLang); !ok {
			return nil, fmt.Errorf("reward: completion %d: the script of target language %q is not known: give an ISO 639 code such as bo, zh or en", i, in.TargetLang)
		}
		answers[i] = s.read(in)
	}
	if s.config.Similarity.Weight > 0 {
		if err := s.similar.measure(answers); err != nil {
			return nil, fmt.Errorf("reward: %w", err)
		}
	}
	expectLengths(answers)
	if s.config.Consistency.Weight > 0 {
		if err := agree(answers, s.config.Consistency); err != nil {
			return nil, fmt.Errorf("reward: %w", err)
		}
	}
	results := make([]Result, len(batch))
	for i := range answers {
		results[i] = s.score(&answers[i])
	}
	return results, nil
}

// score adds up the terms of one answer.
func (s *Scorer) score(a *answer) Result {
	r := Result{Terms: map[string]float64{Empty: 0}, Empty: a.empty}
	for _, t := range s.terms { // in one order, so that a run can be repeated bit for bit
		value := t.worst
		if !a.empty || t.name == Consistency {
			value = t.value(a)
		}
		r.Terms[t.name] = 0 + t.weight*value // 0 plus, for -0 would be written out
		r.Total += r.Terms[t.name]
	}
	// Strictly below any wrong answer, so that silence never pays. Consistency
	// counts a silent language by itself, and all languages share what it gives.
	if a.empty && (a.in.Fact == "" || s.config.Consistency.Weight == 0) {
		r.Terms[Empty] = -1
		r.Total--
	}
	return r
}

// above is 0 up to the threshold and rises in a line to 1 at 1.
func above(x, threshold float64) float64 {
	if x < threshold {
		return 0
	}
	return min(1, (x-threshold)/(1-threshold))
}

// answer is an input made ready: NFC, trimmed, cut into units, and measured.
type answer struct {
	in        Input
	output    string
	reference string
	target    string // what the output is compared with: the reference or the source
	source    string
	units     []string
	share     float64 // of letters in the target script
	open      bool    // the share passes the gate
	empty     bool

	cosine      float64 // with the target
	expected    float64 // length in units
	consistency float64
}

func (s *Scorer) read(in Input) answer {
	a := answer{in: in, output: clean(in.Output), source: clean(in.Source), reference: clean(in.Reference)}
	if a.target = a.reference; a.target == "" || s.config.Similarity.Anchor == protocol.AnchorSource {
		a.target = a.source
	}
	a.units = lang.Units(a.output, in.TargetLang)
	// An unfinished character at the end is what a token limit leaves; text that
	// is mostly broken is not an answer.
	a.empty = len(a.units) == 0 || strings.Count(a.output, "\uFFFD") > len(a.units)
	a.share = lang.Share(a.output, in.TargetLang)
	a.open = a.share >= s.config.Language.Gate
	return a
}

// gated is value where the language is right.
func (a *answer) gated(value float64) float64 {
	if !a.open {
		return 0
	}
	return value
}

// clean returns s trimmed, in NFC, with broken bytes as U+FFFD.
func clean(s string) string {
	return lang.NFC(strings.TrimSpace(strings.ToValidUTF8(s, "\uFFFD")))
}
