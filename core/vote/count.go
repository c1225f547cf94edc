package vote

import "github.com/dongyur/dongyur/core/metric"

// Tally counts votes for and against the second system. Ties and pairs that
// are both bad count as half a win each.
type Tally struct {
	Rater                string            `json:"rater"`
	Win                  int               `json:"win"`
	Loss                 int               `json:"loss"`
	Tie                  int               `json:"tie"`
	Bad                  int               `json:"both_bad"`
	Rate                 metric.Interval   `json:"rate"`     // share of wins, with Wilson's 95 % interval
	Adequacy             [2]float64        `json:"adequacy"` // means by system, where there are ratings
	Fluency              [2]float64        `json:"fluency"`
	AdequacyN            [2]int            `json:"adequacy_n"`
	FluencyN             [2]int            `json:"fluency_n"`
	Errors               [2]map[string]int `json:"errors"` // marks by system and category
	systems              [2]string
	adequacySum, fluency [2]int
}

// N is how many votes there are.
func (t *Tally) N() int { return t.Win + t.Loss + t.Tie + t.Bad }

func newTally(rater string, systems [2]string) *Tally {
	return &Tally{Rater: rater, systems: systems, Errors: [2]map[string]int{{}, {}}}
}

// add counts a vote on a pair.
func (t *Tally) add(row *Row) {
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
func (t *Tally) system(row *Row, side int) int {
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

// Outcome is what closed rounds say together.
type Outcome struct {
	Raters []Tally `json:"raters"` // in the order of their files
	Pooled Tally   `json:"pooled"`
	Alpha  float64 `json:"alpha"`  // Krippendorff's, nominal: the systems, tie, both bad
	Agreed bool    `json:"agreed"` // two raters or more voted on a pair, so there is an Alpha
}

// Count counts the votes of raters' files, all on the two systems of the first.
func Count(files []File) Outcome {
	var out Outcome
	if len(files) == 0 || len(files[0].Systems) != 2 {
		return out
	}
	systems := [2]string{files[0].Systems[0].Name, files[0].Systems[1].Name}
	pooled := newTally("", systems)
	var order []string // of the pairs
	byPair := map[string][]string{}
	for _, f := range files {
		for _, row := range f.Pairs {
			if byPair[row.ID] == nil {
				byPair[row.ID] = make([]string, len(files))
				order = append(order, row.ID)
			}
		}
	}
	for i, f := range files {
		own := newTally(f.Rater, systems)
		for j := range f.Pairs {
			row := &f.Pairs[j]
			if row.Vote == nil {
				continue
			}
			given := byPair[row.ID]
			own.add(row)
			pooled.add(row)
			given[i] = string(row.Vote.Choice)
			if row.Preferred != NoWinner {
				given[i] = row.Preferred
			}
		}
		out.Raters = append(out.Raters, own.sum())
	}
	ratings := make([][]string, 0, len(order))
	for _, id := range order {
		ratings = append(ratings, byPair[id])
	}
	out.Pooled = pooled.sum()
	out.Alpha, out.Agreed = metric.Alpha(ratings)
	return out
}
