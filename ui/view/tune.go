package view

import "github.com/dongyur/dongyur/ui/state"

// recipes are those for who wants a good model and no experiment.
func (c *Tune) recipes() []state.Recipe { return state.Recipes[:2] }

// examples tells what is learned from.
func (c *Tune) examples() string {
	train, heldOut := c.App.Table.Counts()
	return T("The model learns from %d examples; %d are held out and only measured on.", train, heldOut)
}

func (c *Tune) canStart() bool { return canPlay(c.App) }

// done is the share of the run's steps, in percent.
func (c *Tune) done() int {
	r := c.App.Run()
	if len(r.Steps) == 0 || r.Config.Steps == 0 {
		return 0
	}
	return 100 * r.Steps[len(r.Steps)-1].Step / r.Config.Steps
}
