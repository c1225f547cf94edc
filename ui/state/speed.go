package state

import "github.com/dongyur/dongyur/core/protocol"

// Speed is how fast a run goes on.
type Speed string

// The speeds. Slow waits after each step, so that one can look at it; Max leaves out
// what is only to be looked at.
const (
	Slow   Speed = "slow"
	Normal Speed = "1x"
	Max    Speed = "max"
)

// Speeds are in their order.
var Speeds = []Speed{Slow, Normal, Max}

// slowWait is how long a slow run waits after a step, in milliseconds.
const slowWait = 2500

// ChooseSpeed changes the speed, also of the run under way: the session is told to
// stop after each step, or no more.
func (a *App) ChooseSpeed(s Speed) {
	if a.Speed == s {
		return
	}
	a.Speed = s
	switch {
	case a.Phase() != Training || a.pausing:
	case s == Slow && !a.auto:
		a.auto = true
		a.command(protocol.Command{Type: protocol.CmdStep}, nil)
	case s != Slow && a.auto:
		a.auto = false
		a.Run().Phase = Training
		a.command(protocol.Command{Type: protocol.CmdResume}, nil)
	}
}

// takeState takes the session's phase over; a slow run is set going again.
func (a *App) takeState(p Phase) {
	r := a.Run()
	if r == nil || !a.Busy() {
		return
	}
	r.Phase = p
	if p != Paused {
		return
	}
	a.pausing = false
	if !a.auto || a.Later == nil {
		return
	}
	a.beat++
	beat := a.beat
	a.Later(slowWait, func() {
		if beat == a.beat && a.auto && r == a.Run() && r.Phase == Paused && a.Busy() {
			a.command(protocol.Command{Type: protocol.CmdStep}, nil)
		}
	})
}

// hasty tells that a step's details are left out for speed; those of the last step
// are not.
func (a *App) hasty(s *protocol.Step) bool { return a.Speed == Max && s.Step < s.Steps }
