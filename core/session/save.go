package session

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
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

// savedRun is run.json: what it takes to go on.
type savedRun struct {
	Load     protocol.Load     `json:"load"`
	Train    protocol.Train    `json:"train"`
	Examples protocol.Examples `json:"examples"`
	Step     int               `json:"step"` // for people; the state has its own
}

// save writes adapter, training state and run.json into dir, each file in one
// move, or gives them as File events where dir is empty. What changes between two
// saves of a run and is read again is all in the state: a save that was cut off
// leaves the state of the save before or a whole new one, and either goes on.
func (s *Session) save(id int, dir string) error {
	files, err := s.savedFiles()
	if err != nil {
		return fmt.Errorf("save: %w", err)
	}
	for _, f := range files {
		if dir == "" {
			s.emit(id, protocol.Event{Type: protocol.EvFile, File: &protocol.File{Name: f.Name, Data: f.Data}})
			continue
		}
		err := train.WriteFile(filepath.Join(dir, f.Name), func(w io.Writer) error {
			_, err := w.Write(f.Data)
			return err
		})
		if err != nil {
			return fmt.Errorf("save: %w", err)
		}
	}
	return nil
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
	state, err := s.run.learner.updater().StateBytes(s.run.done, s.run.identity(), nil)
	if err != nil {
		return nil, err
	}
	saved, err := json.MarshalIndent(savedRun{s.loaded.command, s.run.config, s.examples, s.run.done}, "", " ")
	if err != nil {
		return nil, err
	}
	return append(files, protocol.File{Name: stateFile, Data: state}, protocol.File{Name: runFile, Data: saved}), nil
}

// identity is what two runs must share to go on from each other's state: all
// settings but those that change no number.
func (r *run) identity() protocol.Train {
	c := r.config
	c.Paused, c.Dir, c.Groups, c.SaveEvery = false, "", false, 0
	c.DeadSteps, c.StopWhenDead, c.KLLimit = 0, false, 0
	return c
}

// restore opens what save wrote and stands paused at its step.
func (s *Session) restore(id int, command protocol.Restore) error {
	read := func(name string) ([]byte, error) {
		if command.Files != nil {
			content, ok := command.Files[name]
			if !ok {
				return nil, fmt.Errorf("the save has no %s", name)
			}
			return content, nil
		}
		return os.ReadFile(filepath.Join(command.Dir, name))
	}
	content, err := read(runFile)
	if err != nil {
		return fmt.Errorf("restore: %w; choose a folder that a run was saved in", err)
	}
	var saved savedRun
	if err := json.Unmarshal(content, &saved); err != nil {
		return fmt.Errorf("restore: %s: %w; it is damaged, choose another save", runFile, err)
	}
	if saved.Load.Model == "" {
		return fmt.Errorf("restore: %s names no model; choose a folder that a run was saved in", runFile)
	}
	state, err := read(stateFile)
	if err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	next, err := s.openAll(id, saved.Load)
	if err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	// What is open now stays aside until the run stands where it was saved.
	open, running, examples := s.loaded, s.run, s.examples
	s.loaded, s.run, s.examples = next, nil, saved.Examples
	r, err := s.rebuild(saved.Train, state)
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
	s.state()
	return nil
}

// rebuild prepares a run and puts it where its state says.
func (s *Session) rebuild(config protocol.Train, state []byte) (*run, error) {
	r, err := s.prepare(config)
	if err != nil {
		return nil, err
	}
	if r.done, err = r.learner.updater().ReadState(bytes.NewReader(state), int64(len(state)), r.identity()); err != nil {
		r.finalize()
		return nil, fmt.Errorf("%s: %w", stateFile, err)
	}
	r.paused, r.ended = true, r.done >= r.config.Steps
	return r, nil
}
