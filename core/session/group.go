package session

import (
	"fmt"

	"github.com/dongyur/dongyur/core/objective"
	"github.com/dongyur/dongyur/core/protocol"
	"github.com/dongyur/dongyur/core/train"
)

// keptCompletions is how many completions of the latest steps a run keeps to be
// looked at, some kilobytes each; the latest step is always kept whole.
const keptCompletions = 1024

// sampled is what a step drew.
type sampled struct {
	step    int
	groups  []protocol.Group // what their terms found is in Completion.Why
	rows    [][]train.Row
	rewards []float64
	scaling *protocol.Scaling
}

// remember keeps a step's groups and lets go of the oldest.
func (r *run) remember(step int, d *stepResult) {
	if len(d.groups) == 0 {
		return
	}
	next := sampled{step: step, groups: d.groups, rows: d.rows, scaling: d.scaling}
	for _, g := range d.groups {
		for _, c := range g.Completions {
			next.rewards = append(next.rewards, c.Reward)
		}
	}
	r.history = append(r.history, next)
	size := 0
	for i := len(r.history) - 1; i >= 0; i-- {
		if size += len(r.history[i].rewards); size > keptCompletions && i < len(r.history)-1 {
			r.history = append([]sampled(nil), r.history[i+1:]...)
			return
		}
	}
}

// group reports one group: of the step that look names, or without one of the
// latest step, asked again the next one.
func (s *Session) group(id int, look *protocol.Look) error {
	if s.run == nil || len(s.run.history) == 0 {
		return fmt.Errorf("group: no step has sampled groups yet; run GRPO for a step")
	}
	if look == nil {
		groups := s.run.history[len(s.run.history)-1].groups
		group := plain(groups[s.lastGroup%len(groups)])
		s.lastGroup++
		s.emit(id, protocol.Event{Type: protocol.EvGroup, Group: &group})
		return nil
	}
	group, err := s.run.look(*look)
	if err != nil {
		return fmt.Errorf("group: %w", err)
	}
	kept := s.run.history[group.Step-group.First]
	group.Prompt = s.loaded.tokenizer.Decode(kept.rows[group.Index][0].Prompt)
	s.emit(id, protocol.Event{Type: protocol.EvGroup, Group: group})
	return nil
}

// look finds a group that is kept, and says what has become of its completions.
func (r *run) look(look protocol.Look) (*protocol.Group, error) {
	first, last := r.history[0].step, r.history[len(r.history)-1].step
	if look.Step == 0 {
		look.Step = last
	}
	if look.Step < first || look.Step > last {
		return nil, fmt.Errorf("step %d is not kept; look at one from %d to %d", look.Step, first, last)
	}
	kept := &r.history[look.Step-first]
	if look.Index < 0 || look.Index >= len(kept.groups) {
		return nil, fmt.Errorf("step %d has the groups 0 to %d, and no group %d", look.Step, len(kept.groups)-1, look.Index)
	}
	group := kept.groups[look.Index]
	group.Index, group.Groups, group.First, group.Last = look.Index, len(kept.groups), first, last
	group.Rewards, group.Scaling = kept.rewards, kept.scaling
	if config, err := objective.MethodNamed(r.config.Method); err == nil {
		if loss, err := groupsConfig(r.config, config); err == nil {
			group.Update = loss.Update.Objective.Update(r.config.Beta)
		}
	}
	if !look.Now {
		return &group, nil
	}
	now, err := r.learner.(fromGroups).LogProbs(kept.rows[look.Index])
	if err != nil {
		return nil, err
	}
	group.Now = r.done
	group.Completions = append([]protocol.Completion(nil), group.Completions...)
	for i := range group.Completions {
		group.Completions[i].Now = now[i]
	}
	return &group, nil
}

// plain is a group without what its terms found: who looks at one group asks for it, and
// the logs of a whole run go without.
func plain(g protocol.Group) protocol.Group {
	g.Completions = append([]protocol.Completion(nil), g.Completions...)
	for i := range g.Completions {
		g.Completions[i].Why = nil
	}
	return g
}
