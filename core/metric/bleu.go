package metric

import (
	"math"
	"strings"
)

// maxOrder is the longest n-gram of BLEU.
const maxOrder = 4

// BLEU is the geometric mean of n-gram precisions up to 4, with a brevity
// penalty and exponential smoothing of orders without a match (NIST's
// mteval-v13a, method 3 of Chen and Cherry 2014).
type BLEU struct {
	Tokenize Tokenization
	// Effective leaves out the orders that the hypothesis is too short for. It
	// is meant for single sentences.
	Effective bool
}

// Name returns "BLEU".
func (b BLEU) Name() string { return "BLEU" }

// Signature follows sacreBLEU's.
func (b BLEU) Signature() string {
	eff := "no"
	if b.Effective {
		eff = "yes"
	}
	return "nrefs:1|case:mixed|eff:" + eff + "|tok:" + string(b.Tokenize.orDefault()) + "|smooth:exp|" + version
}

// Stats returns the lengths of hypothesis and reference in tokens, then for
// each order the n-grams in both, then for each order those of the hypothesis.
func (b BLEU) Stats(hyp, ref string) []float64 {
	h, r := b.Tokenize.Split(hyp), b.Tokenize.Split(ref)
	stats := make([]float64, 2+2*maxOrder)
	stats[0], stats[1] = float64(len(h)), float64(len(r))
	for n := 1; n <= maxOrder; n++ {
		refGrams := tokenGrams(r, n)
		both := 0
		for gram, count := range tokenGrams(h, n) {
			both += min(count, refGrams[gram])
		}
		stats[1+n] = float64(both)
		stats[1+maxOrder+n] = float64(max(0, len(h)-n+1))
	}
	return stats
}

// Score returns BLEU between 0 and 100.
func (b BLEU) Score(sum []float64) float64 {
	hypLen, refLen := sum[0], sum[1]
	both, total := sum[2:2+maxOrder], sum[2+maxOrder:]
	if both[0] == 0 {
		return 0 // no match of one token, so none longer
	}
	brevity := 1.0
	if hypLen < refLen {
		brevity = math.Exp(1 - refLen/hypLen)
	}
	var logs float64
	orders, smooth := maxOrder, 1.0
	for n := range maxOrder {
		if total[n] == 0 {
			if b.Effective {
				orders = n
				break
			}
			return 0 // a precision of 0 makes the mean 0
		}
		precision := 100 * both[n] / total[n]
		if both[n] == 0 {
			smooth *= 2
			precision = 100 / (smooth * total[n])
		}
		logs += math.Log(precision)
	}
	return brevity * math.Exp(logs/float64(orders))
}

// tokenGrams counts n-grams of tokens, which hold no line ends.
func tokenGrams(tokens []string, n int) map[string]int {
	grams := make(map[string]int, len(tokens))
	for i := 0; i+n <= len(tokens); i++ {
		gram := tokens[i]
		if n > 1 {
			gram = strings.Join(tokens[i:i+n], "\n")
		}
		grams[gram]++
	}
	return grams
}
