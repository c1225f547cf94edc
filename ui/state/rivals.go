package state

import (
	"cmp"
	"slices"
	"strconv"

	"github.com/dongyur/dongyur/core/task"
	"github.com/dongyur/dongyur/core/vote"
)

// Rivals are the systems that can be voted against each other: the model before any
// training, and every run that has answered the held-out lines.
func (a *App) Rivals() []System {
	list := []System{{Name: "before"}}
	for _, k := range a.Review.Answers {
		if k.Run == 0 {
			continue // an untrained model is "before"
		}
		s := System{Name: "run " + strconv.Itoa(k.Run), Run: k.Run, Method: k.Method, Step: k.Step}
		for _, r := range a.Runs {
			if r.Number == k.Run {
				s.Model = r.model
			}
		}
		list = append(list, s)
	}
	return list
}

// Sides are the two systems that the next round compares: those that were chosen, as
// long as both have answers, else "before" and the latest run; false where there is no
// run with answers.
func (a *App) Sides() ([2]System, bool) {
	rivals := a.Rivals()
	if len(rivals) < 2 {
		return [2]System{}, false
	}
	sides := [2]System{rivals[0], rivals[len(rivals)-1]}
	find := func(run int) int {
		return slices.IndexFunc(rivals, func(s System) bool { return s.Run == run })
	}
	first, second := find(a.Vote.Chosen[0]), find(a.Vote.Chosen[1])
	if first >= 0 && second >= 0 && first != second {
		sides = [2]System{rivals[first], rivals[second]}
	}
	if sides[0].Run == 0 {
		sides[0].Model = sides[1].Model
	}
	if sides[1].Run == 0 {
		sides[1].Model = sides[0].Model
	}
	return sides, true
}

// ChooseSide puts a run, or 0 for "before", on one side of the next round. What is on
// the other side already changes places.
func (a *App) ChooseSide(side, run int) {
	sides, ok := a.Sides()
	if !ok {
		return
	}
	a.Vote.Chosen = [2]int{sides[0].Run, sides[1].Run}
	if a.Vote.Chosen[1-side] == run {
		a.Vote.Chosen[1-side] = a.Vote.Chosen[side]
	}
	a.Vote.Chosen[side] = run
}

// votePairs are the lines that both systems answered, and how many of them have twice
// the same answer.
func (a *App) votePairs(sides [2]System) (pairs []Pair, identical int) {
	first, _ := a.answered(sides[0], sides[1])
	second, lines := a.answered(sides[1], sides[0])
	for _, e := range lines {
		one, ok := first[LineKey(e)]
		other := second[LineKey(e)]
		switch {
		case !ok:
		case one == other:
			identical++
		default:
			pairs = append(pairs, Pair{ID: vote.PairID(e.Source, one, other), Example: e, Answers: [2]string{one, other}})
		}
	}
	return pairs, identical
}

// answered are a system's answers by LineKey, and the lines in their order. What the
// model said before training stands beside the answers of the run that it is compared
// with.
func (a *App) answered(s, other System) (answers map[string]string, lines []task.Example) {
	answers = map[string]string{}
	for _, k := range a.Review.Answers {
		if k.Run != cmp.Or(s.Run, other.Run) {
			continue
		}
		for _, l := range k.Lines {
			key, text := LineKey(l.Example), l.After
			if s.Run == 0 {
				text = l.Before
			}
			if _, twice := answers[key]; !twice {
				lines = append(lines, l.Example)
			}
			answers[key] = text
		}
	}
	return answers, lines
}

// CanVote counts the pairs that a round would have.
func (a *App) CanVote() (pairs, identical int) {
	sides, ok := a.Sides()
	if !ok {
		return 0, 0
	}
	list, identical := a.votePairs(sides)
	return len(list), identical
}

// StartVote opens a round on the lines that both chosen systems answered.
func (a *App) StartVote(seed uint64) {
	sides, ok := a.Sides()
	if !ok {
		return
	}
	pairs, identical := a.votePairs(sides)
	if len(pairs) == 0 {
		return
	}
	deal(pairs, seed)
	a.Vote.Round = &Round{Seed: seed, Systems: sides, Pairs: pairs, Identical: identical}
	a.Vote.Draft, a.Vote.Others, a.Vote.Problem = vote.Unrated(), nil, ""
}
