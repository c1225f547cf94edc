package session

import (
	"errors"
	"fmt"

	"github.com/dongyur/dongyur/core/engine"
	"github.com/dongyur/dongyur/core/protocol"
)

// A graphics device can be lost at any time: its driver is reset, the machine slept,
// the browser wanted it back. All that was on it is gone. The session then opens the
// engine again, loads what was loaded, and goes on with the run from the latest of
// the checkpoints that it keeps in memory.

// lost is what an engine's error says of itself when its device is gone. The session
// knows no engine by its package.
type lost interface{ DeviceLost() bool }

func isLost(err error) bool {
	var fault lost
	return errors.As(err, &fault) && fault.DeviceLost()
}

// guarded runs work and turns the tensor library's panic about a lost device into the
// error that it holds.
func guarded(work func() error) (err error) {
	defer func() {
		switch thrown := recover().(type) {
		case nil:
		case error:
			if !isLost(thrown) {
				panic(thrown)
			}
			err = thrown
		default:
			panic(thrown)
		}
	}()
	return work()
}

// lossesInPlace is how often in a row, without a step in between, the same engine is
// opened again; then one without a device takes over.
const lossesInPlace = 3

// kept is a run as it stood after a step.
type kept struct {
	saved savedRun
	state []byte // as in a save; nil before the first step
}

// keep takes a checkpoint into memory, if one is due.
func (s *Session) keep() error {
	r, every := s.run, s.options.KeepEvery
	if every <= 0 || r.done%every != 0 {
		return nil
	}
	k := &kept{saved: savedRun{s.loaded.command, r.config, s.examples, r.done, r.watch, r.like}}
	if r.done > 0 {
		var err error
		if k.state, err = r.learner.updater().StateBytes(r.done, r.identity(), k.saved); err != nil {
			return fmt.Errorf("keep step %d: %w", r.done, err)
		}
	}
	r.kept = k
	return nil
}

// recover opens a lost device's engine again and puts the run where its checkpoint
// was taken. It gives back the error that it cannot mend.
func (s *Session) recover(fault error) error {
	if !isLost(fault) || s.loaded == nil {
		return fault
	}
	s.losses++
	name := s.engineChoice
	if s.losses > lossesInPlace {
		name = engine.Fallback()
	}
	old := s.engine
	defer old.Finalize() // when all that was on it has been let go
	s.engine = nil
	if err := s.open(name); err != nil {
		if worse := s.open(engine.Fallback()); worse != nil {
			return errors.Join(fault, err, worse)
		}
	}
	next, err := s.openAll(0, s.reopened())
	if err != nil {
		return fmt.Errorf("%w; opening %s again: %w", fault, s.loaded.command.Model, err)
	}
	s.loaded.finalize()
	s.loaded = next
	if s.run == nil || s.run.ended {
		s.warn(0, "the graphics device was lost and is open again (%v); the model stands as it was loaded", fault)
		s.reportLoaded(0)
		return nil
	}
	if err := s.goOn(); err != nil {
		return fmt.Errorf("%w; going on: %w", fault, err)
	}
	s.warn(s.run.id, "the graphics device was lost; the run goes on after step %d, on %s", s.run.done, s.engine.Description())
	s.reportLoaded(0)
	s.state()
	return nil
}

// reopened is the Load that opens the same again on the engine at hand.
func (s *Session) reopened() protocol.Load {
	command := s.loaded.command
	command.Engine = "" // the one at hand
	return command
}

// goOn builds the run anew where it was kept.
func (s *Session) goOn() error {
	r := s.run
	if r.kept == nil {
		r.kept = &kept{saved: savedRun{s.loaded.command, r.config, s.examples, 0, watch{}, r.like}}
	}
	examples := s.examples
	s.examples = r.kept.saved.Examples
	defer func() { s.examples = examples }()
	s.run = nil // prepare would report its end
	var again *run
	var err error
	if r.kept.state == nil {
		again, err = s.prepare(r.kept.saved.Train, r.kept.saved.Adapter)
	} else {
		again, err = s.rebuild(r.kept.saved, r.kept.state, nil)
	}
	s.run = r
	if err != nil {
		return err
	}
	again.id, again.kept, again.paused, again.single = r.id, r.kept, r.paused, r.single
	again.ended = false
	again.plane = r.plane
	for _, h := range r.history {
		if h.step <= again.done {
			again.history = append(again.history, h)
		}
	}
	r.finalize()
	s.run = again
	return nil
}
