package view

import (
	"strconv"

	"github.com/vugu/vugu"

	"github.com/dongyur/dongyur/core/protocol"
	"github.com/dongyur/dongyur/ui/state"
)

// field is one number of a run's settings.
type field struct {
	Key, Title string
	Min, Step  string
	at         func(*protocol.Train) any // *int, *float64 or *uint64
}

var rewardFields = []field{
	{"similarity", "Similarity", "0", "0.1", func(t *protocol.Train) any { return &t.Reward.Similarity.Weight }},
	{"tau", "Threshold τ", "0", "0.05", func(t *protocol.Train) any { return &t.Reward.Similarity.Tau }},
	{"language", "Language", "0", "0.1", func(t *protocol.Train) any { return &t.Reward.Language.Weight }},
	{"length", "Length", "0", "0.1", func(t *protocol.Train) any { return &t.Reward.Length.Weight }},
	{"repetition", "Repetition", "0", "0.1", func(t *protocol.Train) any { return &t.Reward.Repetition.Weight }},
	{"copy", "Copying", "0", "0.1", func(t *protocol.Train) any { return &t.Reward.Copy.Weight }},
}

var commonFields = []field{
	{"steps", "Steps", "1", "1", func(t *protocol.Train) any { return &t.Steps }},
	{"prompts", "Prompts a step", "1", "1", func(t *protocol.Train) any { return &t.Prompts }},
	{"learning-rate", "Learning rate", "0", "any", func(t *protocol.Train) any { return &t.LearningRate }},
	{"rank", "LoRA rank", "0", "1", func(t *protocol.Train) any { return &t.LoRARank }},
	{"seed", "Seed", "0", "1", func(t *protocol.Train) any { return &t.Seed }},
}

var groupFields = []field{
	{"group", "Group size", "2", "1", func(t *protocol.Train) any { return &t.Group }},
	{"beta", "KL weight β", "0", "0.01", func(t *protocol.Train) any { return &t.Beta }},
	{"temperature", "Temperature", "0", "0.1", func(t *protocol.Train) any { return &t.Sampling.Temperature }},
	{"top-p", "Top-p", "0", "0.05", func(t *protocol.Train) any { return &t.Sampling.TopP }},
	{"tokens", "Tokens an answer", "1", "1", func(t *protocol.Train) any { return &t.Sampling.MaxTokens }},
}

var methods = []struct{ Key, Title string }{{"grpo", "GRPO"}, {"sft", "SFT"}}

func (c *Settings) tasks() []state.Task { return state.Tasks }

func (c *Settings) runFields() []field {
	if c.App.Method == "sft" {
		return commonFields
	}
	return append(commonFields[:len(commonFields):len(commonFields)], groupFields...)
}

func (c *Settings) show(f field) string {
	t := c.App.Settings()
	switch p := f.at(&t).(type) {
	case *int:
		return strconv.Itoa(*p)
	case *uint64:
		return strconv.FormatUint(*p, 10)
	case *float64:
		return setting(*p)
	}
	return ""
}

// edit takes a number over; what is no number or below the least one is left out,
// and the field shows the old value again.
func (c *Settings) edit(f field, e vugu.DOMEvent) {
	v, ok := typedNumber(e)
	least, _ := strconv.ParseFloat(f.Min, 64)
	if !ok || v < least {
		return
	}
	c.App.Change(func(t *protocol.Train) {
		switch p := f.at(t).(type) {
		case *int:
			*p = int(v)
		case *uint64:
			*p = uint64(v)
		case *float64:
			*p = v
		}
	})
}

func (c *Settings) chooseModel(e vugu.DOMEvent) {
	if i, err := strconv.Atoi(e.PropString("target", "value")); err == nil {
		c.App.ChooseModel(i)
	}
}

func (c *Settings) canLoad() bool {
	_, ok := c.App.Chosen()
	return ok && c.App.Load.Status == state.NotLoaded && c.App.Worker == state.Ready
}

func (c *Settings) loading() bool { return c.App.Load.Status == state.InProgress }
func (c *Settings) loaded() bool  { return c.App.Load.Status == state.Loaded }
func (c *Settings) failed() bool  { return c.App.Load.Status == state.Failed }

func (c *Settings) loadLabel() string {
	return T("Load model") + " · " + megabytes(c.App.DownloadBytes())
}

func (c *Settings) progressText() string {
	p := c.App.Load.Progress
	if p.Total == 0 {
		return p.What
	}
	return p.What + " " + strconv.FormatFloat(float64(p.Done)/1e6, 'f', 1, 64) + " of " + megabytes(p.Total)
}

func (c *Settings) loadedText() string {
	l := c.App.Load.Loaded
	return T("Loaded") + ": " + strconv.FormatFloat(float64(l.Parameters)/1e6, 'f', 1, 64) + " M parameters, " +
		strconv.Itoa(l.Vocabulary) + " tokens, context " + strconv.Itoa(l.Context)
}

func (c *Settings) methodNote() string {
	if c.App.Method == "sft" {
		return "Supervised: the model learns to repeat the references."
	}
	return "Semantic GRPO: the model tries several answers and learns from how near each comes to the meaning."
}

func percent(p protocol.Progress) int {
	if p.Total == 0 {
		return 0
	}
	return int(100 * p.Done / p.Total)
}
