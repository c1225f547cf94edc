package train

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/dongyur/dongyur/core/model"
)

// resumable is a run as the resume test drives it: steps from done+1 to last,
// each step's loss appended to the trace.
type resumable struct {
	updater *Updater
	run     func(done, last int) (losses []float64, err error)
}

// stepwise runs a trainer that is asked for one step at a time.
func stepwise(step func(step int) (float64, error)) func(done, last int) ([]float64, error) {
	return func(done, last int) (losses []float64, err error) {
		for s := done + 1; s <= last; s++ {
			loss, err := step(s)
			if err != nil {
				return nil, err
			}
			losses = append(losses, loss)
		}
		return losses, nil
	}
}

const resumeSteps = 10

var resumables = []struct {
	name string
	rank int
	make func(t *testing.T, policy *model.Policy) resumable
}{
	{"sft, adapter", 2, resumableSFT},
	{"sft, all weights", 0, resumableSFT},
	{"grpo, adapter, two epochs", 2, func(t *testing.T, policy *model.Policy) resumable {
		return resumableGroupTrainer(t, policy, 2)
	}},
	{"grpo, all weights", 0, func(t *testing.T, policy *model.Policy) resumable {
		if err := policy.KeepReference(); err != nil {
			t.Fatal(err)
		}
		return resumableGroupTrainer(t, policy, 1)
	}},
	{"pretraining", 0, func(t *testing.T, policy *model.Policy) resumable {
		return resumablePretrainer(t, policy, testOptimizer(resumeSteps))
	}},
	{"pretraining with Muon", 0, func(t *testing.T, policy *model.Policy) resumable {
		optimizer := testOptimizer(resumeSteps)
		optimizer.Muon = true
		return resumablePretrainer(t, policy, optimizer)
	}},
}

func resumableSFT(t *testing.T, policy *model.Policy) resumable {
	s := newSFT(t, policy, resumeSteps, 2, 0)
	return resumable{s.Updater, stepwise(func(step int) (float64, error) {
		did, err := s.Step(step)
		if err != nil {
			return 0, err
		}
		return did.Update.Loss, nil
	})}
}

func resumableGroupTrainer(t *testing.T, policy *model.Policy, epochs int) resumable {
	s := newGroupTrainer(t, policy, trainerConfig(resumeSteps, epochs, 4))
	return resumable{s.Updater, stepwise(func(step int) (float64, error) {
		report, err := s.Step(context.Background(), step)
		if err != nil {
			return 0, err
		}
		return report.Update.Loss, nil
	})}
}

func resumablePretrainer(t *testing.T, policy *model.Policy, optimizer OptimizerConfig) resumable {
	p, err := NewPretrainer(policy, testStreams(t), PretrainConfig{Optimizer: optimizer, Steps: resumeSteps, Rows: 4, MicroBatch: 2, Time: 12, Seed: 9})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Finalize)
	return resumable{p.Updater, func(done, last int) (losses []float64, err error) {
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		reached, err := p.Run(ctx, done, func(step PretrainStep) error {
			losses = append(losses, step.Loss)
			if step.Step == last {
				cancel() // as Ctrl-C does: the run ends after this step
			}
			return nil
		})
		if reached != last || (last < resumeSteps && !errors.Is(err, context.Canceled)) || (last == resumeSteps && err != nil) {
			return nil, fmt.Errorf("ran to step %d of %d: %w", reached, last, err)
		}
		return losses, nil
	}}
}

// Ten steps are five steps, everything made anew, and five steps: bit for bit.
func TestResumeIsBitwise(t *testing.T) {
	for _, test := range resumables {
		t.Run(test.name, func(t *testing.T) {
			start := func() (*model.Policy, resumable) {
				policy := newPolicy(t, test.rank)
				return policy, test.make(t, policy)
			}
			whole, r := start()
			want, err := r.run(0, resumeSteps)
			if err != nil {
				t.Fatal(err)
			}
			_, r = start()
			have, err := r.run(0, resumeSteps/2)
			if err != nil {
				t.Fatal(err)
			}
			state, err := r.updater.StateBytes(resumeSteps/2, test.name, nil)
			if err != nil {
				t.Fatal(err)
			}
			halves, r := start()
			step, err := r.updater.ReadState(bytes.NewReader(state), int64(len(state)), test.name)
			if err != nil || step != resumeSteps/2 {
				t.Fatalf("read state: step %d, %v", step, err)
			}
			second, err := r.run(step, resumeSteps)
			if err != nil {
				t.Fatal(err)
			}
			if have = append(have, second...); fmt.Sprint(have) != fmt.Sprint(want) {
				t.Errorf("losses\n%v, uninterrupted\n%v", have, want)
			}
			kept := []string{"/base/", "/lora/", optimizerScope, muonScope}
			sameBits(t, snapshot(t, halves, kept...), snapshot(t, whole, kept...))
		})
	}
}

// A state makes its variables in one order: it is that of the outputs of the
// optimiser's graph, which engines know again by it.
func TestStateHasOneOrder(t *testing.T) {
	s := newSFT(t, newPolicy(t, 2), 4, 2, 0)
	if _, err := s.Step(1); err != nil {
		t.Fatal(err)
	}
	state, err := s.StateBytes(1, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for round := range 4 {
		policy := newPolicy(t, 2)
		if _, err := newSFT(t, policy, 4, 2, 0).ReadState(bytes.NewReader(state), int64(len(state)), nil); err != nil {
			t.Fatal(err)
		}
		var have []string
		moments := 0
		for v := range policy.Vars.IterVariables() {
			have = append(have, v.Path())
			if strings.HasPrefix(v.Path(), optimizerScope) {
				moments++
			}
		}
		if round == 0 {
			want = have
		}
		if moments < 8 || fmt.Sprint(have) != fmt.Sprint(want) {
			t.Errorf("read %d has %d variables of the optimiser; their order is\n%v, at first it was\n%v", round+1, moments, have, want)
		}
	}
}

func TestReadStateRefuses(t *testing.T) {
	policy := newPolicy(t, 2)
	s := newSFT(t, policy, 4, 2, 0)
	if _, err := s.Step(1); err != nil {
		t.Fatal(err)
	}
	state, err := s.StateBytes(1, map[string]int{"rows": 2}, nil)
	if err != nil {
		t.Fatal(err)
	}
	otherRank, allWeights := newPolicy(t, 3), newPolicy(t, 0)
	tests := []struct {
		name    string
		updater *Updater
		state   []byte
		config  any
		want    string
	}{
		{"another configuration", s.Updater, state, map[string]int{"rows": 3}, "another configuration"},
		{"an adapter of another rank", newSFT(t, otherRank, 4, 2, 0).Updater, state, map[string]int{"rows": 2}, "lora_A.weight"},
		{"all weights", newSFT(t, allWeights, 4, 2, 0).Updater, state, map[string]int{"rows": 2}, "is missing"},
		{"an empty file", s.Updater, nil, nil, "truncated"},
		{"half a header", s.Updater, state[:40], nil, "truncated"},
		{"half a file", s.Updater, state[:len(state)/2], nil, "truncated"},
		{"all but the last byte", s.Updater, state[:len(state)-1], nil, "truncated"},
		{"no state at all", s.Updater, []byte("step 1, loss 2.3\n"), nil, "safetensors"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			before := snapshot(t, test.updater.policy)
			_, err := test.updater.ReadState(bytes.NewReader(test.state), int64(len(test.state)), test.config)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Fatalf("error %v, want one with %q", err, test.want)
			}
			sameBits(t, snapshot(t, test.updater.policy), before)
		})
	}
}

// Notes travel in the state, and a file without them says so.
func TestNotes(t *testing.T) {
	s := newSFT(t, newPolicy(t, 2), 4, 2, 0)
	type notes struct {
		Text  string
		Count map[string]int
	}
	want := notes{"ཡིག་ཆ་ \"1\"\n", map[string]int{"dead": 3}}
	state, err := s.StateBytes(1, nil, want)
	if err != nil {
		t.Fatal(err)
	}
	var have notes
	if err := ReadNotes(bytes.NewReader(state), int64(len(state)), &have); err != nil || !reflect.DeepEqual(have, want) {
		t.Errorf("%+v, %v; want %+v", have, err, want)
	}
	for name, test := range map[string]struct {
		state []byte
		want  string
	}{
		"half a state": {state[:len(state)/2], "truncated"},
		"no notes":     {bytes.ReplaceAll(state, []byte(metaNotes), []byte("dongyur.other")), "no state of a run"},
		"other notes":  {bytes.ReplaceAll(state, []byte(`{\"Text\"`), []byte(`[\"Text\"`)), "no state of a run"},
	} {
		if err := ReadNotes(bytes.NewReader(test.state), int64(len(test.state)), &have); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: error %v, want one with %q", name, err, test.want)
		}
	}
}
