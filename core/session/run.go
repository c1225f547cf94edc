package session

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/dongyur/dongyur/core/eval"
	"github.com/dongyur/dongyur/core/model"
	"github.com/dongyur/dongyur/core/objective"
	"github.com/dongyur/dongyur/core/protocol"
	"github.com/dongyur/dongyur/core/reward"
	"github.com/dongyur/dongyur/core/setting"
	"github.com/dongyur/dongyur/core/task"
	"github.com/dongyur/dongyur/core/train"
)

// run is a training run.
type run struct {
	id     int // of the command that waits for its end; 0 if none does
	config protocol.Train
	like   *model.AdapterConfig // the adapter that it goes on from; nil where from none
	done   int                  // steps
	saved  int                  // of them, when it was last saved midway
	paused bool
	single bool // pause after the next step
	ended  bool

	learner  learner
	tax      *eval.Tax
	plane    *eval.Plane // where the run's maps lie; nil until the first
	history  []sampled   // the latest steps' groups, oldest first
	answered once        // without randomness, after the latest step
	watch    watch
	kept     *kept // the latest checkpoint in memory
}

// active tells whether the run's next step is due.
func (r *run) active() bool { return r != nil && !r.paused && !r.ended }

func (r *run) finalize() {
	if r.learner != nil {
		r.learner.Finalize()
	}
	if r.tax != nil {
		r.tax.Finalize()
	}
}

// train starts a run from the base model.
func (s *Session) train(id int, config protocol.Train) error {
	if s.run != nil && !s.run.ended {
		return fmt.Errorf("train: a run is going on; stop it first")
	}
	var like *model.AdapterConfig
	if config.FromAdapter {
		var err error
		if config, like, err = s.likeAdapter(config); err != nil {
			return fmt.Errorf("train: %w", err)
		}
	}
	r, err := s.prepare(config, like)
	if err != nil {
		return fmt.Errorf("train: %w", err)
	}
	r.id, r.paused = id, r.config.Paused
	s.run = r
	s.state()
	if err := errors.Join(s.measureTax(), s.follow()); err != nil {
		r.ended = true
		s.state()
		return fmt.Errorf("train: %w", err)
	}
	return nil
}

// prepare resets the policy and builds the run. Everything that can be refused is,
// before anything is changed: a bad setting costs nobody the last run's weights.
// like is the adapter that it goes on from, where it is not at hand.
func (s *Session) prepare(config protocol.Train, like *model.AdapterConfig) (r *run, err error) {
	if config, err = filled(config); err != nil {
		return nil, err
	}
	if err := check(config); err != nil {
		return nil, err
	}
	r = &run{config: config, like: like}
	start, err := s.plan(config)
	if err != nil {
		return nil, err
	}
	policy := s.loaded.policy
	if config.TaxEvery > 0 {
		if r.tax, err = eval.NewTax(policy, s.loaded.tokenizer, s.examples.Tax); err != nil {
			return nil, err
		}
	}
	projections, err := targets(config.Targets)
	if err != nil {
		return nil, err
	}
	adapter, err := s.adapter(config, projections, like)
	if err != nil {
		return nil, err
	}
	if err := s.rehearse(config, adapter); err != nil {
		return nil, err
	}
	if err := s.reset(); err != nil {
		return nil, err
	}
	if adapter != nil {
		err = policy.Attach(adapter)
	} else if err = policy.KeepReference(); err == nil && projections != nil {
		err = policy.TrainOnly(projections)
	}
	if err != nil {
		return nil, err
	}
	r.learner, err = start()
	return r, err
}

// filled puts the method's own values where a setting is zero and zero makes no
// sense, or where the run does not say.
func filled(c protocol.Train) (protocol.Train, error) {
	method, err := objective.MethodNamed(c.Method)
	if err != nil {
		return c, err
	}
	d := method.Settings()
	fill(&c.Steps, d.Steps)
	fill(&c.Prompts, d.Prompts)
	fill(&c.Group, d.Group)
	fill(&c.Epochs, d.Epochs)
	fill(&c.DeadSteps, d.DeadSteps)
	fill(&c.LearningRate, d.LearningRate)
	fill(&c.Sampling.MaxTokens, d.Sampling.MaxTokens)
	if c.LoRARank > 0 {
		fill(&c.LoRAAlpha, 2*float64(c.LoRARank))
	}
	if method.Learns == objective.Groups && c.Sampling == (task.Sampling{MaxTokens: c.Sampling.MaxTokens}) {
		c.Sampling.Temperature, c.Sampling.TopP = d.Sampling.Temperature, d.Sampling.TopP
	}
	if c.Reward.IsZero() {
		c.Reward = d.Reward
	}
	c.Reward = reward.Filled(c.Reward)
	if c.ClipLow == 0 && c.ClipHigh == 0 {
		c.ClipLow, c.ClipHigh = method.ClipLow, method.ClipHigh
	}
	fill(&c.Targets, d.Targets)
	fill(&c.SupportLimit, objective.DefaultWeightLimit)
	fill(&c.KLLimit, 4)
	row := method.Row(d)
	for _, s := range setting.Rows() {
		if c.Get(s.Path) != nil || s.Unset == nil || !row.Reads(s) {
			continue
		}
		value := d.Get(s.Path)
		if value == nil {
			value = s.Unset
		}
		if err := c.Set(s.Path, value); err != nil {
			return c, err
		}
	}
	if c.ReferenceEvery > 0 {
		fill(&c.ReferenceShare, 1)
	}
	return c, nil
}

// fill sets what is zero.
func fill[T comparable](to *T, standard T) {
	var zero T
	if *to == zero {
		*to = standard
	}
}

// check refuses settings that cannot be run, by the registry's ranges: those that the
// method reads, by their names.
func check(c protocol.Train) error {
	method, err := objective.MethodNamed(c.Method)
	if err != nil {
		return err
	}
	row := method.Row(c)
	for _, s := range setting.Rows() {
		if err := s.Check(c); err != nil && row.Reads(s) {
			return fmt.Errorf("%s: %w", s.Path, err)
		}
	}
	for name := range c.Own {
		if !slices.ContainsFunc(setting.Rows(), func(s protocol.Setting) bool { return s.Path == "own."+name }) {
			return fmt.Errorf("a run has no setting %q: see dongyur train --help", name)
		}
	}
	return nil
}

func optimizer(c protocol.Train) train.OptimizerConfig {
	o := train.DefaultOptimizer()
	o.LearningRate, o.Warmup, o.Steps = c.LearningRate, c.Warmup, c.Steps
	o.WeightDecay, o.ClipNorm = c.WeightDecay, c.ClipNorm
	return o
}

// step runs the run's next step. An error ends the run; its last save stays.
func (s *Session) step() {
	r := s.run
	start := time.Now()
	err := guarded(func() error { return s.takeStep(start) })
	if isLost(err) {
		r.ended = false // by a finish that could not save
		err = s.recover(err)
	}
	if err != nil {
		if isNaN(err) {
			s.collapsed(collapseNaN, "the run ends here; its last save stays")
		}
		r.ended = true
		s.state()
		s.endRun(err)
	}
}

// takeStep makes a step and does what it asks for.
func (s *Session) takeStep(start time.Time) error {
	r := s.run
	step, err := r.learner.step(r.done + 1)
	if err != nil {
		return err
	}
	r.done++
	s.losses = 0
	r.remember(r.done, step)
	report := step.report
	report.Step, report.Steps = r.done, r.config.Steps
	report.Seconds = time.Since(start).Seconds()
	report.TokensPerSecond = float64(step.tokens) / report.Seconds
	s.emit(r.id, protocol.Event{Type: protocol.EvStep, Step: report})
	if err := s.afterStep(step); err != nil || r.ended {
		return err
	}
	return s.keep()
}

// endRun reports an error as the end of the command that the run answers. A
// restored run that nobody has set going answers none: then it answers 0.
func (s *Session) endRun(err error) { s.options.Emit(failed(s.run.id, err)) }

// leave drops the run, if there is one, because of another command.
func (s *Session) leave(by protocol.CommandType) {
	r := s.run
	if r == nil {
		return
	}
	if !r.ended {
		r.ended = true
		s.state()
		if r.id != 0 {
			s.endRun(fmt.Errorf("%s dropped the run after step %d of %d", by, r.done, r.config.Steps))
		}
	}
	r.finalize()
	s.run = nil
}

// afterStep does what a finished step asks for: groups, warnings, the alignment
// tax, a save, a pause, the end.
func (s *Session) afterStep(step *stepResult) error {
	r := s.run
	if r.config.Groups {
		for i := range step.groups {
			group := plain(step.groups[i])
			s.emit(r.id, protocol.Event{Type: protocol.EvGroup, Group: &group})
		}
	}
	if r.config.TaxEvery > 0 && (r.done%r.config.TaxEvery == 0 || r.done == r.config.Steps) {
		if err := s.measureTax(); err != nil {
			return err
		}
	}
	if err := s.follow(); err != nil {
		return err
	}
	if r.config.SaveEvery > 0 && r.done%r.config.SaveEvery == 0 && r.done < r.config.Steps {
		s.saveMidway()
	}
	if name, message := r.watch.see(step, r.config, s.loaded.policy.Config.VocabSize); name != "" {
		s.collapsed(name, message)
		if r.config.StopWhenDead {
			return s.finish()
		}
	}
	if r.done == r.config.Steps {
		return s.finish()
	}
	if r.single {
		r.paused, r.single = true, false
		s.state()
		s.saveMidway()
	}
	return nil
}

// finish ends the run, saves it if it has a folder, and reports its end.
func (s *Session) finish() error {
	r := s.run
	r.ended = true
	if r.config.Dir != "" {
		if err := s.save(r.id, r.config.Dir); err != nil {
			return err
		}
	}
	s.state()
	if r.id != 0 {
		s.emit(r.id, protocol.Event{Type: protocol.EvDone})
	}
	return nil
}

// measureTax reports the held-out loss of other languages, and what the policy
// answers where the run asks for it.
func (s *Session) measureTax() error {
	if s.run.tax == nil {
		return nil
	}
	r := s.run
	nll, drift, err := r.tax.Drift()
	if err != nil {
		return err
	}
	s.emit(r.id, protocol.Event{Type: protocol.EvTax, Tax: &protocol.Tax{Step: r.done, NLL: nll, Drift: drift}})
	return s.measureAnswers()
}

// state reports what the run does.
func (s *Session) state() {
	state := "training"
	switch {
	case s.run == nil || s.run.ended:
		state = "idle"
	case s.run.paused:
		state = "paused"
	}
	id := 0
	if s.run != nil {
		id = s.run.id
	}
	s.emit(id, protocol.Event{Type: protocol.EvState, State: state})
}

// reset drops the adapter and everything a run changed.
func (s *Session) reset() error {
	s.leave(protocol.CmdReset)
	s.loaded.policy.Detach()
	return s.loaded.policy.Revert()
}
