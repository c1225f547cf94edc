package state

import (
	"cmp"
	"slices"
	"strings"

	"github.com/dongyur/dongyur/core/language"
	"github.com/dongyur/dongyur/core/protocol"
	"github.com/dongyur/dongyur/core/task"
)

// Try is a text of one's own and the model's answers to it.
type Try struct {
	Task   string // key of one of Tasks; "": that of the page
	Text   string
	Base   bool // ask the model as it was
	Count  int  // answers, 1 to maxCandidates
	Status Status
	Error  string

	Asked      task.Example // what the candidates answer
	OfBase     bool         // and which model did
	Candidates []Candidate  // the most likely first, once all are there
}

// maxCandidates bounds the answers to one text.
const maxCandidates = 8

// Candidate is one answer.
type Candidate struct {
	Index      int
	Text       string
	Done       bool
	LogProb    float64 // mean, nats a token
	Similarity float64 // to the source, by the encoder that judges; -1 to 1
	Share      float64 // of letters in the language asked for

	Editing    bool
	Correction string
	Added      bool // to the examples
}

// TryTask is the task that is tried.
func (a *App) TryTask() Task {
	if t, err := ParseTask(a.Try.Task); err == nil {
		return t
	}
	return a.Task
}

// TryIt asks for answers to the text.
func (a *App) TryIt() {
	t := &a.Try
	if strings.TrimSpace(t.Text) == "" || t.Status == InProgress {
		return
	}
	if t.Count < 1 {
		t.Count = 4
	}
	t.Count = min(t.Count, maxCandidates)
	chosen := a.TryTask()
	e := task.Example{ID: "try", Task: chosen.Name, Source: strings.TrimSpace(t.Text), SourceLang: chosen.SourceLang, TargetLang: chosen.TargetLang}
	a.withModel(func() { a.ask(a.tryCommand(e), a.tryEnds, func(ev protocol.Event) { a.takeCandidate(ev) }) })
}

func (a *App) tryCommand(e task.Example) protocol.Command {
	t := &a.Try
	t.Status, t.Error, t.Asked, t.OfBase = InProgress, "", e, t.Base
	t.Candidates = make([]Candidate, t.Count)
	for i := range t.Candidates {
		t.Candidates[i].Index = i
	}
	sampling := a.Settings().Sampling
	sampling.MaxTokens = max(sampling.MaxTokens, 64)
	sampling.Seed = a.Settings().Seed
	if t.Count == 1 {
		sampling.Temperature = 0 // one answer is the most likely one
	}
	return protocol.Command{Type: protocol.CmdGenerate, Generate: &protocol.Generate{
		Examples: []task.Example{e}, Count: t.Count, Base: t.Base, Sampling: sampling, Score: true,
	}}
}

// takeCandidate takes answers as they come, token by token, and then whole.
func (a *App) takeCandidate(ev protocol.Event) {
	list := a.Try.Candidates
	switch {
	case ev.Tokens != nil && ev.Tokens.Index < len(list):
		list[ev.Tokens.Index].Text += ev.Tokens.Text
	case ev.Completion != nil && ev.Completion.Index < len(list):
		c := &list[ev.Completion.Index]
		c.Text, c.Done = ev.Completion.Text, true
		c.LogProb, c.Similarity = ev.Completion.Terms["log_prob"], ev.Completion.Terms["similarity"]
		c.Share = language.Share(c.Text, a.Try.Asked.TargetLang)
	}
}

func (a *App) tryEnds(end protocol.Event) {
	t := &a.Try
	if t.Status = Loaded; end.Type == protocol.EvFailed {
		t.Status, t.Error = Failed, end.Message
	}
	t.Candidates = slices.DeleteFunc(t.Candidates, func(c Candidate) bool { return !c.Done })
	slices.SortStableFunc(t.Candidates, func(x, y Candidate) int { return cmp.Compare(y.LogProb, x.LogProb) })
}

// Correct opens an answer to be corrected.
func (a *App) Correct(i int) {
	if i < len(a.Try.Candidates) {
		c := &a.Try.Candidates[i]
		if c.Editing = !c.Editing; c.Editing && c.Correction == "" {
			c.Correction = c.Text
		}
	}
}

// SetCorrection takes what was typed.
func (a *App) SetCorrection(i int, text string) {
	if i < len(a.Try.Candidates) {
		a.Try.Candidates[i].Correction = text
		a.Try.Candidates[i].Added = false
	}
}

// AddCandidate adds the text with an answer, as corrected, to the examples to learn
// from.
func (a *App) AddCandidate(i int) {
	if i >= len(a.Try.Candidates) {
		return
	}
	c := &a.Try.Candidates[i]
	e := a.Try.Asked
	if e.Reference = c.Text; c.Editing {
		e.Reference = c.Correction
	}
	if strings.TrimSpace(e.Reference) == "" || c.Added {
		return
	}
	a.AddExample(e)
	c.Added = true
}
