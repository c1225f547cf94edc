package session

import (
	"errors"
	"fmt"
	"math"

	"github.com/dongyur/dongyur/core/objective"
	"github.com/dongyur/dongyur/core/protocol"
	"github.com/dongyur/dongyur/core/rollout"
	"github.com/dongyur/dongyur/core/train"
)

// Ways in which a run collapses, as Event.Collapse names them.
const (
	collapseEmpty  = "empty outputs"
	collapseSpread = "zero spread"
	collapseKL     = "KL blow-up"
	collapseNaN    = "NaN"
	collapseStill  = "zero gradient"
	collapseChance = "chance"
)

// almostAll is the share of completions or groups that counts as all of them.
const almostAll = 0.95

// watch looks at a run's steps for signs of its collapse: how many in a row showed
// each. Silence and groups without a spread must last for DeadSteps steps, a
// divergence past its limit need not; what lasts is told again after as many.
type watch struct {
	Empty int `json:"empty"`
	Flat  int `json:"flat"`
	Far   int `json:"far,omitempty"`
	Still int `json:"still,omitempty"`
	Lost  int `json:"lost,omitempty"`
	// Knew tells that the loss has been below chance: a model that has yet to learn
	// anything is above it without being lost.
	Knew bool `json:"knew,omitempty"`
}

// see takes a step in and names the collapse that it completes, "" if it does not.
//
// vocabulary is the model's: a loss on texts of its logarithm is what drawing tokens by
// lot would give.
func (w *watch) see(step *stepResult, c protocol.Train, vocabulary int) (name, message string) {
	count := func(steps *int, sign bool, first int) bool {
		if !sign {
			*steps = 0
			return false
		}
		*steps++
		return *steps%c.DeadSteps == first%c.DeadSteps
	}
	empty := count(&w.Empty, step.empty >= almostAll, 0)
	flat := count(&w.Flat, step.report.ZeroSpreadShare >= almostAll, 0)
	far := count(&w.Far, step.report.KL > c.KLLimit, 1)
	still := count(&w.Still, step.report.GradNorm == 0, 0)
	chance := step.groups == nil && step.report.Loss >= math.Log(float64(vocabulary))
	w.Knew = w.Knew || step.groups == nil && !chance
	lost := count(&w.Lost, chance && w.Knew, 0)
	switch {
	case far:
		return collapseKL, fmt.Sprintf("the policy is %.3g nats a token away from its reference, above kl_limit %g; "+
			"lower the learning rate, raise beta, or go back to an earlier checkpoint", step.report.KL, c.KLLimit)
	case empty:
		return collapseEmpty, fmt.Sprintf("the run is dead: for %d steps almost every completion had nothing in it; "+
			"start from a model that knows the task a little, or lower the learning rate", w.Empty)
	case flat:
		return collapseSpread, fmt.Sprintf("the run is dead: for %d steps almost every group's rewards were the same, so nothing was learnt; "+
			"raise the temperature, lower tau, draw such groups again (resample), or start from a model that knows the task a little", w.Flat)
	case still:
		return collapseStill, fmt.Sprintf("the run is dead: for %d steps the gradient was exactly 0, so no weight moved; "+
			"look whether anything trains (lora_rank, targets) and whether rewards and examples differ", w.Still)
	case lost:
		return collapseChance, fmt.Sprintf("the run is dead: for %d steps the loss was %.3g nats a token, no better than drawing tokens by lot (%.3g); "+
			"lower the learning rate and go back to an earlier checkpoint", w.Lost, step.report.Loss, math.Log(float64(vocabulary)))
	}
	return "", ""
}

// isNaN tells whether a step failed for a number that is none.
func isNaN(err error) bool {
	var diverged *train.DivergedError
	return errors.As(err, &diverged) || errors.Is(err, rollout.ErrNotFinite) || errors.Is(err, objective.ErrNotFinite)
}

// collapsed reports a collapse by its name.
func (s *Session) collapsed(name, message string) {
	s.emit(s.run.id, protocol.Event{Type: protocol.EvWarning, Collapse: name, Message: name + ": " + message})
}
