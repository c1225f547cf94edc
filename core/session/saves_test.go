package session

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"sync"
	"testing"

	"github.com/dongyur/dongyur/core/protocol"
)

// vault is Saves in memory. Where full is set, nothing more fits.
type vault struct {
	mutex  sync.Mutex
	files  map[string][]byte
	writes int
	full   bool
}

func (v *vault) Write(dir string, files []protocol.File) error {
	v.mutex.Lock()
	defer v.mutex.Unlock()
	if v.full {
		return errors.New("the storage is full")
	}
	v.writes++
	for _, f := range files {
		v.files[path.Join(dir, f.Name)] = f.Data
	}
	return nil
}

func (v *vault) Read(dir, name string) ([]byte, error) {
	v.mutex.Lock()
	defer v.mutex.Unlock()
	data, ok := v.files[path.Join(dir, name)]
	if !ok {
		return nil, fmt.Errorf("%s: %w", name, fs.ErrNotExist)
	}
	return data, nil
}

func (v *vault) fill(full bool) {
	v.mutex.Lock()
	defer v.mutex.Unlock()
	v.full = full
}

// openedOn has a model and examples, and keeps its runs in a vault.
func openedOn(t *testing.T, v *vault) *client {
	t.Helper()
	files, err := models()
	if err != nil {
		t.Fatal(err)
	}
	c := &client{t: t, events: make(chan protocol.Event, 1<<14), ends: map[int]int{}}
	c.session = New(Options{Engine: "go", Files: files, Saves: v, Emit: func(e protocol.Event) { c.events <- e }})
	t.Cleanup(c.close)
	c.must(protocol.Command{Type: protocol.CmdLoad, Load: &protocol.Load{Model: "good", Encoder: "hashed"}})
	c.must(protocol.Command{Type: protocol.CmdExamples, Examples: &protocol.Examples{Train: testTrain, HeldOut: testHeldOut}})
	return c
}

// savedSteps are the steps that events tell as kept.
func savedSteps(events []protocol.Event) []int {
	var list []int
	for _, e := range events {
		if e.Type == protocol.EvSaved {
			list = append(list, e.Saved.Step)
		}
	}
	return list
}

// A run whose process ended anywhere goes on, from its last save, as it would have.
func TestRunsAreKeptAsTheyGo(t *testing.T) {
	v := &vault{files: map[string][]byte{}}
	c := openedOn(t, v)
	config := settings("grpo", 2, 5)
	config.Dir, config.SaveEvery = "runs/1", 2
	events := c.must(protocol.Command{Type: protocol.CmdTrain, Train: config})
	want := steps(events)
	if got := fmt.Sprint(savedSteps(events)); got != "[2 4 5]" {
		t.Errorf("kept at steps %s, want [2 4 5]", got)
	}

	paused := *config
	paused.Paused, paused.Dir = true, "runs/2"
	c.send(protocol.Command{Type: protocol.CmdTrain, Train: &paused})
	c.untilState("paused")
	for range 3 { // each single step is kept too
		c.send(protocol.Command{Type: protocol.CmdStep})
		c.until(func(e protocol.Event) bool { return e.Type == protocol.EvSaved })
	}
	again := openedOn(t, v)
	again.must(protocol.Command{Type: protocol.CmdRestore, Restore: &protocol.Restore{Dir: "runs/2"}})
	have := steps(again.must(protocol.Command{Type: protocol.CmdResume}))
	if text(t, have) != text(t, want[3:]) {
		t.Errorf("after a restore\n%s, uninterrupted\n%s", text(t, have), text(t, want[3:]))
	}
}

// A pause keeps what no save has kept yet, once.
func TestPauseKeeps(t *testing.T) {
	v := &vault{files: map[string][]byte{}}
	c := openedOn(t, v)
	config := settings("sft", 2, 1000)
	config.Dir, config.SaveEvery = "runs/1", 1000
	c.send(protocol.Command{Type: protocol.CmdTrain, Train: config})
	c.until(func(e protocol.Event) bool { return e.Type == protocol.EvStep })
	c.must(protocol.Command{Type: protocol.CmdPause})
	c.must(protocol.Command{Type: protocol.CmdPause})
	if v.writes != 1 {
		t.Errorf("%d saves of two pauses, want 1", v.writes)
	}
}

// Where nothing more fits, the run goes on and says what is not kept.
func TestFullStorageEndsNoRun(t *testing.T) {
	v := &vault{files: map[string][]byte{}, full: true}
	c := openedOn(t, v)
	config := settings("sft", 2, 4)
	config.Dir, config.SaveEvery = "runs/1", 1
	id := c.send(protocol.Command{Type: protocol.CmdTrain, Train: config})
	warning := c.until(func(e protocol.Event) bool { return e.Type == protocol.EvWarning })
	if text := warning[len(warning)-1].Message; !strings.Contains(text, "not kept") || !strings.Contains(text, "full") {
		t.Errorf("the warning says %q", text)
	}
	v.fill(false)
	events, err := c.end(id)
	if err != nil {
		t.Fatal(err)
	}
	if got := savedSteps(events); len(got) == 0 || got[len(got)-1] != 4 {
		t.Errorf("kept at steps %v once there was room, want the last of 4", got)
	}
}
