package state

import (
	"github.com/dongyur/dongyur/core/metric"
)

// Tally counts votes for and against the second system. Ties and pairs that
// are both bad count as half a win each.
type Tally struct {
	Rater                string
	Win, Loss, Tie, Bad  int
	Rate                 metric.Interval // share of wins, with Wilson's 95 % interval
	Adequacy, Fluency    [2]float64      // means by system, where there are ratings
	AdequacyN, FluencyN  [2]int
	Errors               [2]map[string]int // marks by system and category
	systems              [2]string
	adequacySum, fluency [2]int
}

// N is how many votes there are.
func (t *Tally) N() int { return t.Win + t.Loss + t.Tie + t.Bad }

func newTally(rater string, systems [2]string) *Tally {
	return &Tally{Rater: rater, systems: systems, Errors: [2]map[string]int{{}, {}}}
}

// add counts a vote on a pair.
func (t *Tally) add(row *VoteRow) {
	if row.Vote == nil {
		return
	}
	switch {
	case row.Vote.Choice == ChooseTie:
		t.Tie++
	case row.Vote.Choice == ChooseBad:
		t.Bad++
	case row.Preferred == t.systems[1]:
		t.Win++
	default:
		t.Loss++
	}
	for side, rating := range row.Vote.Ratings {
		system := t.system(row, side)
		if rating[AdequacyOf] >= 0 {
			t.adequacySum[system] += rating[AdequacyOf]
			t.AdequacyN[system]++
		}
		if rating[FluencyOf] >= 0 {
			t.fluency[system] += rating[FluencyOf]
			t.FluencyN[system]++
		}
	}
	for _, span := range row.Vote.Spans {
		t.Errors[t.system(row, min(span.Side, 1))][span.Category]++
	}
}

// system is whose answer a row shows on a side.
func (t *Tally) system(row *VoteRow, side int) int {
	if (row.SystemA == t.systems[1]) == (side == 0) {
		return 1
	}
	return 0
}

func (t *Tally) sum() Tally {
	for s := range 2 {
		if n := t.AdequacyN[s]; n > 0 {
			t.Adequacy[s] = float64(t.adequacySum[s]) / float64(n)
		}
		if n := t.FluencyN[s]; n > 0 {
			t.Fluency[s] = float64(t.fluency[s]) / float64(n)
		}
	}
	t.Rate = metric.Wilson(float64(t.Win)+float64(t.Tie+t.Bad)/2, t.N())
	return *t
}

// Outcome is what a closed round says.
type Outcome struct {
	Raters []Tally // one's own first
	Pooled Tally
	Alpha  float64 // Krippendorff's, nominal: the systems, tie, both bad
	Agreed bool    // two raters or more voted on a pair, so there is an Alpha
}

// Outcome counts the votes of a closed round and of the other raters' files.
func (v *Voting) Outcome() Outcome {
	files := append([]VoteFile{v.Round.file(v.Rater)}, v.Others...)
	systems := [2]string{v.Round.Systems[0].Name, v.Round.Systems[1].Name}
	pooled := newTally("", systems)
	var out Outcome
	byPair := map[string][]string{}
	for _, p := range v.Round.Pairs {
		byPair[p.ID] = make([]string, len(files))
	}
	for i, f := range files {
		own := newTally(f.Rater, systems)
		for j := range f.Pairs {
			row := &f.Pairs[j]
			if _, asked := byPair[row.ID]; !asked || row.Vote == nil {
				continue
			}
			own.add(row)
			pooled.add(row)
			byPair[row.ID][i] = string(row.Vote.Choice)
			if row.Preferred != NoWinner {
				byPair[row.ID][i] = row.Preferred
			}
		}
		out.Raters = append(out.Raters, own.sum())
	}
	ratings := make([][]string, 0, len(byPair))
	for _, p := range v.Round.Pairs {
		ratings = append(ratings, byPair[p.ID])
	}
	out.Pooled = pooled.sum()
	out.Alpha, out.Agreed = metric.Alpha(ratings)
	return out
}
