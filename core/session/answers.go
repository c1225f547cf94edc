package session

import (
	"context"
	"errors"

	"github.com/dongyur/dongyur/core/eval"
	"github.com/dongyur/dongyur/core/protocol"
	"github.com/dongyur/dongyur/core/task"
)

// mappedExamples is how many examples a map shows where the run scores none.
const mappedExamples = 8

// measureAnswers has the policy answer the same few examples at each measurement,
// without randomness, and reports their scores and where they lie by meaning.
func (s *Session) measureAnswers() error {
	r := s.run
	if r.config.TaxScores == 0 && !r.config.Map {
		return nil
	}
	err := s.endableStep(s.answerWatched)
	if errors.Is(err, context.Canceled) {
		s.warn(r.id, "stopped while the held-out examples of step %d were answered; that step has no scores", r.done)
		return nil
	}
	return err
}

// watched are the examples that a run answers again and again: those held out, and
// for a map those that are learnt where none is.
func (s *Session) watched() []task.Example {
	c := s.run.config
	count := c.TaxScores
	if count == 0 {
		count = mappedExamples
	}
	if c.Map && len(s.examples.HeldOut) == 0 {
		return s.examples.Train[:min(count, len(s.examples.Train))]
	}
	return s.heldOut(count)
}

// answerWatched reports what was gained by a step, so that runs compare at the same
// gain, and the map.
func (s *Session) answerWatched(ctx context.Context) error {
	r := s.run
	examples := s.watched()
	texts, err := s.answerOnce(ctx, "held-out examples", examples)
	if err != nil {
		return err
	}
	if r.config.TaxScores > 0 && len(s.examples.HeldOut) > 0 {
		if err := s.scoreWatched(examples, texts); err != nil {
			return err
		}
	}
	if !r.config.Map {
		return nil
	}
	return s.mapWatched(examples, texts)
}

func (s *Session) scoreWatched(examples []task.Example, texts []string) error {
	judge, judgeName := s.judge()
	outputs, err := eval.Measure(judge, examples, texts)
	if err != nil {
		return err
	}
	scores, err := outputs.Scores(judgeName)
	if err != nil {
		return err
	}
	r := s.run
	s.emit(r.id, protocol.Event{Type: protocol.EvScores, Scores: &protocol.Scores{Which: which(false), Step: r.done, Count: outputs.Len(), Scores: scores}})
	return nil
}

// mapWatched embeds sources, references and outputs with the encoder that rewards
// and projects them to the run's plane, which the first map sets.
func (s *Session) mapWatched(examples []task.Example, texts []string) error {
	r := s.run
	var points []protocol.MapPoint
	for i, e := range examples {
		points = append(points, protocol.MapPoint{Example: e.ID, Kind: protocol.PointSource, Lang: e.SourceLang, Text: e.Source})
		if e.Reference != "" {
			points = append(points, protocol.MapPoint{Example: e.ID, Kind: protocol.PointReference, Lang: e.TargetLang, Text: e.Reference})
		}
		points = append(points, protocol.MapPoint{Example: e.ID, Kind: protocol.PointOutput, Lang: e.TargetLang, Text: texts[i]})
	}
	all := make([]string, len(points))
	for i, p := range points {
		all[i] = p.Text
	}
	rows, err := s.loaded.encoder.Embed(all)
	if err != nil {
		return err
	}
	if r.plane == nil {
		if r.plane, err = eval.NewPlane(rows); err != nil {
			return err
		}
	}
	for i := range points {
		p := &points[i]
		p.X, p.Y = r.plane.Project(rows[i])
		if p.Kind == protocol.PointOutput { // the point before it is what it is to mean
			p.Cosine = eval.Cosine(rows[i], rows[i-1])
		}
	}
	s.emit(r.id, protocol.Event{Type: protocol.EvMap, Map: &protocol.Map{Step: r.done, Shares: r.plane.Shares, Points: points}})
	return nil
}
