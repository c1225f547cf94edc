package state

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/dongyur/dongyur/core/protocol"
)

// What is edited in the table during a run counts beside the settings, each example once,
// and is taken along by a restart.
func TestEditedExamplesDuringARun(t *testing.T) {
	s := newSession(t)
	rows := len(s.Table.Rows)
	train := s.begin()
	s.step(train, 1)
	first, second := s.Table.Rows[0].Example, s.Table.Rows[1].Example
	for _, test := range []struct {
		name string
		edit func()
		want []string
	}{
		{"nothing", func() {}, nil},
		{"a source", func() { s.Type(0, Source, "新的句子") }, []string{"example 1: " + brief(first.Source) + " → 新的句子"}},
		{"key by key", func() { s.Type(0, Source, "新的") }, []string{"example 1: " + brief(first.Source) + " → 新的"}},
		{"typed back", func() { s.Type(0, Source, first.Source) }, nil},
		{"held out", func() { s.SetHeldOut(1, true) }, []string{"example 2 is held out"}},
		{"gone", func() { s.RemoveRow(1) }, []string{"an example is gone: " + brief(second.Source)}},
		{"undone", func() { s.Undo(); s.Undo() }, nil},
		{"added", func() { s.AddRow() }, []string{"example " + strconv.Itoa(rows+1) + " is new"}},
		{"a setting besides", func() { s.Change(func(c *protocol.Train) { c.Beta = 0.5 }) },
			[]string{"KL weight β 0.02 → 0.5", "example " + strconv.Itoa(rows+1) + " is new"}},
	} {
		test.edit()
		if got := s.Edited(); !slices.Equal(got, test.want) {
			t.Fatalf("%s: edited %q, want %q", test.name, got, test.want)
		}
	}
	s.Type(0, Source, "新的句子")
	s.Restart()
	s.done(train)
	if got := s.last(protocol.CmdExamples).Examples.Train[0].Source; got != "新的句子" {
		t.Errorf("the restart trains on %q", got)
	}
	s.done(s.last(protocol.CmdExamples))
	if got := s.Edited(); len(got) > 0 {
		t.Errorf("right after the restart %q are edited", got)
	}
}

func TestBrief(t *testing.T) {
	if got := brief(strings.Repeat("ཀ", 30)); got != strings.Repeat("ཀ", 24)+"…" || brief("ཀ") != "ཀ" {
		t.Errorf("%q", got)
	}
}

// Where WebGPU did not open, a notice names what serves instead, once.
func TestNoticeOfNoWebGPU(t *testing.T) {
	ready := protocol.Event{Type: protocol.EvReady, Engine: "simd", Message: "simd: 2 ms for a trial step; not webgpu: no adapter"}
	a := New(func(protocol.Command) {})
	a.Handle(ready)
	if len(a.Notices) != 1 || !strings.Contains(a.Notices[0].Text, "simd") {
		t.Fatalf("notices %+v", a.Notices)
	}
	a.Dismiss(0)
	if a.Handle(ready); len(a.Notices) != 0 || !a.Preferences.NoGPUKnown {
		t.Errorf("it was put away and came again: %+v", a.Notices)
	}
	b := New(func(protocol.Command) {})
	b.Handle(protocol.Event{Type: protocol.EvReady, Engine: "simd", Message: "simd: 2 ms for a trial step; webgpu takes 9 ms"})
	if len(b.Notices) != 0 {
		t.Errorf("a slower WebGPU is none to tell of: %+v", b.Notices)
	}
}

func TestMemoryIsTold(t *testing.T) {
	a := New(func(protocol.Command) {})
	a.Handle(protocol.Event{Type: protocol.EvLoaded, Loaded: &protocol.Loaded{}, Memory: 5 << 20, Device: 3 << 20})
	a.Handle(protocol.Event{Type: protocol.EvWarning, Message: "of something else"})
	if a.Memory != 5<<20 || a.DeviceMemory != 3<<20 {
		t.Errorf("%d and %d bytes", a.Memory, a.DeviceMemory)
	}
	a.Handle(protocol.Event{Type: protocol.EvStep, Step: &protocol.Step{}, Memory: 6 << 20})
	if a.Memory != 6<<20 || a.DeviceMemory != 0 {
		t.Errorf("after the engine changed %d and %d bytes", a.Memory, a.DeviceMemory)
	}
}
