package session

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/dongyur/dongyur/core/eval"
	"github.com/dongyur/dongyur/core/model"
	"github.com/dongyur/dongyur/core/objective"
	"github.com/dongyur/dongyur/core/protocol"
	"github.com/dongyur/dongyur/core/reward"
	"github.com/dongyur/dongyur/core/rollout"
	"github.com/dongyur/dongyur/core/train"
)

// run is a training run. Exactly one of sft and grpo is set.
type run struct {
	id     int // of the command that waits for its end; 0 if none does
	config protocol.Train
	done   int // steps
	paused bool
	single bool // pause after the next step
	ended  bool

	sft    *train.SFT
	grpo   *train.Semantic
	tax    *eval.Tax
	groups []protocol.Group // of the latest step
	dead   int              // steps in a row that taught nothing
}

// active tells whether the run's next step is due.
func (r *run) active() bool { return r != nil && !r.paused && !r.ended }

func (r *run) updater() *train.Updater {
	if r.sft != nil {
		return r.sft.Updater
	}
	return r.grpo.Updater
}

func (r *run) finalize() {
	if r.sft != nil {
		r.sft.Finalize()
	}
	if r.grpo != nil {
		r.grpo.Finalize()
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
	r, err := s.prepare(config)
	if err != nil {
		return fmt.Errorf("train: %w", err)
	}
	r.id, r.paused = id, r.config.Paused
	s.run = r
	s.state()
	if err := s.measureTax(); err != nil {
		r.ended = true
		s.state()
		return fmt.Errorf("train: %w", err)
	}
	return nil
}

// prepare resets the policy and builds the run. Everything that can be refused is,
// before anything is changed: a bad setting costs nobody the last run's weights.
func (s *Session) prepare(config protocol.Train) (r *run, err error) {
	config = filled(config)
	if err := check(config); err != nil {
		return nil, err
	}
	r = &run{config: config}
	plan := s.planGRPO
	if config.Method == "sft" {
		plan = s.planSFT
	}
	start, err := plan(r)
	if err != nil {
		return nil, err
	}
	policy := s.loaded.policy
	if config.TaxEvery > 0 {
		if r.tax, err = eval.NewTax(policy, s.loaded.tokenizer, s.examples.Tax); err != nil {
			return nil, err
		}
	}
	var adapter *model.Adapter
	if config.LoRARank > 0 {
		if adapter, err = model.NewAdapter(policy.Config, config.LoRARank, config.LoRAAlpha, nil, config.Seed); err != nil {
			return nil, err
		}
	}
	if err := s.reset(); err != nil {
		return nil, err
	}
	if adapter != nil {
		err = policy.Attach(adapter)
	} else {
		err = policy.KeepReference()
	}
	if err != nil {
		return nil, err
	}
	return r, start()
}

// filled puts the defaults where a setting is zero and zero makes no sense.
func filled(c protocol.Train) protocol.Train {
	d := protocol.DefaultTrain(c.Method)
	for _, f := range []struct{ set, standard *int }{
		{&c.Steps, &d.Steps}, {&c.Prompts, &d.Prompts}, {&c.Group, &d.Group}, {&c.Epochs, &d.Epochs},
		{&c.DeadSteps, &d.DeadSteps}, {&c.Sampling.MaxTokens, &d.Sampling.MaxTokens},
	} {
		if *f.set == 0 {
			*f.set = *f.standard
		}
	}
	if c.LearningRate == 0 {
		c.LearningRate = d.LearningRate
	}
	if c.LoRARank > 0 && c.LoRAAlpha == 0 {
		c.LoRAAlpha = 2 * float64(c.LoRARank)
	}
	if c.Method != "sft" && c.Sampling.Temperature == 0 {
		c.Sampling.Temperature, c.Sampling.TopP = d.Sampling.Temperature, d.Sampling.TopP
	}
	if c.Reward == (protocol.Reward{}) {
		c.Reward = d.Reward
	}
	return c
}

// check refuses settings that cannot be run, by their JSON names.
func check(c protocol.Train) error {
	switch {
	case c.Steps < 1 || c.Prompts < 1:
		return fmt.Errorf("steps %d and prompts %d must be 1 or more", c.Steps, c.Prompts)
	case !(c.LearningRate > 0) || math.IsInf(c.LearningRate, 0):
		return fmt.Errorf("learning_rate %g must be above 0", c.LearningRate)
	case c.Sampling.MaxTokens < 1:
		return fmt.Errorf("max_tokens %d must be 1 or more", c.Sampling.MaxTokens)
	case c.LoRARank < 0 || c.Warmup < 0 || c.WeightDecay < 0 || c.ClipNorm < 0 || c.Beta < 0:
		return fmt.Errorf("lora_rank, warmup, weight_decay, clip_norm and beta must not be negative")
	}
	return nil
}

func optimizer(c protocol.Train) train.OptimizerConfig {
	o := train.DefaultOptimizer()
	o.LearningRate, o.Warmup, o.Steps = c.LearningRate, c.Warmup, c.Steps
	o.WeightDecay, o.ClipNorm = c.WeightDecay, c.ClipNorm
	return o
}

// planSFT checks a run of SFT; what it returns prepares it.
func (s *Session) planSFT(r *run) (start func() error, err error) {
	c, policy := r.config, s.loaded.policy
	var rows []train.Row
	template := rollout.Template{Limit: policy.Config.MaxPositions - c.Sampling.MaxTokens, CutHeadlines: true}
	for _, example := range s.examples.Train {
		if example.Reference == "" {
			continue
		}
		prompt, completion, err := template.Encode(s.loaded.tokenizer, example)
		if err != nil {
			return nil, err
		}
		rows = append(rows, train.Row{Name: example.ID, Prompt: prompt, Completion: completion})
	}
	config := train.SFTConfig{Optimizer: optimizer(c), Rows: c.Prompts, MicroBatch: c.MicroBatch, Seed: c.Seed}
	if err := config.Check(policy.Config, rows); err != nil {
		return nil, err
	}
	return func() (err error) {
		r.sft, err = train.NewSFT(policy, rows, config)
		return err
	}, nil
}

// planGRPO checks a run of GRPO or one of its family; what it returns prepares it.
func (s *Session) planGRPO(r *run) (start func() error, err error) {
	c, l := r.config, s.loaded
	method, err := objective.MethodNamed(c.Method)
	if err != nil {
		return nil, fmt.Errorf("%w, or sft", err)
	}
	loss := method.Config()
	if c.ClipLow > 0 || c.ClipHigh > 0 {
		loss.ClipLow, loss.ClipHigh = c.ClipLow, c.ClipHigh
	}
	loss.Beta, loss.MaxLength = c.Beta, c.Sampling.MaxTokens
	scorer, err := reward.New(l.encoder, c.Reward)
	if err != nil {
		return nil, err
	}
	truncated := c.Sampling.TopK > 0 || (c.Sampling.TopP > 0 && c.Sampling.TopP < 1)
	config := train.SemanticConfig{
		GRPO: train.GRPOConfig{Optimizer: optimizer(c), Objective: loss, Epochs: c.Epochs, MicroBatch: c.MicroBatch,
			Temperature: c.Sampling.Temperature, Truncated: truncated},
		Prompts: c.Prompts, Group: c.Group, Sampling: c.Sampling, Seed: c.Seed,
	}
	if _, err := config.Encode(l.policy.Config, l.tokenizer, s.examples.Train); err != nil {
		return nil, err
	}
	return func() (err error) {
		r.grpo, err = train.NewSemantic(l.policy, l.tokenizer, scorer, l.sampler, s.examples.Train, config)
		return err
	}, nil
}

// step runs the run's next step. An error ends the run; its last save stays.
func (s *Session) step() {
	r := s.run
	start := time.Now()
	report, tokens, err := r.next()
	if err == nil {
		r.done++
		report.Step, report.Steps = r.done, r.config.Steps
		report.Seconds = time.Since(start).Seconds()
		report.TokensPerSecond = float64(tokens) / report.Seconds
		s.emit(r.id, protocol.Event{Type: protocol.EvStep, Step: report})
		err = s.afterStep(report)
	}
	if err != nil {
		r.ended = true
		s.state()
		s.endRun(err)
	}
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

// next computes one step.
func (r *run) next() (*protocol.Step, int, error) {
	if r.sft != nil {
		update, tokens, err := r.sft.Step(r.done + 1)
		if err != nil {
			return nil, 0, err
		}
		return &protocol.Step{Loss: update.Loss, Entropy: update.Stats[0], GradNorm: update.GradNorm, LearningRate: update.LearningRate,
			Length: float64(tokens) / float64(r.config.Prompts)}, tokens, nil
	}
	g, err := r.grpo.Step(context.Background(), r.done+1)
	if err != nil {
		return nil, 0, err
	}
	r.groups = g.Groups
	if g.ZeroSpread == 1 || g.Empty == 1 {
		r.dead++
	} else {
		r.dead = 0
	}
	stats := g.Update.Stats
	return &protocol.Step{
		Loss: g.Update.Loss, Reward: g.Reward, Terms: g.Terms, KL: stats[train.StatKL], Entropy: stats[train.StatEntropy],
		ClipShare: stats[train.StatClipShare], ZeroSpreadShare: g.ZeroSpread, GradNorm: g.Update.GradNorm, LearningRate: g.Update.LearningRate,
		Length: float64(g.Tokens) / float64(r.config.Prompts*r.config.Group),
	}, g.Tokens, nil
}

// afterStep does what a finished step asks for: groups, warnings, the alignment
// tax, a save, a pause, the end.
func (s *Session) afterStep(report *protocol.Step) error {
	r := s.run
	if r.config.Groups {
		for i := range r.groups {
			s.emit(r.id, protocol.Event{Type: protocol.EvGroup, Group: &r.groups[i]})
		}
	}
	if r.config.TaxEvery > 0 && (r.done%r.config.TaxEvery == 0 || r.done == r.config.Steps) {
		if err := s.measureTax(); err != nil {
			return err
		}
	}
	if r.config.Dir != "" && r.config.SaveEvery > 0 && r.done%r.config.SaveEvery == 0 {
		if err := s.save(r.id, r.config.Dir); err != nil {
			return err
		}
	}
	if r.dead > 0 && r.dead%r.config.DeadSteps == 0 {
		s.warn(r.id, "the run is dead: for %d steps every group's rewards were the same or every completion was empty, so nothing was learnt; "+
			"raise the temperature, lower tau, or start from a model that knows the task a little", r.dead)
		if r.config.StopWhenDead {
			return s.finish()
		}
	}
	if report.Step == r.config.Steps {
		return s.finish()
	}
	if r.single {
		r.paused, r.single = true, false
		s.state()
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

// measureTax reports the held-out loss of other languages, and the task's scores
// where the run asks for them.
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
	if r.config.TaxScores == 0 {
		return nil
	}
	// What was gained by then, so that runs compare at the same gain.
	outputs, _, err := s.answer(r.id, s.heldOut(r.config.TaxScores), protocol.Sampling{MaxTokens: r.config.Sampling.MaxTokens}, false)
	if err != nil {
		return err
	}
	_, judgeName := s.judge()
	scores, err := outputs.Scores(judgeName)
	if err != nil {
		return err
	}
	s.emit(r.id, protocol.Event{Type: protocol.EvScores, Scores: &protocol.Scores{Which: which(false), Step: r.done, Count: outputs.Len(), Scores: scores}})
	return nil
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

// group reports one group of the latest step; asked again, the next one.
func (s *Session) group(id int) error {
	if s.run == nil || len(s.run.groups) == 0 {
		return fmt.Errorf("group: no step has sampled groups yet; run GRPO for a step")
	}
	group := s.run.groups[s.lastGroup%len(s.run.groups)]
	s.lastGroup++
	s.emit(id, protocol.Event{Type: protocol.EvGroup, Group: &group})
	return nil
}
