package session

import (
	"fmt"

	"github.com/dongyur/dongyur/core/eval"
	"github.com/dongyur/dongyur/core/model"
	"github.com/dongyur/dongyur/core/objective"
	"github.com/dongyur/dongyur/core/protocol"
	"github.com/dongyur/dongyur/core/task"
)

// roomy is what Saves can also be, to tell before a run that a folder cannot be written
// or has not room for so many bytes. A page's storage cannot tell.
type roomy interface {
	Room(dir string, bytes int64) error
}

// rehearse tries before a run's first step what its end will need, so that hours of
// training are not lost to it: the prompts that before and after are measured on, the
// encoders that reward and judge, and the folder that it is saved in.
func (s *Session) rehearse(c protocol.Train, adapter *model.Adapter) error {
	if held := s.examples.HeldOut; len(held) > 0 {
		if _, _, err := s.prompts(held, task.Sampling{MaxTokens: c.Sampling.MaxTokens}); err != nil {
			return fmt.Errorf("held-out examples: %w", err)
		}
		judge, name := s.judge()
		if err := tryEncoder("judge", judge, name, held[0]); err != nil {
			return err
		}
	}
	if method, err := objective.MethodNamed(c.Method); err == nil && method.Learns == objective.Groups && len(s.examples.Train) > 0 {
		if err := tryEncoder("encoder", s.loaded.encoder, s.loaded.encoderName, s.examples.Train[0]); err != nil {
			return err
		}
	}
	return s.tryFolder(c, adapter)
}

// tryEncoder embeds one text, as a served encoder may be gone by then.
func tryEncoder(role string, e eval.Encoder, name string, example task.Example) error {
	text := example.Reference
	if text == "" {
		text = example.Source
	}
	if _, err := e.Embed([]string{text}); err != nil {
		return fmt.Errorf("the %s %s does not embed the text of example %q: %w", role, name, example.ID, err)
	}
	return nil
}

// tryFolder asks for room for a save: the weights that train in 4 bytes, with the
// optimiser's two moments and its own copy of the weights beside them.
func (s *Session) tryFolder(c protocol.Train, adapter *model.Adapter) error {
	saves, can := s.options.Saves.(roomy)
	if c.Dir == "" || !can {
		return nil
	}
	weights := int64(s.loaded.policy.Config.Parameters())
	if adapter != nil {
		weights = 0
		for _, tensor := range adapter.Weights {
			weights += int64(tensor.Size())
		}
	}
	if err := saves.Room(c.Dir, 16*weights); err != nil {
		return fmt.Errorf("the run could not be saved: %w", err)
	}
	return nil
}
