//go:build e2e

package e2e

import (
	"encoding/json"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/chromedp/cdproto/tracing"
	"github.com/chromedp/chromedp"
)

// traced are the events of a trace that a test reads. Times are in microseconds; TDur
// is what the thread itself computed, whatever else the machine did meanwhile.
type traced struct {
	Name string `json:"name"`
	Ph   string `json:"ph"`
	PID  int    `json:"pid"`
	TID  int    `json:"tid"`
	Dur  int    `json:"dur"`
	TDur int    `json:"tdur"`
	Args struct {
		Name string `json:"name"`
	} `json:"args"`
}

// TestNoLongTaskWhileTraining trains with all charts in sight, smoothed, and looks at
// every task of the page's own thread. What it measures depends on the machine.
func TestNoLongTaskWhileTraining(t *testing.T) {
	if os.Getenv("BENCH") == "" {
		t.Skip("set BENCH=1 to measure the page's tasks while it trains")
	}
	p := open(t, 8*time.Minute)
	p.smallRun(50)
	p.fill("#measure-every", "1")
	p.fill("#smoothing", "0.6")
	p.click("#play")
	p.until(stepShown+` >= 1`, 3*time.Minute)
	var events []traced
	complete := make(chan struct{})
	chromedp.ListenTarget(p.Context, func(event any) {
		switch e := event.(type) {
		case *tracing.EventDataCollected:
			for _, raw := range e.Value {
				var one traced
				if json.Unmarshal(raw, &one) == nil {
					events = append(events, one)
				}
			}
		case *tracing.EventTracingComplete:
			close(complete)
		}
	})
	p.do(tracing.Start().WithTransferMode(tracing.TransferModeReportEvents).WithTraceConfig(&tracing.TraceConfig{
		IncludedCategories: []string{"disabled-by-default-devtools.timeline", "__metadata"}}))
	p.until(stepShown+` >= 5`, 4*time.Minute)
	p.do(tracing.End())
	select {
	case <-complete:
	case <-time.After(time.Minute):
		t.Fatal("the trace did not end")
	}
	main := map[[2]int]bool{}
	for _, e := range events {
		if e.Name == "thread_name" && e.Args.Name == "CrRendererMain" {
			main[[2]int{e.PID, e.TID}] = true
		}
	}
	var tasks []int
	for _, e := range events {
		if e.Ph == "X" && e.Name == "RunTask" && main[[2]int{e.PID, e.TID}] {
			tasks = append(tasks, e.TDur)
		}
	}
	if len(tasks) < 20 || slices.Max(tasks) == 0 {
		t.Fatalf("%d tasks in a trace of %d events: the test shows nothing", len(tasks), len(events))
	}
	slices.Sort(tasks)
	longest := tasks[len(tasks)-1]
	t.Logf("%d tasks of the page's thread while it trained four steps; the longest computed %.1f ms", len(tasks), float64(longest)/1000)
	if longest > 50_000 {
		t.Errorf("a task of the page's thread computed for %.1f ms, want 50 or less", float64(longest)/1000)
	}
}
