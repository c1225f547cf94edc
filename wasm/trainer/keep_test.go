//go:build js && wasm

package main

import (
	"strings"
	"testing"

	"github.com/dongyur/dongyur/core/protocol"
)

// The log of a run has what the run measured from step 0 on, and nothing of what is
// measured beside it.
func TestLogOfARun(t *testing.T) {
	k := newKeeper()
	note := func(e protocol.Event) { k.note(e, marshal(e)) }
	scores := func(reply, step, count int) protocol.Event {
		return protocol.Event{ReplyTo: reply, Type: protocol.EvScores, Scores: &protocol.Scores{Step: step, Count: count}}
	}
	note(scores(1, 0, 11)) // before any run
	k.take(protocol.Command{ID: 2, Type: protocol.CmdTrain, Train: &protocol.Train{Keep: protocol.Keep{Dir: "runs/1"}}})
	note(protocol.Event{ReplyTo: 2, Type: protocol.EvTax, Tax: &protocol.Tax{}})
	note(scores(2, 0, 12))
	note(protocol.Event{ReplyTo: 2, Type: protocol.EvStep, Step: &protocol.Step{Step: 1}})
	note(protocol.Event{ReplyTo: 2, Type: protocol.EvGroup, Group: &protocol.Group{Step: 1}})
	note(scores(2, 1, 13))
	for id, kind := range map[int]protocol.CommandType{3: protocol.CmdCompare, 4: protocol.CmdEvaluate} {
		k.take(protocol.Command{ID: id, Type: kind})
		note(scores(id, 0, 14))
		note(protocol.Event{ReplyTo: id, Type: protocol.EvDone})
	}
	if len(k.compare) != 0 {
		t.Errorf("commands that ended are remembered: %v", k.compare)
	}
	k.take(protocol.Command{ID: 5, Type: protocol.CmdResume})
	note(scores(5, 2, 15))
	log := k.logs[metricsFile].String()
	want := []string{`"tax"`, `"count":12`, `"step":1`, `"count":13`, `"count":15`}
	lines := strings.Split(strings.TrimSpace(log), "\n")
	if len(lines) != len(want) {
		t.Fatalf("%d lines, want %d:\n%s", len(lines), len(want), log)
	}
	for i := range want {
		if !strings.Contains(lines[i], want[i]) {
			t.Errorf("line %d: %s, want %s", i+1, lines[i], want[i])
		}
	}
	if groups := k.logs[completionsFile].String(); strings.Count(groups, "\n") != 1 {
		t.Errorf("completions:\n%s", groups)
	}
	k.take(protocol.Command{ID: 6, Type: protocol.CmdTrain, Train: &protocol.Train{}}) // is not kept
	note(scores(6, 0, 16))
	if left := k.logs[metricsFile].String(); left != "" {
		t.Errorf("a run without a folder is logged: %s", left)
	}
}
