package state

import (
	"slices"
	"strings"

	"github.com/dongyur/dongyur/core/language"
	"github.com/dongyur/dongyur/core/protocol"
)

// Stage of a step, in the order in which it happens.
type Stage int

// The stages.
const (
	Prompt Stage = iota + 1
	Sample
	Score
	Contrast // each answer with the mean of its group
	Nudge
)

// stageMilliseconds is how long each stage stands when the strip plays.
const stageMilliseconds = 2500

// Looking is what the view of one step shows. The zero value follows the latest step
// and shows it whole.
type Looking struct {
	Step    int   // 0: the latest
	Index   int   // which of the step's groups
	Stage   Stage // 0: Nudge, which shows everything
	Playing bool
	Chosen  int // place of the completion that is explained; 0: the best one, else its Index and 1
	Unit    int // place of the unit of a text that is looked at, from 1; 0: none
	UnitOf  int // Index and 1 of the completion whose unit it is
	Group   *protocol.Group
	Error   string

	asked  int // the command whose answer is waited for
	played int // counts plays, so that an old timer moves nothing
}

// Shown is the stage up to which the step is shown.
func (in *Looking) Shown() Stage {
	if in.Stage == 0 {
		return Nudge
	}
	return in.Stage
}

// samples tells whether a run's method learns from completions of its own.
func (r *Run) samples() bool {
	return r.method.Learns == "groups" || len(r.Steps) > 0 && r.Steps[0].Terms != nil
}

// last is the latest step of a run, 0 before the first.
func (r *Run) last() int {
	if len(r.Steps) == 0 {
		return 0
	}
	return r.Steps[len(r.Steps)-1].Step
}

// AskGroup asks for the group that is looked at; where nobody looks inside, for one
// of the latest step without what would cost a forward pass.
func (a *App) AskGroup() {
	r := a.Run()
	if r == nil || r.dropped || r.last() == 0 || !a.FromGroups(r) {
		return
	}
	look := protocol.Look{}
	if a.View == Inside {
		look = protocol.Look{Step: a.Look.Step, Index: a.Look.Index, Now: true}
	}
	id := a.command(protocol.Command{Type: protocol.CmdGroup, Look: &look}, func(end protocol.Event) {
		if end.Type == protocol.EvFailed && a.Look.asked == end.ReplyTo {
			a.Look.Error = end.Message
		}
	})
	if a.View == Inside {
		a.Look.asked = id
	}
}

// takeGroup keeps a group that was asked for.
func (a *App) takeGroup(ev protocol.Event) {
	r := a.Run()
	if ev.Group == nil || r == nil {
		return
	}
	if a.Group == nil || ev.Group.Step >= a.Group.Step {
		a.Group = ev.Group
	}
	if ev.ReplyTo != a.Look.asked {
		return
	}
	in := &a.Look
	if in.Group == nil || in.Group.Step != ev.Group.Step || in.Group.Index != ev.Group.Index {
		in.Chosen, in.Unit, in.UnitOf = 0, 0, 0
	}
	in.Group, in.Error = ev.Group, ""
}

// LookAt shows a group of a step; step 0 follows the latest.
func (a *App) LookAt(step, index int) {
	in := &a.Look
	if g := in.Group; g != nil {
		if step != 0 {
			step = min(max(step, g.First), g.Last)
		}
		index = min(max(index, 0), max(g.Groups-1, 0))
	}
	in.Step, in.Index, in.Playing = step, index, false
	a.AskGroup()
}

// ShowStage shows a step up to a stage.
func (a *App) ShowStage(s Stage) {
	a.Look.Stage, a.Look.Playing = min(max(s, Prompt), Nudge), false
}

// PlayStages goes through the stages slowly, or stops doing so.
func (a *App) PlayStages() {
	in := &a.Look
	if in.Playing {
		in.Playing = false
		return
	}
	in.Playing = true
	if in.played++; in.Shown() == Nudge {
		in.Stage = Prompt
	}
	a.tick(in.played)
}

// tick shows the next stage after a while.
func (a *App) tick(play int) {
	if a.Later == nil {
		return
	}
	a.Later(stageMilliseconds, func() {
		in := &a.Look
		if !in.Playing || in.played != play {
			return
		}
		in.Stage++
		if in.Stage >= Nudge {
			in.Stage, in.Playing = Nudge, false
			return
		}
		a.tick(play)
	})
}

// Choose explains a completion, by its Index.
func (in *Looking) Choose(index int) {
	in.Chosen = index + 1
}

// Point looks at a unit of a completion's text, counted from 0; below 0 at none.
func (in *Looking) Point(index, unit int) {
	in.UnitOf, in.Unit = index+1, unit+1
}

// Rows are the group's completions: as they were sampled, and once they are compared
// the best reward first.
func (in *Looking) Rows() []protocol.Completion {
	if in.Group == nil {
		return nil
	}
	rows := slices.Clone(in.Group.Completions)
	if in.Shown() >= Contrast {
		slices.SortStableFunc(rows, func(a, b protocol.Completion) int {
			switch {
			case a.Reward > b.Reward:
				return -1
			case a.Reward < b.Reward:
				return 1
			}
			return 0
		})
	}
	return rows
}

// Explained is the completion that is explained, nil where there is none.
func (in *Looking) Explained() *protocol.Completion {
	var best *protocol.Completion
	if in.Group == nil {
		return nil
	}
	for i := range in.Group.Completions {
		c := &in.Group.Completions[i]
		if c.Index == in.Chosen-1 {
			return c
		}
		if best == nil || c.Reward > best.Reward {
			best = c
		}
	}
	return best
}

// Flat tells that a group taught nothing: all its rewards are the same, and so are
// their advantages, 0. Where the baseline is the batch's, equal rewards still teach.
func Flat(g *protocol.Group) bool {
	for _, c := range g.Completions {
		if c.Advantage != 0 {
			return false
		}
	}
	return true
}

// Token is one token of a completion.
type Token struct {
	Text    string
	LogProb float64 // with the weights that drew it
	Now     float64 // with the weights as they are, where HasNow
	HasNow  bool
}

// Unit is the least part of a text that is tinted: whole syllables in Tibetan, for
// half a stack cannot be, and whole tokens.
type Unit struct {
	Text    string
	Tokens  []Token
	LogProb float64 // of all its tokens together
	Special bool    // a mark such as the end of the answer, not part of its text
}

// Units cuts a completion into units. Those that are not Special put together are
// its text.
func Units(c protocol.Completion, tag string) []Unit {
	starts, whole := map[int]bool{}, language.Of(tag).Unit == language.Syllable
	if whole {
		at := 0
		for _, part := range split(c.Text, tag) {
			starts[at] = true
			at += len(part)
		}
	}
	var units []Unit
	var waiting []Token // that end in half a character
	at := 0
	for i, piece := range c.Pieces {
		waiting = append(waiting, tokenOf(c, i))
		if piece == "" {
			continue
		}
		special := !strings.HasPrefix(c.Text[at:], piece)
		n := len(units)
		if special || n == 0 || units[n-1].Special || !whole || starts[at] {
			units = append(units, Unit{Special: special})
			n++
		}
		u := &units[n-1]
		u.Text += piece
		u.Tokens = append(u.Tokens, waiting...)
		for _, t := range waiting {
			u.LogProb += t.LogProb
		}
		waiting = nil
		if !special {
			at += len(piece)
		}
	}
	if at < len(c.Text) {
		units = append(units, Unit{Text: c.Text[at:], Tokens: waiting})
	}
	return units
}

func tokenOf(c protocol.Completion, i int) Token {
	t := Token{Text: c.Pieces[i]}
	switch {
	case i < len(c.Before):
		t.LogProb = c.Before[i]
	case i < len(c.LogProbs):
		t.LogProb = c.LogProbs[i]
	}
	if i < len(c.Now) {
		t.Now, t.HasNow = c.Now[i], true
	}
	return t
}

// Sum of log-probabilities: that of the whole completion.
func Sum(logProbs []float64) float64 {
	sum := 0.0
	for _, v := range logProbs {
		sum += v
	}
	return sum
}
