package reward

import (
	"slices"
	"strings"

	"github.com/dongyur/dongyur/core/lang"
	"github.com/dongyur/dongyur/core/protocol"
)

// lengthExcess is 0 up to Free (2.5) times the expected length and rises in a line
// to 1 at Full (5) times. An answer that the token limit cut off after it had
// passed the expected length was running on: its excess is 1 (DAPO, arXiv
// 2503.14476, treats truncated answers so). One cut off before is the limit's fault.
func lengthExcess(units int, expected float64, finished bool, c protocol.LengthReward) float64 {
	ratio := float64(units) / max(expected, 1)
	if !finished && ratio > 1 {
		return 1
	}
	return min(1, max(0, (ratio-c.Free)/(c.Full-c.Free)))
}

// repetitionRate is the share of n-grams that occurred before: 1 minus distinct
// over all. It is 0 for texts of fewer than n units. Natural text reaches .15 for
// n = 4.
func repetitionRate(units []string, ngram int) float64 {
	all := len(units) - ngram + 1
	if all < 1 {
		return 0
	}
	distinct := map[string]struct{}{}
	for i := range all {
		distinct[strings.Join(units[i:i+ngram], "\x00")] = struct{}{}
	}
	return 1 - float64(len(distinct))/float64(all)
}

// copiedShare is the share of a title's units that are the longest contiguous
// span it has in common with the body. Time is the product of the lengths.
func copiedShare(title, body []string) float64 {
	if len(title) == 0 {
		return 0
	}
	longest := 0
	// run[j+1] is how long the common span is that ends at the current unit of
	// the title and at body[j].
	run, next := make([]int, len(body)+1), make([]int, len(body)+1)
	for _, t := range title {
		for j, b := range body {
			next[j+1] = 0
			if t == b {
				next[j+1] = run[j] + 1
				longest = max(longest, next[j+1])
			}
		}
		run, next = next, run
	}
	return float64(longest) / float64(len(title))
}

// expectLengths sets, for each answer, the median length of its group's
// references, in units. A group without references takes the median of the
// batch, and a batch without any its own sources: length alone tells little
// between languages, and 2.5 times leaves room.
func expectLengths(answers []answer) {
	type prompt struct{ task, source, from, to string }
	groups := map[prompt][]int{}
	var all []int
	of := func(a answer) prompt {
		return prompt{a.in.Task, a.source, a.in.SourceLang, a.in.TargetLang}
	}
	for _, a := range answers {
		if a.reference == "" {
			continue
		}
		n := len(lang.Units(a.reference, a.in.TargetLang))
		groups[of(a)] = append(groups[of(a)], n)
		all = append(all, n)
	}
	for i := range answers {
		a := &answers[i]
		switch lengths := groups[of(*a)]; {
		case len(lengths) > 0:
			a.expected = median(lengths)
		case len(all) > 0:
			a.expected = median(all)
		default:
			a.expected = float64(len(lang.Units(a.source, a.in.SourceLang)))
		}
	}
}

// median of at least one number.
func median(values []int) float64 {
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	return float64(sorted[(n-1)/2]+sorted[n/2]) / 2
}
