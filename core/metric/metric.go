// Package metric measures how close hypotheses are to references on the
// surface, and how sure the measure is: chrF and chrF++ (Popović 2015, 2017),
// BLEU (Papineni et al. 2002), ROUGE-L (Lin 2004), bootstrap intervals and
// paired bootstrap (Koehn 2004), and Wilson intervals for shares of wins.
//
// In go hypotheses and references, one reference each; out come Scores with a
// signature that says how they were made. chrF and BLEU equal sacreBLEU 2.6.0
// to the last digits, at the level of the corpus and of the sentence; ROUGE-L
// equals rouge_score's on the same units.
//
// A metric is a row of counts for each segment and a function of the sum of
// rows. So a corpus is scored once, and resampling it costs additions only.
package metric

import "fmt"

// Metric scores text by summing counts.
type Metric interface {
	// Name is the metric's usual name, such as "chrF2++".
	Name() string
	// Signature says how the score is made, in sacreBLEU's manner.
	Signature() string
	// Stats returns the counts of one segment, always as many.
	Stats(hyp, ref string) []float64
	// Score returns the score of a sum of rows of Stats.
	Score(sum []float64) float64
}

// Score is a number and how it was made. BLEU and chrF lie between 0 and 100,
// ROUGE-L between 0 and 1.
type Score struct {
	Name      string  `json:"name"`
	Value     float64 `json:"value"`
	Signature string  `json:"signature"`
}

// version stands in signatures; it changes when a score would.
const version = "version:dongyur-1"

// Rows returns the counts of every segment. It fails if there is no segment,
// or not one reference for each hypothesis.
func Rows(m Metric, hyp, ref []string) ([][]float64, error) {
	if len(hyp) != len(ref) {
		return nil, fmt.Errorf("%s: %d hypotheses for %d references: give one reference for each hypothesis",
			m.Name(), len(hyp), len(ref))
	}
	if len(hyp) == 0 {
		return nil, fmt.Errorf("%s: no segments: give at least one hypothesis and its reference", m.Name())
	}
	rows := make([][]float64, len(hyp))
	for i := range hyp {
		rows[i] = m.Stats(hyp[i], ref[i])
	}
	return rows, nil
}

// Corpus scores hypotheses against references as one text. Errors are those of
// Rows.
func Corpus(m Metric, hyp, ref []string) (Score, error) {
	rows, err := Rows(m, hyp, ref)
	if err != nil {
		return Score{}, err
	}
	return Score{m.Name(), m.Score(sum(rows)), m.Signature()}, nil
}

// Sentence scores one hypothesis. For BLEU it counts only the orders of
// n-grams that the hypothesis is long enough for, as sacreBLEU's sentence_bleu
// does.
func Sentence(m Metric, hyp, ref string) float64 {
	if b, ok := m.(BLEU); ok {
		b.Effective = true
		m = b
	}
	return m.Score(m.Stats(hyp, ref))
}

// ForLanguage returns the surface metrics reported for text in a language:
// chrF++, BLEU with the language's tokenization, and ROUGE-L on its units.
func ForLanguage(lang string) []Metric {
	return []Metric{ChrFPlusPlus, BLEU{Tokenize: TokenizationFor(lang)}, ROUGEL{Lang: lang}}
}

func sum(rows [][]float64) []float64 {
	total := make([]float64, len(rows[0]))
	for _, row := range rows {
		for i, v := range row {
			total[i] += v
		}
	}
	return total
}
