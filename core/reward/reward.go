// Package reward scores completions by meaning, with guards against the ways a
// policy finds around it.
//
// In go completions with the prompt each answers; out comes one total each and
// its terms by name, which add up to it. The semantic term is S1's
// (Reinforcement Learning with Semantic Rewards Enables Low-Resource Language
// Expansion without Alignment Tax, arXiv 2605.14366):
//
//	similarity  w·R_sim, R_sim = (c-τ)/(1-τ) for a cosine c ≥ τ, else 0
//	language    w·share of letters in the target script
//	length      -w·how far the answer runs past 2.5× the median reference
//	repetition  -w·how far its 4-gram repetition rate exceeds .15
//	copy        -w·share of a headline that is one contiguous span of its text
//	empty       for an answer with nothing in it: below any wrong answer
//
// c compares the answer with the reference or, where there is none, with the
// source. An answer with less than half of its letters in the target script
// gets no similarity: without that gate S1's own similarity falls from .72 to
// .23, because a policy is rewarded for echoing the source.
//
// Lengths, repetitions and copies are counted in lang.Units: syllables,
// characters or words.
package reward

import (
	"fmt"
	"math"
	"strings"

	"github.com/dongyur/dongyur/core/lang"
	"github.com/dongyur/dongyur/core/protocol"
)

// Names of the terms, the keys of Result.Terms; a result has all of them.
const (
	Similarity = "similarity"
	Language   = "language"
	Length     = "length"
	Repetition = "repetition"
	Copy       = "copy"
	Empty      = "empty"
)

// Weights of the terms and τ; none may be negative, τ is in 0..1 without 1.
type Weights = protocol.RewardWeights

// Encoder gives sentence embeddings: one L2-normalised row a text, all of one
// length. It must stay the same for a Scorer's life: rows are kept.
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
	Task       string // "translate" or "headline"
	Finished   bool   // the policy ended the answer; false: the token limit did
}

// Result is a completion's reward. Terms hold what each term adds, weight
// included: together they are Total.
type Result struct {
	Total float64
	Terms map[string]float64
	Empty bool // nothing in it, or nothing readable
}

// Scorer scores completions. It is not safe for concurrent use.
type Scorer struct {
	weights Weights
	similar *similarity
}

// New returns a scorer. It is an error if a weight is negative or not finite,
// if all of them are 0, or if τ is not in 0..1.
func New(encoder Encoder, w Weights) (*Scorer, error) {
	sum := 0.0
	for _, named := range []struct {
		name   string
		weight float64
	}{{Similarity, w.Similarity}, {Language, w.Language}, {Length, w.Length}, {Repetition, w.Repetition}, {Copy, w.Copy}} {
		if !(named.weight >= 0) || math.IsInf(named.weight, 0) {
			return nil, fmt.Errorf("reward weight %s is %v: it must be 0 or a positive number", named.name, named.weight)
		}
		sum += named.weight
	}
	switch {
	case sum == 0:
		return nil, fmt.Errorf("all reward weights are 0: give at least one, for example similarity 1.5 and language 1")
	case !(w.Tau >= 0 && w.Tau < 1):
		return nil, fmt.Errorf("reward threshold tau is %v: it must be at least 0 and below 1", w.Tau)
	case encoder == nil && w.Similarity > 0:
		return nil, fmt.Errorf("the similarity reward needs an encoder: load one, or set the weight of similarity to 0")
	}
	return &Scorer{weights: w, similar: newSimilarity(encoder)}, nil
}

// Lowest is the least Total of an answer that is not empty.
func (s *Scorer) Lowest() float64 { return -(s.weights.Length + s.weights.Repetition + s.weights.Copy) }

// Score returns one result an input, in order. Give it a whole step at once,
// all groups of completions one after another: the encoder is then called once.
// Inputs with the same prompt are one group.
func (s *Scorer) Score(batch []Input) ([]Result, error) {
	answers := make([]answer, len(batch))
	for i, in := range batch {
		if _, ok := lang.ScriptOf(in.TargetLang); !ok {
			return nil, fmt.Errorf("reward: completion %d: the script of target language %q is not known: give an ISO 639 code such as bo, zh or en", i, in.TargetLang)
		}
		answers[i] = read(in)
	}
	cosines := make([]float64, len(batch))
	if s.weights.Similarity > 0 {
		var err error
		if cosines, err = s.similar.cosines(answers); err != nil {
			return nil, fmt.Errorf("reward: %w", err)
		}
	}
	expected := expectedLengths(answers)
	results := make([]Result, len(batch))
	for i, a := range answers {
		results[i] = s.score(a, cosines[i], expected[i])
	}
	return results, nil
}

// score adds up the terms of one answer.
func (s *Scorer) score(a answer, cosine, expected float64) Result {
	w := s.weights
	terms := map[string]float64{Similarity: 0, Language: 0, Length: 0, Repetition: 0, Copy: 0, Empty: 0}
	if a.empty {
		// Strictly below any wrong answer, so that silence never pays.
		terms[Empty] = s.Lowest() - 1
		return Result{Total: terms[Empty], Terms: terms, Empty: true}
	}
	share := lang.Share(a.output, a.in.TargetLang)
	if share >= languageGate {
		terms[Similarity] = w.Similarity * above(cosine, w.Tau)
	}
	terms[Language] = w.Language * share
	// 0 minus, for a penalty of nothing is 0 and not -0, which would be written out.
	terms[Length] = 0 - w.Length*lengthExcess(len(a.units), expected, a.in.Finished)
	terms[Repetition] = 0 - w.Repetition*above(repetitionRate(a.units), repetitionFree)
	if a.in.Task == "headline" {
		terms[Copy] = 0 - w.Copy*copiedShare(a.units, lang.Units(a.source, a.in.SourceLang))
	}
	total := 0.0
	for _, name := range []string{Similarity, Language, Length, Repetition, Copy} {
		total += terms[name] // in one order, so that a run can be repeated bit for bit
	}
	return Result{Total: total, Terms: terms}
}

// above is 0 up to the threshold and rises in a line to 1 at 1.
func above(x, threshold float64) float64 {
	if x < threshold {
		return 0
	}
	return min(1, (x-threshold)/(1-threshold))
}

// answer is an input made ready: NFC, trimmed, cut into units.
type answer struct {
	in     Input
	output string
	target string // what the output is compared with: the reference or the source
	source string
	units  []string
	anchor bool // target is the source
	empty  bool
}

func read(in Input) answer {
	a := answer{in: in, output: clean(in.Output), source: clean(in.Source), target: clean(in.Reference)}
	if a.target == "" {
		a.target, a.anchor = a.source, true
	}
	a.units = lang.Units(a.output, in.TargetLang)
	// An unfinished character at the end is what a token limit leaves; text that
	// is mostly broken is not an answer.
	a.empty = len(a.units) == 0 || strings.Count(a.output, "\uFFFD") > len(a.units)
	return a
}

// clean returns s trimmed, in NFC, with broken bytes as U+FFFD.
func clean(s string) string {
	return lang.NFC(strings.TrimSpace(strings.ToValidUTF8(s, "\uFFFD")))
}
