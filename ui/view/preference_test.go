package view

import (
	"strings"
	"testing"

	"github.com/dongyur/dongyur/core/protocol"
	"github.com/dongyur/dongyur/core/task"
	"github.com/dongyur/dongyur/core/vote"
	"github.com/dongyur/dongyur/ui/state"
)

// voted is an app with two runs that answered n lines.
func voted(n int) *state.App {
	app := newApp()
	for run, method := range []string{"sft", "grpo"} {
		k := state.Answers{Run: run + 1, Method: method, Step: 10}
		for i := range n {
			source := strings.Repeat("字", i+1)
			k.Lines = append(k.Lines, protocol.Compared{Example: task.Example{Source: source, TargetLang: "bo"}, Before: source + "ka", After: source + method})
		}
		app.Review.Answers = append(app.Review.Answers, k)
	}
	return app
}

func TestRoundOfTwoRunsIsNamedThroughout(t *testing.T) {
	app := voted(6)
	c := &Preference{App: app}
	if got := c.rivalChoices(); len(got) != 2 || got[0].Of != "0" || got[1].Of != "2" {
		t.Errorf("the choice at first is %+v", got)
	}
	app.ChooseSide(0, 1)
	const sft, grpo = "run 1 · SFT · step 10", "run 2 · GRPO · step 10"
	if text := c.invitation(); !strings.Contains(text, "6 held-out lines") || !strings.Contains(text, sft) || !strings.Contains(text, grpo) {
		t.Errorf("invitation %q", text)
	}
	app.StartVote(1)
	app.Vote.Rate(0, vote.AdequacyOf, 70)
	for i := range app.Vote.Round.Pairs {
		choice := vote.ChooseA
		if strings.HasSuffix(app.Vote.Round.Pairs[i].Shown(1), "grpo") {
			choice = vote.ChooseB
		}
		app.Vote.Choose(choice)
	}
	app.Vote.Reveal()
	for _, want := range []string{"“" + grpo + "” won 6, lost 0", "against “" + sft + "”", "prefer “" + grpo + "”"} {
		if !strings.Contains(c.sentence(), want) {
			t.Errorf("%q does not say %q", c.sentence(), want)
		}
	}
	if got := c.ratings(); !strings.HasPrefix(got, sft+": adequacy 70") && !strings.HasPrefix(got, grpo+": adequacy 70") {
		t.Errorf("ratings %q", got)
	}
	for _, v := range c.votes() {
		if v.Said != "“"+grpo+"” was preferred" || !strings.HasSuffix(v.First, "sft") || !strings.HasSuffix(v.Second, "grpo") {
			t.Errorf("vote %+v", v)
		}
	}
}

func TestWhyThereIsNothingToVoteOn(t *testing.T) {
	for _, test := range []struct {
		name string
		app  func() *state.App
		want string
	}{
		{"nothing compared", newApp, "There is nothing to vote on yet"},
		{"the same answers", func() *state.App {
			app := voted(3)
			app.Review.Answers[1].Lines = app.Review.Answers[0].Lines
			app.ChooseSide(0, 1)
			return app
		}, "the same answers in all 3 lines"},
		{"other lines", func() *state.App {
			app := voted(3)
			app.Review.Answers[1].Lines = voted(4).Review.Answers[1].Lines[3:]
			app.ChooseSide(0, 1)
			return app
		}, "no line in common"},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := &Preference{App: test.app()}
			if c.canStart() || !strings.Contains(c.invitation(), test.want) {
				t.Errorf("can start: %t, %q", c.canStart(), c.invitation())
			}
		})
	}
}
