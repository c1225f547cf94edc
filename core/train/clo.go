package train

import (
	"fmt"

	. "github.com/gomlx/gomlx/core/graph"

	"github.com/dongyur/dongyur/core/model"
	"github.com/dongyur/dongyur/core/objective"
	"github.com/dongyur/dongyur/core/rollout"
	"github.com/dongyur/dongyur/core/task"
	"github.com/dongyur/dongyur/core/token"
)

// Bilingual is an example in two languages: a prompt and its answer in the pivot,
// which the model knows, and in the target, which it is to learn.
type Bilingual struct {
	Name                     string // for errors
	PivotPrompt, PivotText   []int
	TargetPrompt, TargetText []int
}

// bilingual takes the two sides of an example from it.
//
// The target is the language that the example answers in. An example with a Pivot
// has both sides in full. A translation without one has them in itself: its
// reverse, from the reference to the source, is the pivot side, so that a source
// that is echoed is the answer in the wrong language. Any other example is an
// error.
func bilingual(tokenizer *token.Tokenizer, template rollout.Template, example task.Example) (Bilingual, error) {
	if example.Reference == "" {
		return Bilingual{}, fmt.Errorf("example %q has no reference: clo learns from answers in both languages; add it, or choose a method that needs none", example.ID)
	}
	pivot := example
	switch {
	case example.Pivot != nil:
		pivot.Source, pivot.Reference, pivot.TargetLang = example.Pivot.Source, example.Pivot.Reference, example.Pivot.Lang
		switch {
		case example.SourceLang == example.TargetLang:
			pivot.SourceLang = example.Pivot.Lang
		case pivot.Source == "":
			pivot.Source = example.Source
		}
	case example.SourceLang != example.TargetLang:
		pivot.Source, pivot.Reference = example.Reference, example.Source
		pivot.SourceLang, pivot.TargetLang = example.TargetLang, example.SourceLang
	default:
		return Bilingual{}, fmt.Errorf("example %q is in %s alone: clo learns from the same example in two languages; "+
			"give its other side as pivot_source and pivot_reference with pivot_lang, or train on translations", example.ID, example.TargetLang)
	}
	if pivot.Reference == "" || pivot.TargetLang == example.TargetLang {
		return Bilingual{}, fmt.Errorf("example %q: its pivot must have an answer in a language other than %s: fill in pivot_reference and pivot_lang",
			example.ID, example.TargetLang)
	}
	b := Bilingual{Name: example.ID}
	var err error
	if b.TargetPrompt, b.TargetText, err = template.Encode(tokenizer, example); err != nil {
		return Bilingual{}, err
	}
	if b.PivotPrompt, b.PivotText, err = template.Encode(tokenizer, pivot); err != nil {
		return Bilingual{}, err
	}
	return b, nil
}

// pivotLang is the language of a fact's pivot side.
const pivotLang = "en"

// Bilinguals takes the two sides of each example. A fact's pivot is the same fact
// in English, which then is no pair of its own.
func Bilinguals(tokenizer *token.Tokenizer, template rollout.Template, examples []task.Example) ([]Bilingual, error) {
	known := map[string]task.Example{}
	for _, e := range examples {
		if e.Fact != "" && e.TargetLang == pivotLang {
			known[e.Fact] = e
		}
	}
	var pairs []Bilingual
	for _, e := range examples {
		if other, ok := known[e.Fact]; ok && e.Fact != "" && e.Pivot == nil {
			if e.TargetLang == pivotLang {
				continue
			}
			e.Pivot = &task.Pivot{Source: other.Source, Reference: other.Reference, Lang: pivotLang}
		}
		pair, err := bilingual(tokenizer, template, e)
		if err != nil {
			return nil, err
		}
		pairs = append(pairs, pair)
	}
	return pairs, nil
}

// rows are the pair's, in the order of objective.CLORows.
func (b Bilingual) rows() []Row {
	rows := make([]Row, objective.CLORows)
	rows[objective.PivotOnPivot] = Row{Name: b.Name, Prompt: b.PivotPrompt, Completion: b.PivotText}
	rows[objective.TargetOnPivot] = Row{Name: b.Name, Prompt: b.PivotPrompt, Completion: b.TargetText}
	rows[objective.TargetOnTarget] = Row{Name: b.Name, Prompt: b.TargetPrompt, Completion: b.TargetText}
	rows[objective.PivotOnTarget] = Row{Name: b.Name, Prompt: b.TargetPrompt, Completion: b.PivotText}
	return rows
}

// CLO is cross-lingual optimisation; see objective.CLOLoss.
type CLO struct {
	*Updater
	pairs    []Bilingual
	config   CLOConfig
	follower *follower
}

// CLOConfig sets a run.
type CLOConfig struct {
	Optimizer  OptimizerConfig
	Objective  objective.CLOConfig
	Pairs      int // a step
	MicroBatch int // rows a pass, rounded up to whole pairs of four; 0: all
	Recompute  bool
	Reference  ReferenceConfig
	Seed       uint64
}

// Check tells what NewCLO would refuse, before anything is changed.
func (c CLOConfig) Check(config *model.Config, pairs []Bilingual) error {
	if err := c.Objective.Validate(); err != nil {
		return err
	}
	if err := c.Reference.check(); err != nil {
		return err
	}
	if len(pairs) == 0 {
		return fmt.Errorf("no examples to train on; add some")
	}
	if c.Pairs < 1 {
		return fmt.Errorf("%d examples a step; it takes 1 or more", c.Pairs)
	}
	for _, pair := range pairs {
		for _, row := range pair.rows() {
			if err := checkContext(config, row); err != nil {
				return err
			}
		}
	}
	return nil
}

// NewCLO prepares a run over pairs. It needs a reference: an adapter (the base is
// the reference) or Policy.KeepReference.
func NewCLO(policy *model.Policy, pairs []Bilingual, config CLOConfig) (*CLO, error) {
	if err := config.Check(policy.Config, pairs); err != nil {
		return nil, err
	}
	follower, err := newFollower(policy, config.Reference)
	if err != nil {
		return nil, err
	}
	if !policy.HasReference() {
		return nil, fmt.Errorf("clo needs a reference: train an adapter (lora_rank above 0) or keep a copy")
	}
	pass := forward{config: policy.Config, recompute: config.Recompute}
	updater, err := NewUpdater(policy, config.Optimizer, func(params, base model.Params, in []*Node) (*Node, []*Node) {
		tokens, pad, mask, count, targets := in[0], in[1], in[2], in[3], in[4]
		columns := mask.Shape().Dimensions[1]
		logp, _ := pass.logProbs(params, tokens, pad, columns)                              // [rows, columns]
		reference, _ := forward{config: policy.Config}.logProbs(base, tokens, pad, columns) // [rows, columns]
		loss, stats := objective.CLOLoss(objective.CLOInputs{LogP: logp, Reference: reference, Mask: mask, Pairs: count, Tokens: targets}, config.Objective)
		return loss, []*Node{stats.SFT, stats.Contrast, stats.Preferred, stats.Divergence}
	})
	if err != nil {
		return nil, err
	}
	return &CLO{Updater: updater, pairs: pairs, config: config, follower: follower}, nil
}

// Step runs one step, counted from 1, over the next pairs. Its figures are the two
// parts of the loss and the share of comparisons that come out right.
func (t *CLO) Step(step int) (*TextStep, error) {
	chosen := Order(len(t.pairs), t.config.Pairs, t.config.Seed, step)
	pair := func(i int) Bilingual { return t.pairs[chosen[i]] }
	tokens := 0
	for i := range chosen {
		tokens += len(pair(i).TargetText)
	}
	size := (t.config.MicroBatch + objective.CLORows - 1) / objective.CLORows
	parts := microBatches(len(chosen), size, func(i int) int {
		p := pair(i)
		return max(len(p.PivotPrompt), len(p.TargetPrompt)) + max(len(p.PivotText), len(p.TargetText))
	})
	for _, part := range parts {
		var rows []Row
		for _, i := range part {
			rows = append(rows, pair(i).rows()...)
		}
		l := newLayout(rows, len(parts[0])*objective.CLORows)
		if err := t.Accumulate(l.tokens, l.pad, l.mask, scalar(float64(len(chosen))), scalar(float64(tokens))); err != nil {
			return nil, fmt.Errorf("clo step %d: %w", step, err)
		}
	}
	update, err := t.Apply(step)
	if err != nil {
		return nil, err
	}
	if err := t.follower.after(step); err != nil {
		return nil, err
	}
	return &TextStep{Update: update, Tokens: tokens, KL: update.Stats[3], Length: float64(tokens) / float64(len(chosen)),
		Figures: map[string]float64{"sft": update.Stats[0], "contrast": update.Stats[1], "preferred": update.Stats[2]}}, nil
}

// Finalize frees the compiled graphs.
func (t *CLO) Finalize() {
	t.Updater.Finalize()
	t.follower.finalize()
}
