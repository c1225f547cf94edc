package state

import (
	"maps"
	"slices"

	"github.com/dongyur/dongyur/core/task"
)

// Shareable is what the page tells the Share dialog (assets/hub/share.js) of the project: the
// fields that the hub asks for, as far as the page knows them.
type Shareable struct {
	ID         string          `json:"id"`
	Title      string          `json:"title"`
	SourceLang string          `json:"source_lang"`
	TargetLang string          `json:"target_lang"`
	Task       string          `json:"task"`
	Axes       map[string]Axis `json:"axes"` // "surface", "meaning", "retained"
	Votes      *VoteOffer      `json:"votes,omitempty"`
	Language   string          `json:"language"` // of the page
}

// Axis is a measure before and after training.
type Axis struct {
	Measure string  `json:"measure"`
	Before  float64 `json:"before"`
	After   float64 `json:"after"`
}

// VoteOffer is the pairs that others can be asked about.
type VoteOffer struct {
	Systems   [2]System  `json:"systems"`
	Identical int        `json:"identical"`
	Items     []VoteItem `json:"items"`
}

// VoteItem is one of them, with the answers by system.
type VoteItem struct {
	Example task.Example `json:"example"`
	Answers [2]string    `json:"answers"`
}

// axes are the measures of a Shareable, by what they are called in scores.
var axes = map[string]string{"chrf": "surface", "similarity": "meaning"}

// Shareable describes the project at hand. While a blind round is open it tells nothing of
// which system is better.
func (a *App) Shareable() Shareable {
	o := Shareable{ID: a.Project.ID, Title: a.Project.Name, SourceLang: a.Task.SourceLang, TargetLang: a.Task.TargetLang, Task: a.Task.Name,
		Axes: map[string]Axis{}, Language: a.Preferences.Language}
	if !a.Vote.Round.Open() {
		a.measureAxes(o.Axes)
	}
	if sides, ok := a.Sides(); ok {
		pairs, identical := a.votePairs(sides)
		o.Votes = &VoteOffer{Systems: sides, Identical: identical, Items: []VoteItem{}}
		for _, p := range pairs {
			o.Votes.Items = append(o.Votes.Items, VoteItem{p.Example, p.Answers})
		}
		if len(pairs) == 0 {
			o.Votes = nil
		}
	}
	return o
}

// measureAxes takes the three axes from the latest run's answers and its losses.
func (a *App) measureAxes(into map[string]Axis) {
	if n := len(a.Review.Answers); n > 0 {
		for _, side := range a.Review.Answers[n-1].Scores {
			for _, score := range side.Scores {
				axis := into[axes[score.Name]]
				if axes[score.Name] == "" {
					continue
				}
				axis.Measure = score.Name
				switch side.Which {
				case "before":
					axis.Before = score.Value
				case "after":
					axis.After = score.Value
				}
				into[axes[score.Name]] = axis
			}
		}
	}
	r := a.Run()
	if r == nil || len(r.Tax) < 2 {
		return
	}
	mean := func(losses map[string]float64) (sum float64) {
		for _, language := range slices.Sorted(maps.Keys(losses)) {
			sum += losses[language] / float64(len(losses))
		}
		return sum
	}
	into["retained"] = Axis{"loss of other texts, nats a token", mean(r.Tax[0].NLL), mean(r.Tax[len(r.Tax)-1].NLL)}
}
