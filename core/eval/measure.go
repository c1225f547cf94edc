package eval

import (
	"fmt"
	"maps"
	"slices"

	"github.com/dongyur/dongyur/core/metric"
	"github.com/dongyur/dongyur/core/task"
)

// Names of a line's figures, keys of Compared.Metrics with "_before" or "_after".
const (
	Similarity = "similarity" // cosine of output and reference under the judge
	ChrF       = "chrF2++"
)

// bootstrapSeed makes intervals the same on every run.
const bootstrapSeed = 20

// Outputs are a system's answers to examples, measured. Examples without a
// reference are compared with their source and have no surface scores.
type Outputs struct {
	examples   []task.Example
	texts      []string
	similarity []float64            // one an example
	meanings   []map[string]float64 // one an example, nil where the example has no meaning to judge by
}

// Measure embeds outputs and references with the judge, which should not be the
// encoder that gave the rewards. One text an example.
func Measure(judge Encoder, examples []task.Example, texts []string) (*Outputs, error) {
	if len(examples) == 0 || len(examples) != len(texts) {
		return nil, fmt.Errorf("measure: %d outputs for %d held-out examples: give one of each, at least one", len(texts), len(examples))
	}
	anchors := make([]string, len(examples))
	for i, e := range examples {
		if anchors[i] = e.Reference; e.Reference == "" {
			anchors[i] = e.Source
		}
	}
	from, err := judge.Embed(texts)
	if err != nil {
		return nil, fmt.Errorf("measure: %w", err)
	}
	to, err := judge.Embed(anchors)
	if err != nil {
		return nil, fmt.Errorf("measure: %w", err)
	}
	o := &Outputs{examples: examples, texts: texts, similarity: make([]float64, len(texts)), meanings: make([]map[string]float64, len(texts))}
	for i := range from {
		o.similarity[i] = Cosine(from[i], to[i])
		o.meanings[i] = judgeMeaning(examples[i], texts[i])
	}
	return o, nil
}

// Line gives one example's figures.
func (o *Outputs) Line(i int) map[string]float64 {
	figures := map[string]float64{Similarity: o.similarity[i]}
	if e := o.examples[i]; e.Reference != "" {
		figures[ChrF] = metric.Sentence(metric.ForLanguage(e.TargetLang)[0], o.texts[i], e.Reference)
	}
	maps.Copy(figures, o.meanings[i])
	return figures
}

// similaritySignature says how the mean cosine is made.
const similaritySignature = "mean cosine|pool:mean|judge:%s"

// Scores gives the figures of the meaning judge where the examples carry meanings, the
// mean similarity and the surface metrics of the referenced
// examples, language by language, each with its 95 % bootstrap interval.
func (o *Outputs) Scores(judge string) ([]task.Score, error) {
	interval := metric.MeanInterval(o.similarity, metric.Samples, bootstrapSeed)
	scores := append(o.meaningScores(), score(Similarity, interval, fmt.Sprintf(similaritySignature, judge)))
	for _, code := range o.languages() {
		texts, references := o.referenced(code)
		for _, m := range metric.ForLanguage(code) {
			interval, err := metric.CorpusInterval(m, texts, references, metric.Samples, bootstrapSeed)
			if err != nil {
				return nil, fmt.Errorf("measure: %w", err)
			}
			scores = append(scores, score(m.Name(), interval, m.Signature()))
		}
	}
	return scores, nil
}

// Change gives after minus before with the paired bootstrap's interval, for the
// same examples.
func Change(before, after *Outputs, judge string) ([]task.Score, error) {
	paired, err := metric.PairedMeans(before.similarity, after.similarity, metric.Samples, bootstrapSeed)
	if err != nil {
		return nil, fmt.Errorf("compare: %w", err)
	}
	scores, err := meaningChange(before, after)
	if err != nil {
		return nil, err
	}
	scores = append(scores, score(Similarity, paired.Delta, fmt.Sprintf(similaritySignature, judge)))
	for _, code := range before.languages() {
		a, references := before.referenced(code)
		b, _ := after.referenced(code)
		for _, m := range metric.ForLanguage(code) {
			paired, err := metric.PairedBootstrap(m, a, b, references, metric.Samples, bootstrapSeed)
			if err != nil {
				return nil, fmt.Errorf("compare: %w", err)
			}
			scores = append(scores, score(m.Name(), paired.Delta, m.Signature()))
		}
	}
	return scores, nil
}

func score(name string, i metric.Interval, signature string) task.Score {
	return task.Score{Name: name, Value: i.Value, Low: i.Low, High: i.High, Signature: signature}
}

// languages are the target languages of the referenced examples, sorted.
func (o *Outputs) languages() []string {
	var codes []string
	for _, e := range o.examples {
		if e.Reference != "" && !slices.Contains(codes, e.TargetLang) {
			codes = append(codes, e.TargetLang)
		}
	}
	slices.Sort(codes)
	return codes
}

// referenced gives the outputs and references into one language.
func (o *Outputs) referenced(code string) (texts, references []string) {
	for i, e := range o.examples {
		if e.Reference != "" && e.TargetLang == code {
			texts = append(texts, o.texts[i])
			references = append(references, e.Reference)
		}
	}
	return texts, references
}

// Len is the number of examples.
func (o *Outputs) Len() int { return len(o.examples) }
