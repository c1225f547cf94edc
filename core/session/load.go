package session

import (
	"fmt"
	"io/fs"

	"github.com/dongyur/dongyur/core/encoder"
	"github.com/dongyur/dongyur/core/model"
	"github.com/dongyur/dongyur/core/prompt"
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
	next, err := s.openAll(id, command)
	if err != nil {
		return err
	}
	s.leave(protocol.CmdLoad)
	s.loaded.finalize()
	s.loaded = next
	s.reportLoaded(id)
	return nil
}

// openAll opens what a Load names; should that fail, nothing stays open of it.
func (s *Session) openAll(id int, command protocol.Load) (next *loaded, err error) {
	if err := s.open(command.Engine); err != nil {
		return nil, err
	}
	next = &loaded{command: command}
	defer func() {
		if err != nil {
			next.finalize()
		}
	}()
	fsys, err := s.folder(id, command.Model)
	if err != nil {
		return next, err
	}
	if err := next.openPolicy(s, id, fsys); err != nil {
		return next, fmt.Errorf("load %s: %w", command.Model, err)
	}
	if next.encoder, next.encoderName, err = s.openEncoder(id, next, command.Encoder); err != nil {
		return next, err
	}
	if command.Judge != "" {
		if next.judge, next.judgeName, err = s.openEncoder(id, next, command.Judge); err != nil {
			return next, err
		}
	}
	if command.Adapter != "" {
		err = s.openAdapter(id, next, command.Adapter)
	}
	return next, err
}

// openAdapter attaches an adapter by folder.
func (s *Session) openAdapter(id int, l *loaded, path string) error {
	fsys, err := s.folder(id, path)
	if err != nil {
		return err
	}
	adapter, err := model.LoadAdapter(fsys)
	if err != nil {
		return fmt.Errorf("load %s: %w", path, err)
	}
	if err := l.policy.Attach(adapter); err != nil {
		return fmt.Errorf("load %s: %w", path, err)
	}
	return nil
}

// reportLoaded tells what is open.
func (s *Session) reportLoaded(id int) {
	l := s.loaded
	config := l.policy.Config
	s.emit(id, protocol.Event{Type: protocol.EvLoaded, Engine: s.engineName, Loaded: &protocol.Loaded{
		Model: l.command.Model, Parameters: int64(config.Parameters()), Vocabulary: config.VocabSize, Context: config.MaxPositions,
		Encoder: l.encoderName, Judge: l.judgeName, Adapter: l.command.Adapter, Template: l.form.Name,
	}})
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
func (l *loaded) openPolicy(s *Session, id int, fsys fs.FS) error {
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
	var warning string
	settings := prompt.Settings{Template: l.command.Template, System: l.command.System}
	if l.form, l.generation, warning, err = prompt.Open(fsys, l.tokenizer, checkpoint.Config.EOS, settings); err != nil {
		return err
	}
	if warning != "" {
		s.warn(id, "%s", warning)
	}
	if l.policy, err = model.NewPolicy(s.engine, checkpoint); err != nil {
		return err
	}
	l.sampler = rollout.New(l.policy, l.tokenizer, rollout.Options{Form: l.form, Yield: s.options.Yield})
	return nil
}

// openEncoder opens an encoder by folder, or one of the two that are no folder;
// none is the policy's own.
func (s *Session) openEncoder(id int, l *loaded, path string) (reward.Encoder, string, error) {
	switch path {
	case "", policyEncoder:
		e, err := encoder.New(l.policy, l.tokenizer, 0)
		if err != nil {
			return nil, "", err
		}
		return e, policyEncoder, nil
	case hashedEncoder:
		return reward.Hashed{}, hashedEncoder, nil
	}
	if s.options.Encoder != nil {
		if e, ok, err := s.options.Encoder(path); ok || err != nil {
			return e, path, err
		}
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

// finalize frees what was opened, all of it or what there is.
func (l *loaded) finalize() {
	if l == nil {
		return
	}
	for _, e := range []reward.Encoder{l.encoder, l.judge} {
		if e, ok := e.(*encoder.Encoder); ok {
			e.Finalize()
		}
	}
	if l.policy != nil {
		l.sampler.Finalize()
		l.policy.Finalize()
	}
}
