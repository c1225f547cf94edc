package session

import (
	"slices"
	"testing"

	"github.com/gomlx/compute"

	"github.com/dongyur/dongyur/core/protocol"
)

// TestExamplesWhileTheEngineOpens has an engine that opens only when the test lets it:
// the starter set and a table are there before, and what needs the engine comes after.
func TestExamplesWhileTheEngineOpens(t *testing.T) {
	files, err := models()
	if err != nil {
		t.Fatal(err)
	}
	gate := make(chan struct{})
	compute.Register("slow", func(string) (compute.Backend, error) {
		<-gate
		return compute.NewWithConfig("go:ops_sequential")
	})
	events := make(chan protocol.Event, 100)
	s := New(Options{Engine: "slow", EngineReason: "a test asks for it", Files: files, Emit: func(e protocol.Event) { events <- e }})
	for _, command := range []protocol.Command{
		{ID: 1, Type: protocol.CmdLoad, Load: &protocol.Load{Model: "good", Encoder: "hashed"}},
		{ID: 2, Type: protocol.CmdStarter, Starter: &protocol.Starter{Task: "translate", SourceLang: "bo", TargetLang: "zh"}},
		{ID: 3, Type: protocol.CmdEvaluate, Evaluate: &protocol.Evaluate{}},
		{ID: 4, Type: protocol.CmdParse, Parse: &protocol.Parse{Name: "a.tsv", Data: []byte("source\treference\nབོད།\tTibet\n"), Task: "translate", SourceLang: "bo", TargetLang: "en"}},
	} {
		if err := s.Do(command); err != nil {
			t.Fatal(err)
		}
	}
	order := func(until func(protocol.Event) bool) (ids []int) {
		for e := range events {
			switch e.Type {
			case protocol.EvReady:
				if ids = append(ids, 0); e.Message != "a test asks for it" {
					t.Errorf("the engine was opened because %q", e.Message)
				}
			case protocol.EvDone, protocol.EvFailed:
				ids = append(ids, e.ReplyTo)
			case protocol.EvParsed:
				if n := len(e.Parsed.Examples); n != map[int]int{2: 128, 4: 1}[e.ReplyTo] {
					t.Errorf("command %d gives %d examples", e.ReplyTo, n)
				}
			}
			if until(e) {
				break
			}
		}
		return ids
	}
	if got := order(func(e protocol.Event) bool { return e.Type == protocol.EvDone && e.ReplyTo == 4 }); !slices.Equal(got, []int{2, 4}) {
		t.Errorf("before the engine is open commands %v ended, want 2 and 4", got)
	}
	close(gate)
	if got := order(func(e protocol.Event) bool { return e.ReplyTo == 3 }); !slices.Equal(got, []int{0, 1, 3}) {
		t.Errorf("then came %v, want ready (0), 1 and 3", got)
	}
	s.Close()
}
