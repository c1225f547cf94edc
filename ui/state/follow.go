package state

import (
	"strings"

	"github.com/dongyur/dongyur/core/protocol"
	"github.com/dongyur/dongyur/core/task"
)

// followed is how many prompts are answered again and again while a run goes on.
const followed = 4

// snapshots bounds how often they are: about so many times a run.
const snapshots = 20

// Snapshot is what the model answers to the fixed prompts after a step.
type Snapshot = protocol.Followed

// FixedPrompts are the prompts that a run of the table follows: half from those that
// are learned from, half from those held out, as far as there are any.
func (a *App) FixedPrompts() []task.Example {
	var learned, heldOut, list []task.Example
	for _, r := range a.Table.Rows {
		switch {
		case strings.TrimSpace(r.Example.Source) == "":
		case r.HeldOut:
			heldOut = append(heldOut, r.Example)
		default:
			learned = append(learned, r.Example)
		}
	}
	half := followed / 2
	fromHeldOut := min(len(heldOut), max(half, followed-len(learned)))
	list = append(list, learned[:min(len(learned), followed-fromHeldOut)]...)
	return append(list, heldOut[:fromHeldOut]...)
}

// heldOutSource tells whether the table holds a source out.
func (a *App) heldOutSource(source string) bool {
	for _, r := range a.Table.Rows {
		if r.Example.Source == source {
			return r.HeldOut
		}
	}
	return false
}

// follow is what the session is asked to answer again and again.
func (a *App) follow(steps int) *protocol.Follow {
	prompts := a.FixedPrompts()
	if len(prompts) == 0 {
		return nil
	}
	every := max(1, steps/snapshots)
	if a.Speed == Max {
		every = max(1, steps) // before and after is enough
	}
	return &protocol.Follow{Examples: prompts, Every: every}
}

func (a *App) takeFollowed(ev protocol.Event) {
	r := a.Run()
	if r == nil || ev.Followed == nil || ev.ReplyTo != a.trainID {
		return
	}
	for n := len(r.Snapshots); n > 0 && r.Snapshots[n-1].Step >= ev.Followed.Step; n-- {
		r.Snapshots = r.Snapshots[:n-1] // after a lost device the run goes on from an earlier step
	}
	following := a.Scrub >= len(r.Snapshots)-1
	r.Snapshots = append(r.Snapshots, *ev.Followed)
	if following {
		a.Scrub = len(r.Snapshots) - 1
	}
}

// FollowedLine is one of the fixed prompts: what was answered at first and at the
// step looked at.
type FollowedLine struct {
	Example    task.Example
	HeldOut    bool
	First, Now string
	Known      bool // there are answers
}

// FollowedLines are those of the current run, or of the run to come.
func (a *App) FollowedLines() []FollowedLine {
	var list []FollowedLine
	r := a.Run()
	if r == nil || r.Config.Follow == nil {
		for _, e := range a.FixedPrompts() {
			list = append(list, FollowedLine{Example: e, HeldOut: a.heldOutSource(e.Source)})
		}
		return list
	}
	for i, e := range r.Config.Follow.Examples {
		line := FollowedLine{Example: e, HeldOut: a.heldOutSource(e.Source)}
		if at, ok := r.Shot(a.Scrub); ok {
			line.First, line.Now, line.Known = r.Snapshots[0].Answers[i], at.Answers[i], true
		}
		list = append(list, line)
	}
	return list
}

// Shot is the run's snapshot at a place of the scrubber, the last one beyond.
func (r *Run) Shot(place int) (Snapshot, bool) {
	if len(r.Snapshots) == 0 {
		return Snapshot{}, false
	}
	return r.Snapshots[max(0, min(place, len(r.Snapshots)-1))], true
}

// ScrubTo looks at another snapshot of the current run.
func (a *App) ScrubTo(place int) {
	if r := a.Run(); r != nil && len(r.Snapshots) > 0 {
		a.Scrub = max(0, min(place, len(r.Snapshots)-1))
	}
}
