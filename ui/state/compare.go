package state

import (
	"github.com/dongyur/dongyur/core/language"
	"github.com/dongyur/dongyur/core/protocol"
	"github.com/dongyur/dongyur/core/task"
	"github.com/dongyur/dongyur/ui/words"
)

// Comparison is before and after on held-out lines.
type Comparison struct {
	Status   Status
	Progress protocol.Progress
	Error    string
	// Answers say whose "after" is: the next run may have begun since they were asked
	// for. Run 0 is the model before any training.
	Answers
}

func (c *Comparison) take(ev protocol.Event) {
	if ev.Compared != nil {
		c.Lines = append(c.Lines, *ev.Compared)
	}
	if ev.Scores != nil {
		c.Scores = append(c.Scores, *ev.Scores)
	}
}

// RunComparison generates both sides anew, without randomness.
func (a *App) RunComparison() {
	if a.Comparison.Status == InProgress || a.Busy() {
		return
	}
	a.withModel(func() { a.withExamples(a.compare) })
}

func (a *App) compare() {
	if _, heldOut := a.Table.Counts(); heldOut == 0 {
		a.notify(Notice{Text: words.T("No line is held out, so there is nothing to compare: tick “test” on a few rows.")})
		return
	}
	a.Comparison = Comparison{Status: InProgress}
	if r := a.Run(); r != nil && len(r.Steps) > 0 {
		a.Comparison.Step = r.Steps[len(r.Steps)-1].Step
		if !r.dropped {
			a.Comparison.Run, a.Comparison.Method = r.Number, r.Config.Method
		}
	}
	sampling := task.Sampling{MaxTokens: a.Settings().Sampling.MaxTokens, Seed: a.Settings().Seed}
	a.command(protocol.Command{Type: protocol.CmdCompare, Compare: &protocol.Compare{
		Sampling: sampling,
	}}, func(end protocol.Event) {
		a.Comparison.Status = Loaded
		a.keepAnswers() // also of one that was stopped
		if end.Type == protocol.EvFailed {
			a.Comparison.Status, a.Comparison.Error = Failed, end.Message
		}
	})
}

// StopComparison ends the answering; what was answered by then is measured and kept.
func (a *App) StopComparison() {
	if a.Comparison.Status == InProgress && !a.Busy() {
		a.command(protocol.Command{Type: protocol.CmdStop}, func(protocol.Event) {})
	}
}

// Adapter is what a save gave, for the user to download.
type Adapter struct {
	Saving bool
	Files  []protocol.File
}

// SaveAdapter asks for the adapter's files; then done gets them.
func (a *App) SaveAdapter(done func([]protocol.File)) {
	if a.Adapter.Saving {
		return
	}
	a.withModel(func() {
		a.Adapter = Adapter{Saving: true}
		a.command(protocol.Command{Type: protocol.CmdSave, Save: &protocol.Save{}}, func(end protocol.Event) {
			a.Adapter.Saving = false
			if end.Type == protocol.EvFailed {
				a.notify(Notice{Error: true, Text: end.Message, Retry: func() { a.SaveAdapter(done) }})
				return
			}
			done(a.Adapter.Files)
		})
	})
}

// Trained tells whether there is an adapter to download.
func (a *App) Trained() bool {
	r := a.Run()
	return r != nil && len(r.Steps) > 0 && !r.dropped
}

// Piece is a part of a text that is new against another text, or is not.
type Piece struct {
	Text string
	New  bool
}

// Differences marks the syllables of after that a longest common subsequence with
// before does not hold. Whole syllables are marked, never part of a stack.
func Differences(before, after, tag string) []Piece {
	a, b := split(before, tag), split(after, tag)
	if len(a)*len(b) > 1<<20 {
		return []Piece{{Text: after}}
	}
	// common[i][j] is the length of the longest common subsequence of a[i:] and b[j:].
	common := make([][]int, len(a)+1)
	for i := range common {
		common[i] = make([]int, len(b)+1)
	}
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if a[i] == b[j] {
				common[i][j] = common[i+1][j+1] + 1
			} else {
				common[i][j] = max(common[i+1][j], common[i][j+1])
			}
		}
	}
	var pieces []Piece
	add := func(text string, isNew bool) {
		if n := len(pieces); n > 0 && pieces[n-1].New == isNew {
			pieces[n-1].Text += text
			return
		}
		pieces = append(pieces, Piece{text, isNew})
	}
	i := 0
	for j := 0; j < len(b); {
		switch {
		case i < len(a) && a[i] == b[j]:
			add(b[j], false)
			i, j = i+1, j+1
		case i < len(a) && common[i+1][j] >= common[i][j+1]:
			i++
		default:
			add(b[j], true)
			j++
		}
	}
	return pieces
}

// split cuts text into its language's units, syllables, characters or words, with what
// follows them, so that the parts put together are the text again. A word of a script
// whose letters join is never cut.
func split(text, tag string) []string {
	var parts []string
	start := 0
	for i, span := range language.UnitSpans(text, tag) {
		if i > 0 && span.Start > start {
			parts = append(parts, text[start:span.Start])
			start = span.Start
		}
	}
	if start < len(text) {
		parts = append(parts, text[start:])
	}
	return parts
}
