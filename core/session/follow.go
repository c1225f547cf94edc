package session

import (
	"context"
	"errors"

	"github.com/dongyur/dongyur/core/protocol"
)

// follow answers the prompts that a run follows, if it is their turn.
func (s *Session) follow() error {
	r := s.run
	f := r.config.Follow
	if f == nil || len(f.Examples) == 0 || r.done%max(f.Every, 1) != 0 && r.done != r.config.Steps {
		return nil
	}
	err := s.endableStep(func(ctx context.Context) error {
		texts, err := s.answerOnce(ctx, "fixed prompts", f.Examples)
		if err != nil {
			return err
		}
		s.emit(r.id, protocol.Event{Type: protocol.EvFollowed, Followed: &protocol.Followed{Step: r.done, Answers: texts}})
		return nil
	})
	if errors.Is(err, context.Canceled) {
		return nil // a stop: the run's end is more important than its last picture
	}
	return err
}
