//go:build e2e

package e2e

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/dongyur/dongyur/core/protocol"
)

// recordWorker keeps what goes to the worker and what comes from it.
const recordWorker = `window.sent = []; window.told = [];
window.Worker = class extends Worker {
	constructor(...args) { super(...args); this.addEventListener("message", (e) => told.push(e.data)); }
	postMessage(...args) { sent.push(args[0]); super.postMessage(...args); }
};`

// recorded opens the page so that it records its worker.
func recorded(t *testing.T) *tab {
	t.Helper()
	return open(t, 4*time.Minute, chromedp.ActionFunc(func(ctx context.Context) error { return addScript(ctx, recordWorker) }))
}

// trainEvents trains to the end and gives what the session told of it, without how long
// it took, what memory it held and where it is kept.
func (p *tab) trainEvents(steps int) []string {
	p.Helper()
	p.click("#play")
	p.until(ended(steps), 3*time.Minute)
	train := 0
	for _, text := range eval[[]string](p, `sent`) {
		var c protocol.Command
		if err := json.Unmarshal([]byte(text), &c); err != nil {
			p.Fatal(err)
		}
		if c.Type == protocol.CmdTrain {
			train = c.ID
		}
	}
	var events []string
	for _, text := range eval[[]string](p, `told`) {
		var e protocol.Event
		if err := json.Unmarshal([]byte(text), &e); err != nil {
			p.Fatal(err)
		}
		if e.ReplyTo != train || e.Type == protocol.EvProgress || e.Type == protocol.EvSaved {
			continue
		}
		e.Memory, e.Device = 0, 0
		if e.Step != nil {
			e.Step.Seconds, e.Step.TokensPerSecond = 0, 0
		}
		line, err := json.Marshal(e)
		if err != nil {
			p.Fatal(err)
		}
		events = append(events, string(line))
	}
	return events
}

// The same link gives the same run: its first 20 events and more, in another profile;
// another seed gives another.
func TestTheSameLinkGivesTheSameRun(t *testing.T) {
	const steps, least = 5, 20
	first := recorded(t)
	first.smallRun(steps)
	first.fill("#tokens", "6")
	first.fill("#seed", "7")
	first.until(`location.search.includes("seed=7") && location.search.includes("steps=5") && location.search.includes("tokens=6")`, 10*time.Second)
	link := eval[string](first, `location.href`)
	want := first.trainEvents(steps)
	if len(want) < least {
		t.Fatalf("the run told %d events, want %d and more: %.300q", len(want), least, want)
	}

	t.Logf("the run told %d events", len(want))

	second := recorded(t)
	second.do(chromedp.Navigate(link))
	second.until(`document.querySelector("#seed")?.value === "7" && document.querySelector("#steps")?.value === "5"`, time.Minute)
	have := second.trainEvents(steps)
	for i := range min(len(want), len(have)) {
		if have[i] != want[i] {
			t.Fatalf("event %d is\n%.600s\nafter the same link, it was\n%.600s", i+1, have[i], want[i])
		}
	}
	if len(have) != len(want) {
		t.Errorf("%d events after the same link, %d before", len(have), len(want))
	}

	second.fill("#seed", "8")
	second.until(`location.search.includes("seed=8")`, 10*time.Second)
	if other := second.trainEvents(steps); strings.Join(other, "\n") == strings.Join(want, "\n") {
		t.Error("another seed gives the same run: the test shows nothing")
	}
}
