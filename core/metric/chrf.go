package metric

import (
	"strconv"
	"strings"
)

// ChrF is the F-score of character n-grams, and with WordOrder above 0 of word
// n-grams too. Orders for which hypothesis and reference both have n-grams
// are averaged (sacreBLEU's effective order), spaces are left out, and case
// counts.
type ChrF struct {
	CharOrder int // longest n-gram of characters
	WordOrder int // longest n-gram of words; 2 makes chrF++
	Beta      int // how many times more recall weighs than precision
}

// The two variants in use.
var (
	PlainChrF    = ChrF{CharOrder: 6, WordOrder: 0, Beta: 2}
	ChrFPlusPlus = ChrF{CharOrder: 6, WordOrder: 2, Beta: 2}
)

// Name returns "chrF2++" for chrF++ with β = 2.
func (c ChrF) Name() string {
	return "chrF" + strconv.Itoa(c.Beta) + strings.Repeat("+", c.WordOrder)
}

// Signature follows sacreBLEU's.
func (c ChrF) Signature() string {
	return "nrefs:1|case:mixed|eff:yes|nc:" + strconv.Itoa(c.CharOrder) +
		"|nw:" + strconv.Itoa(c.WordOrder) + "|space:no|" + version
}

// Stats returns three counts for each order, characters first: n-grams of the
// hypothesis, of the reference, and in both.
func (c ChrF) Stats(hyp, ref string) []float64 {
	stats := make([]float64, 0, 3*(c.CharOrder+c.WordOrder))
	h, r := joined(hyp), joined(ref)
	hAt, rAt := runeStarts(h), runeStarts(r)
	for n := 1; n <= c.CharOrder; n++ {
		stats = appendMatches(stats, charGrams(h, hAt, n), charGrams(r, rAt, n))
	}
	if c.WordOrder > 0 {
		hWords, rWords := splitPunctuation(hyp), splitPunctuation(ref)
		for n := 1; n <= c.WordOrder; n++ {
			stats = appendMatches(stats, wordGrams(hWords, n), wordGrams(rWords, n))
		}
	}
	return stats
}

// Score returns chrF between 0 and 100.
func (c ChrF) Score(sum []float64) float64 {
	var precision, recall, orders float64
	for i := 0; i+2 < len(sum); i += 3 {
		hyp, ref, both := sum[i], sum[i+1], sum[i+2]
		if hyp > 0 && ref > 0 {
			precision += both / hyp
			recall += both / ref
			orders++
		}
	}
	if orders == 0 || precision+recall == 0 {
		return 0
	}
	precision /= orders
	recall /= orders
	factor := float64(c.Beta * c.Beta)
	return 100 * (1 + factor) * precision * recall / (factor*precision + recall)
}

// appendMatches appends the three counts of one order.
func appendMatches(stats []float64, hyp, ref map[string]int) []float64 {
	hypCount, refCount, both := 0, 0, 0
	for gram, n := range hyp {
		hypCount += n
		both += min(n, ref[gram])
	}
	for _, n := range ref {
		refCount += n
	}
	if refCount == 0 {
		hypCount = 0 // as sacreBLEU does, so that the order is left out
	}
	return append(stats, float64(hypCount), float64(refCount), float64(both))
}

// charGrams counts the n-grams of s, whose runes start at the bytes in starts;
// the last start is the end of s.
func charGrams(s string, starts []int, n int) map[string]int {
	grams := make(map[string]int, len(starts))
	for i := 0; i+n < len(starts); i++ {
		grams[s[starts[i]:starts[i+n]]]++
	}
	return grams
}

func wordGrams(words []string, n int) map[string]int {
	grams := make(map[string]int, len(words))
	for i := 0; i+n <= len(words); i++ {
		gram := words[i]
		if n > 1 {
			gram = strings.Join(words[i:i+n], " ")
		}
		grams[gram]++
	}
	return grams
}

func runeStarts(s string) []int {
	starts := make([]int, 0, len(s)/2+1)
	for i := range s {
		starts = append(starts, i)
	}
	return append(starts, len(s))
}

// joined returns s without its white space.
func joined(s string) string { return strings.Join(fields(s), "") }

// splitPunctuation splits s into words, and one ASCII punctuation mark off the
// end of each word, else off its beginning, as the reference chrF++.py does.
func splitPunctuation(s string) []string {
	var words []string
	for _, w := range fields(s) {
		first, last := w[0], w[len(w)-1]
		switch {
		case len([]rune(w)) == 1:
			words = append(words, w)
		case isASCIIPunctuation(last):
			words = append(words, w[:len(w)-1], w[len(w)-1:])
		case isASCIIPunctuation(first):
			words = append(words, w[:1], w[1:])
		default:
			words = append(words, w)
		}
	}
	return words
}

func isASCIIPunctuation(c byte) bool {
	return c >= '!' && c <= '/' || c >= ':' && c <= '@' || c >= '[' && c <= '`' || c >= '{' && c <= '~'
}
