package state

import (
	"slices"
	"testing"

	"github.com/dongyur/dongyur/core/protocol"
)

// wait lets all that was put off happen.
func (s *session) wait() {
	soon := s.soon
	s.soon = nil
	for _, f := range soon {
		f()
	}
}

// A slow run goes step by step, with a wait between, and says that it trains.
func TestSlowRun(t *testing.T) {
	s := newSession(t)
	s.ChooseSpeed(Slow)
	s.Play()
	s.done(s.last(protocol.CmdLoad))
	s.done(s.last(protocol.CmdExamples))
	s.last(protocol.CmdStep)
	train := s.sent[len(s.sent)-2]
	if !train.Train.Paused {
		t.Fatal("a slow run starts by itself")
	}
	for i := range 3 {
		s.state(train, "training")
		s.step(train, i+1)
		sent := len(s.sent)
		s.state(train, "paused")
		if s.Phase() != Training {
			t.Errorf("between two slow steps the phase is %s", s.Phase())
		}
		s.wait()
		if kinds := s.sent[sent:]; !slices.ContainsFunc(kinds, func(c protocol.Command) bool { return c.Type == protocol.CmdStep }) {
			t.Fatalf("after step %d nothing goes on", i+1)
		}
	}
	s.state(train, "training")
	s.state(train, "paused")
	s.Play() // between two steps: no command is needed
	if s.Phase() != Paused {
		t.Errorf("after a pause the phase is %s", s.Phase())
	}
	sent := len(s.sent)
	s.wait()
	if len(s.sent) != sent {
		t.Errorf("a paused run goes on: %s", s.kinds())
	}
	s.Play()
	s.last(protocol.CmdStep)
	s.state(train, "training")
	s.ChooseSpeed(Normal)
	s.last(protocol.CmdResume)
	s.ChooseSpeed(Slow)
	s.last(protocol.CmdStep)
}

// A wait that began before another step must not set off a second one.
func TestOldWaitsAreForgotten(t *testing.T) {
	s := newSession(t)
	s.ChooseSpeed(Slow)
	train := s.slowStart()
	s.state(train, "paused") // as the run begins
	s.state(train, "training")
	s.state(train, "paused")
	sent := len(s.sent)
	s.wait()
	if n := len(s.sent) - sent; n != 1 {
		t.Errorf("two waits made %d steps, want 1", n)
	}
}

func (s *session) slowStart() protocol.Command {
	s.Play()
	s.done(s.last(protocol.CmdLoad))
	s.done(s.last(protocol.CmdExamples))
	return s.sent[len(s.sent)-2]
}

func TestPausingIsToldAtOnce(t *testing.T) {
	s := newSession(t)
	train := s.begin()
	s.Play()
	if !s.Pausing() {
		t.Error("a pause that waits for the step is not told")
	}
	s.state(train, "paused")
	if s.Pausing() || s.Phase() != Paused {
		t.Errorf("pausing %v, phase %s", s.Pausing(), s.Phase())
	}
}

// The fastest run asks for nothing that is only to be looked at, but at its end.
func TestFastRun(t *testing.T) {
	s := newSession(t)
	s.ChooseSpeed(Max)
	train := s.begin()
	if f := train.Train.Follow; f == nil || f.Every != train.Train.Steps {
		t.Errorf("it follows %+v", f)
	}
	sent := len(s.sent)
	s.step(train, 1)
	if len(s.sent) != sent {
		t.Errorf("after a fast step it asks for %s", s.kinds())
	}
	s.step(train, train.Train.Steps)
	if len(s.sent) == sent {
		t.Error("after the last step it does not ask for a group")
	}
}

func TestFollowedPrompts(t *testing.T) {
	s := newSession(t)
	if lines := s.FollowedLines(); len(lines) != 4 || lines[0].Known {
		t.Fatalf("before a run: %+v", lines)
	}
	for i := range s.Table.Rows {
		s.Table.Rows[i].Example.Source = string(rune('一' + i))
	}
	train := s.begin()
	prompts := train.Train.Follow.Examples
	if len(prompts) != 4 || prompts[0].Source != "一" || prompts[2].Source != string(rune('一'+3)) {
		t.Errorf("followed: %+v; want the first two learned from and the first two held out", prompts)
	}
	tell := func(step int, answers ...string) {
		s.Handle(protocol.Event{ReplyTo: train.ID, Type: protocol.EvFollowed, Followed: &protocol.Followed{Step: step, Answers: answers}})
	}
	tell(0, "a", "b", "c", "d")
	tell(1, "a", "b", "c", "e")
	lines := s.FollowedLines()
	if lines[3].First != "d" || lines[3].Now != "e" || !lines[3].HeldOut || lines[0].HeldOut {
		t.Errorf("lines %+v", lines)
	}
	s.ScrubTo(0)
	tell(2, "a", "b", "c", "f")
	if lines := s.FollowedLines(); lines[3].Now != "d" || s.Scrub != 0 {
		t.Error("what is looked at moved away")
	}
	s.ScrubTo(99)
	if lines := s.FollowedLines(); lines[3].Now != "f" {
		t.Errorf("the end of the scrubber shows %q", lines[3].Now)
	}
	tell(1, "a", "b", "c", "g") // the device was lost: the run went back
	if r := s.Run(); len(r.Snapshots) != 2 || s.FollowedLines()[3].Now != "g" {
		t.Errorf("%d snapshots, now %q", len(r.Snapshots), s.FollowedLines()[3].Now)
	}
}
