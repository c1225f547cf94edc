package session

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/gomlx/compute/dtypes"

	"github.com/dongyur/dongyur/core/model"
	"github.com/dongyur/dongyur/core/protocol"
	"github.com/dongyur/dongyur/core/train"
)

// Files of a save, beside the adapter's own two (PEFT) or, where all weights
// train, model.safetensors.
const (
	runFile   = "run.json"
	stateFile = "state.safetensors"
)

// savedRun is what it takes to go on, beside the weights and the optimiser. It is in
// the state, and once more in run.json for people and for reports.
type savedRun struct {
	Load     protocol.Load     `json:"load"`
	Train    protocol.Train    `json:"train"`
	Examples protocol.Examples `json:"examples"`
	Step     int               `json:"step"`
	Watch    watch             `json:"watch"`
	// Adapter is the one that the run goes on from, where it does.
	Adapter *model.AdapterConfig `json:"adapter,omitempty"`
}

// save writes adapter, training state and run.json into dir, each file in one
// move, or gives them as File events where dir is empty. All that is read again is
// in the state: a save that was cut off between two files leaves the whole state of
// the save before or of the new one, and either goes on.
func (s *Session) save(id int, dir string) error {
	files, err := s.savedFiles()
	if err != nil {
		return fmt.Errorf("save: %w", err)
	}
	if dir == "" {
		for _, f := range files {
			s.emit(id, protocol.Event{Type: protocol.EvFile, File: &protocol.File{Name: f.Name, Data: f.Data}})
		}
		return nil
	}
	if err := s.options.Saves.Write(dir, files); err != nil {
		return fmt.Errorf("save: %w", err)
	}
	if s.run != nil {
		s.emit(id, protocol.Event{Type: protocol.EvSaved, Saved: &protocol.Saved{Dir: dir, Step: s.run.done}})
	}
	return nil
}

// saveMidway keeps a run that is not at its end where it asks for that, once a step. A
// failure costs no run: it is told, and the next save tries again.
func (s *Session) saveMidway() {
	r := s.run
	if r.config.Dir == "" || r.config.SaveEvery == 0 || r.saved == r.done {
		return
	}
	if err := s.save(r.id, r.config.Dir); err != nil {
		s.warn(r.id, "step %d was not kept, and the run goes on: %v", r.done, err)
		return
	}
	r.saved = r.done
}

// savedFiles is everything of a run, or of an adapter that was loaded.
func (s *Session) savedFiles() ([]protocol.File, error) {
	adapter, err := s.loaded.policy.Adapter()
	if err != nil {
		return nil, err
	}
	if adapter == nil && s.run == nil {
		return nil, fmt.Errorf("there is nothing to save: no adapter is attached and no run was started")
	}
	var files []protocol.File
	if adapter != nil {
		adapter.Config.Base = s.loaded.command.Model
		contents, err := adapter.Files()
		if err != nil {
			return nil, err
		}
		for name, content := range contents {
			files = append(files, protocol.File{Name: name, Data: content})
		}
	} else {
		checkpoint, err := s.loaded.policy.Checkpoint()
		if err != nil {
			return nil, err
		}
		var weights bytes.Buffer
		if err := model.WriteSafetensors(&weights, checkpoint.Weights, map[string]string{"format": "pt"}, dtypes.Float32); err != nil {
			return nil, err
		}
		files = append(files, protocol.File{Name: "model.safetensors", Data: weights.Bytes()})
	}
	slices.SortFunc(files, func(a, b protocol.File) int { return bytes.Compare([]byte(a.Name), []byte(b.Name)) })
	if s.run == nil {
		return files, nil
	}
	saved := savedRun{s.loaded.command, s.run.config, s.examples, s.run.done, s.run.watch, s.run.like}
	state, err := s.run.learner.updater().StateBytes(s.run.done, s.run.identity(), saved)
	if err != nil {
		return nil, err
	}
	shown, err := json.MarshalIndent(saved, "", " ")
	if err != nil {
		return nil, err
	}
	return append(files, protocol.File{Name: stateFile, Data: state}, protocol.File{Name: runFile, Data: shown}), nil
}

// identity is what two runs must share to go on from each other's state: all
// settings but those that change no number.
func (r *run) identity() identity {
	c := r.config
	c.Paused, c.Dir, c.Groups, c.SaveEvery, c.Map = false, "", false, 0, false
	c.DeadSteps, c.StopWhenDead, c.KLLimit = 0, false, 0
	return identity{c}
}

type identity struct{ protocol.Train }

// Same tells whether a saved identity is this one, with what an older program did not
// say of it filled in.
func (i identity) Same(saved []byte) bool {
	var c protocol.Train
	if err := json.Unmarshal(saved, &c); err != nil {
		return false
	}
	c, err := filled(c)
	if err != nil {
		return false
	}
	one, err1 := json.Marshal((&run{config: c}).identity())
	other, err2 := json.Marshal(i)
	return err1 == nil && err2 == nil && bytes.Equal(one, other)
}

// restore opens what save wrote and stands paused at its step.
func (s *Session) restore(id int, command protocol.Restore) error {
	state, saved, err := s.readSave(command)
	if err != nil {
		return fmt.Errorf("restore: %w; choose a folder that a run was saved in", err)
	}
	next, err := s.openAll(id, saved.Load)
	if err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	// What is open now stays aside until the run stands where it was saved.
	open, running, examples := s.loaded, s.run, s.examples
	s.loaded, s.run, s.examples = next, nil, saved.Examples
	saved.Train.Dir = command.Dir // where it is now, and in a page nowhere
	r, err := s.rebuild(saved, state, command.Change)
	if err != nil {
		next.finalize()
		s.loaded, s.run, s.examples = open, running, examples
		return fmt.Errorf("restore: %w", err)
	}
	s.run = running
	s.leave(protocol.CmdRestore)
	open.finalize()
	s.run = r
	s.reportLoaded(id)
	s.emit(id, protocol.Event{Type: protocol.EvRestored, Restored: &protocol.Restored{Step: r.done, Train: r.config}})
	s.state()
	return nil
}

// readSave reads the state of a save, and the run in it.
func (s *Session) readSave(command protocol.Restore) (state []byte, saved savedRun, err error) {
	if command.Files == nil {
		state, err = s.options.Saves.Read(command.Dir, stateFile)
	} else if content, ok := command.Files[stateFile]; ok {
		state = content
	} else {
		err = fmt.Errorf("the save has no %s", stateFile)
	}
	if err != nil {
		return nil, saved, err
	}
	if err := train.ReadNotes(bytes.NewReader(state), int64(len(state)), &saved); err != nil {
		return nil, saved, fmt.Errorf("%s: %w", stateFile, err)
	}
	if saved.Load.Model == "" {
		return nil, saved, fmt.Errorf("%s names no model", stateFile)
	}
	return state, saved, nil
}

// rebuild prepares a run with what is to change in it, and puts it where its state says.
func (s *Session) rebuild(saved savedRun, state []byte, change map[string]any) (*run, error) {
	before, err := filled(saved.Train)
	if err != nil {
		return nil, err
	}
	changed, err := goingOn(before, saved.Step, change)
	if err != nil {
		return nil, err
	}
	r, err := s.prepare(changed, saved.Adapter)
	if err != nil {
		return nil, err
	}
	r.watch = saved.Watch
	if r.done, err = r.learner.updater().ReadState(bytes.NewReader(state), int64(len(state)), (&run{config: before}).identity()); err != nil {
		r.finalize()
		return nil, fmt.Errorf("%s: %w", stateFile, err)
	}
	r.paused, r.ended, r.saved = true, r.done >= r.config.Steps, r.done
	return r, nil
}
