//go:build e2e

package e2e

import (
	"os"
	"strconv"
	"testing"
	"time"
)

// TestMemoryStaysFlat trains for the minutes that MINUTES names and compares what page
// and worker hold after a quarter of the time with what they hold at the end:
//
//	MINUTES=30 go test -tags=e2e -timeout 60m ./ui/e2e -run TestMemoryStaysFlat -v
func TestMemoryStaysFlat(t *testing.T) {
	minutes, err := strconv.ParseFloat(os.Getenv("MINUTES"), 64)
	if err != nil {
		t.Skip("set MINUTES to train for so long and watch the memory")
	}
	length := time.Duration(minutes * float64(time.Minute))
	p := open(t, length+10*time.Minute)
	p.smallRun(100_000)
	p.click("#play")
	p.until(stepShown+` >= 1`, 5*time.Minute)
	start := time.Now()
	var early, late float64
	for time.Since(start) < length {
		time.Sleep(length / 16)
		held := p.memory()
		t.Logf("%5.0f s, step %d: %.1f MB", time.Since(start).Seconds(), eval[int](p, stepShown), held/1e6)
		if early == 0 && time.Since(start) >= length/4 {
			early = held
		}
		late = held
	}
	if late > 1.1*early+8e6 {
		t.Errorf("the memory grew from %.1f MB to %.1f MB", early/1e6, late/1e6)
	}
}

// memory is what the page and its workers hold, WebAssembly included, after the
// browser's own garbage collection.
func (p *tab) memory() float64 {
	p.Helper()
	text := settled(p, `performance.measureUserAgentSpecificMemory().then(m => String(m.bytes))`)
	bytes, err := strconv.ParseFloat(text, 64)
	if err != nil {
		p.Fatalf("the browser tells no memory: %q", text)
	}
	return bytes
}
