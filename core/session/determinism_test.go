package session

import (
	"bytes"
	"os"
	"path/filepath"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dongyur/dongyur/core/protocol"
)

// The same seed gives the same steps and the same adapter, bit for bit, at the size
// of the model that is shipped: its products are large enough for the engine to
// share them among workers. The second run has a machine that is busy, collects
// garbage all the time and has another number of processors. A third, with another
// seed, shows that a difference would be seen.
func TestSameSeedSameBitsUnderLoad(t *testing.T) {
	if testing.Short() || runtime.GOARCH == "wasm" {
		t.Skip("trains the nano model on a busy machine; in wasm one thread is never under load")
	}
	const nano = "../../assets/models/nano"
	if _, err := os.Stat(filepath.Join(nano, "model.safetensors")); err != nil {
		t.Skipf("no nano model: %v", err)
	}
	for _, method := range []string{"sft", "grpo"} {
		t.Run(method, func(t *testing.T) {
			quiet, quietAdapter := nanoRun(t, nano, method, 1)
			rest := makeBusy()
			busy, busyAdapter := nanoRun(t, nano, method, 1)
			rest()
			if busy != quiet {
				t.Errorf("steps under load\n%s, otherwise\n%s", busy, quiet)
			}
			if !bytes.Equal(busyAdapter, quietAdapter) {
				t.Error("the adapters differ")
			}
			if _, other := nanoRun(t, nano, method, 2); bytes.Equal(other, quietAdapter) {
				t.Error("another seed gives the same adapter")
			}
		})
	}
}

// makeBusy keeps every processor busy and the collector running, and changes how many
// processors there are, until rest is called.
func makeBusy() (rest func()) {
	before := runtime.GOMAXPROCS(0)
	runtime.GOMAXPROCS(before + 2)
	stop := make(chan struct{})
	var stopped atomic.Bool
	for range before {
		go func() {
			for !stopped.Load() {
			}
		}()
	}
	go func() {
		for tick := time.Tick(20 * time.Millisecond); ; {
			select {
			case <-stop:
				return
			case <-tick:
				runtime.GC()
			}
		}
	}()
	return func() {
		stopped.Store(true)
		close(stop)
		runtime.GOMAXPROCS(before)
	}
}

// nanoRun trains for two steps on the starter set; it gives the steps and the adapter.
func nanoRun(t *testing.T, path, method string, seed uint64) (string, []byte) {
	t.Helper()
	c := &client{t: t, events: make(chan protocol.Event, 1<<14), ends: map[int]int{}}
	c.session = New(Options{Engine: "go", Files: Disk{}, Emit: func(e protocol.Event) { c.events <- e }})
	defer c.close()
	c.must(protocol.Command{Type: protocol.CmdLoad, Load: &protocol.Load{Model: path, Encoder: "hashed"}})
	var examples protocol.Examples
	for _, e := range c.must(protocol.Command{Type: protocol.CmdStarter, Starter: &protocol.Starter{Task: "translate", SourceLang: "bo", TargetLang: "zh"}}) {
		if e.Type == protocol.EvParsed {
			examples.Train = e.Parsed.Examples
		}
	}
	c.must(protocol.Command{Type: protocol.CmdExamples, Examples: &examples})
	config := usual(method)
	config.Steps, config.Seed, config.Prompts, config.Sampling.MaxTokens = 2, seed, 3, 8
	made := text(t, steps(c.must(protocol.Command{Type: protocol.CmdTrain, Train: &config})))
	for _, e := range c.must(protocol.Command{Type: protocol.CmdSave, Save: &protocol.Save{}}) {
		if e.Type == protocol.EvFile && e.File.Name == "adapter_model.safetensors" {
			return made, e.File.Data
		}
	}
	t.Fatal("the save has no adapter")
	return "", nil
}
