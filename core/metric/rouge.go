package metric

import (
	"strings"

	"github.com/dongyur/dongyur/core/language"
)

// ROUGEL is ROUGE-L: the F1 of the longest common subsequence of units, where
// units are tsheg syllables, characters or words as language.Units has it. Case
// does not count. The score of a corpus is the mean of its segments.
type ROUGEL struct{ Lang string }

// Name returns "ROUGE-L".
func (r ROUGEL) Name() string { return "ROUGE-L" }

// Signature says which unit the subsequences are made of.
func (r ROUGEL) Signature() string {
	unit := "word"
	switch TokenizationFor(r.Lang) {
	case Tsheg:
		unit = "tsheg"
	case Zh, Char:
		unit = "char"
	}
	return "nrefs:1|case:lc|unit:" + unit + "|f:1|agg:mean|" + version
}

// Stats returns the segment's F1, 0 to 1, and 1.
func (r ROUGEL) Stats(hyp, ref string) []float64 {
	h := language.Units(strings.ToLower(hyp), r.Lang)
	g := language.Units(strings.ToLower(ref), r.Lang)
	common := float64(longestCommon(h, g))
	if common == 0 {
		return []float64{0, 1}
	}
	precision, recall := common/float64(len(h)), common/float64(len(g))
	return []float64{2 * precision * recall / (precision + recall), 1}
}

// Score returns the mean F1, 0 to 1.
func (r ROUGEL) Score(sum []float64) float64 {
	if sum[1] == 0 {
		return 0
	}
	return sum[0] / sum[1]
}

// longestCommon returns the length of the longest common subsequence, in time
// len(a)·len(b) and memory len(b).
func longestCommon(a, b []string) int {
	row := make([]int, len(b)+1) // row[j]: of a so far and b[:j]
	for _, x := range a {
		diagonal := 0
		for j, y := range b {
			above := row[j+1]
			if x == y {
				row[j+1] = diagonal + 1
			} else {
				row[j+1] = max(above, row[j])
			}
			diagonal = above
		}
	}
	return row[len(b)]
}
