package session

import (
	"fmt"
	"io/fs"

	"github.com/dongyur/dongyur/core/encoder"
	"github.com/dongyur/dongyur/core/model"
	"github.com/dongyur/dongyur/core/protocol"
	"github.com/dongyur/dongyur/core/reward"
	"github.com/dongyur/dongyur/core/rollout"
	"github.com/dongyur/dongyur/core/token"
)

// Names of encoders that are no folder.
const (
	policyEncoder = "policy" // the policy's own hidden states
	hashedEncoder = "hashed" // reward.Hashed
)

// load opens a model with its encoders; what was open before stays if it fails.
func (s *Session) load(id int, command protocol.Load) error {
	if err := s.open(command.Engine); err != nil {
		return err
	}
	fsys, err := s.folder(id, command.Model)
	if err != nil {
		return err
	}
	next := &loaded{command: command}
	if err := next.openPolicy(s, fsys); err != nil {
		return fmt.Errorf("load %s: %w", command.Model, err)
	}
	if next.encoder, next.encoderName, err = s.openEncoder(id, next, command.Encoder); err != nil {
		return err
	}
	if command.Judge != "" {
		if next.judge, next.judgeName, err = s.openEncoder(id, next, command.Judge); err != nil {
			return err
		}
	}
	if command.Adapter != "" {
		fsys, err := s.folder(id, command.Adapter)
		if err != nil {
			return err
		}
		adapter, err := model.LoadAdapter(fsys)
		if err != nil {
			return fmt.Errorf("load %s: %w", command.Adapter, err)
		}
		if err := next.policy.Attach(adapter); err != nil {
			return fmt.Errorf("load %s: %w", command.Adapter, err)
		}
	}
	s.drop()
	s.loaded, s.run = next, nil
	config := next.policy.Config
	s.emit(id, protocol.Event{Type: protocol.EvLoaded, Engine: s.engineName, Loaded: &protocol.Loaded{
		Model: command.Model, Parameters: int64(config.Parameters()), Vocabulary: config.VocabSize, Context: config.MaxPositions,
		Encoder: next.encoderName, Judge: next.judgeName, Adapter: command.Adapter,
	}})
	return nil
}

// folder opens a path and reports its download.
func (s *Session) folder(id int, path string) (fs.FS, error) {
	fsys, err := s.options.Files.Open(path, func(done, total int64) {
		s.emit(id, protocol.Event{Type: protocol.EvProgress, Progress: &protocol.Progress{What: path, Done: done, Total: total, Unit: "bytes"}})
	})
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	return fsys, nil
}

// openPolicy puts the model on the engine.
func (l *loaded) openPolicy(s *Session, fsys fs.FS) error {
	checkpoint, err := model.Load(fsys)
	if err != nil {
		return err
	}
	file, err := fsys.Open("tokenizer.json")
	if err != nil {
		return fmt.Errorf("%w; a model folder holds config.json, model.safetensors and tokenizer.json", err)
	}
	defer file.Close()
	if l.tokenizer, err = token.Load(file); err != nil {
		return fmt.Errorf("tokenizer.json: %w", err)
	}
	if have, want := l.tokenizer.VocabSize(), checkpoint.Config.VocabSize; have > want {
		return fmt.Errorf("tokenizer.json has %d tokens, the model embeds %d: they do not belong together", have, want)
	}
	if l.policy, err = model.NewPolicy(s.engine, checkpoint); err != nil {
		return err
	}
	l.sampler = rollout.New(l.policy, l.tokenizer, rollout.Options{Yield: s.options.Yield})
	return nil
}

// openEncoder opens an encoder by folder, or one of the two that are no folder;
// none is the policy's own.
func (s *Session) openEncoder(id int, l *loaded, path string) (reward.Encoder, string, error) {
	switch path {
	case "", policyEncoder:
		e, err := encoder.New(l.policy, l.tokenizer, 0)
		return e, policyEncoder, err
	case hashedEncoder:
		return reward.Hashed{}, hashedEncoder, nil
	}
	fsys, err := s.folder(id, path)
	if err != nil {
		return nil, "", err
	}
	e, err := encoder.Load(s.engine, fsys)
	if err != nil {
		return nil, "", fmt.Errorf("%s: %w", path, err)
	}
	return e, path, nil
}

// drop frees what was open before.
func (s *Session) drop() {
	if s.run != nil {
		s.run.finalize()
	}
	if s.loaded != nil {
		s.loaded.sampler.Finalize()
		s.loaded.policy.Finalize()
	}
}
