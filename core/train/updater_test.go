package train

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	vars "github.com/gomlx/gomlx/ml/model"

	"github.com/dongyur/dongyur/core/model"
)

func variable(t *testing.T, policy *model.Policy, suffix string) *vars.Variable {
	t.Helper()
	for _, v := range policy.Trainable() {
		if strings.HasSuffix(v.Path(), suffix) {
			return v
		}
	}
	t.Fatalf("nothing that trains is called %s", suffix)
	return nil
}

// sftLoss is the loss of step 1 with the weights as they are, and fills the gradients.
func sftLoss(t *testing.T, s *SFT) float64 {
	t.Helper()
	rows := s.rows
	tokens := 0
	for _, row := range rows {
		tokens += len(row.Completion)
	}
	l := newLayout(rows, len(rows))
	if err := s.Accumulate(l.tokens, l.pad, l.mask, scalar(float64(tokens))); err != nil {
		t.Fatal(err)
	}
	s.first = true
	return s.loss
}

// The gradient of every weight, by the slope of the loss along it.
func TestGradientEqualsFiniteDifferences(t *testing.T) {
	for name, rank := range map[string]int{"adapter": 2, "all weights": 0} {
		t.Run(name, func(t *testing.T) {
			policy := newPolicy(t, rank)
			s := newSFT(t, policy, 1, len(testExamples), 0)
			sftLoss(t, s)
			analytic := gradients(t, policy)
			for _, v := range policy.Trainable() {
				gradient, weights := analytic[v.Path()], read(t, v)
				norm := 0.0
				for _, x := range gradient {
					norm += float64(x) * float64(x)
				}
				norm = math.Sqrt(norm)
				if norm < 1e-3 {
					continue // too flat for float32 to tell
				}
				const h = 4e-3
				at := func(sign float64) float64 {
					moved := slices.Clone(weights)
					for i := range moved {
						moved[i] += float32(sign * h * float64(gradient[i]) / norm)
					}
					write(t, v, moved)
					return sftLoss(t, s)
				}
				slope := (at(1) - at(-1)) / (2 * h)
				write(t, v, weights)
				if math.Abs(slope-norm) > 5e-3*norm+2e-4 {
					t.Errorf("%s: slope along the gradient %g, its norm %g", v.Path(), slope, norm)
				}
			}
		})
	}
}

// AdamW in float64, from Loshchilov and Hutter's formula, on the gradients of a run.
func TestAdamWEqualsFormula(t *testing.T) {
	policy := newPolicy(t, 0)
	s := newSFT(t, policy, 4, 3, 0)
	c := testOptimizer(4)
	c.ClipNorm = 0.25
	s.config.Optimizer, s.Updater.config = c, c
	weights, first, second := map[string][]float64{}, map[string][]float64{}, map[string][]float64{}
	for path, values := range snapshot(t, policy, "/base/") {
		for _, x := range values {
			weights[path] = append(weights[path], float64(x))
		}
		first[path], second[path] = make([]float64, len(values)), make([]float64, len(values))
	}
	for step := 1; step <= 4; step++ {
		did, err := s.Step(step)
		if err != nil {
			t.Fatal(err)
		}
		sums := gradients(t, policy)
		norm := 0.0
		for _, values := range sums {
			for _, x := range values {
				norm += float64(x) * float64(x)
			}
		}
		norm = math.Sqrt(norm)
		if math.Abs(did.Update.GradNorm-norm) > 1e-5*norm {
			t.Errorf("step %d: norm %g, want %g", step, did.Update.GradNorm, norm)
		}
		if norm <= c.ClipNorm {
			t.Fatalf("step %d: norm %g is not clipped: the test shows nothing", step, norm)
		}
		scale, rate := c.ClipNorm/norm, c.rate(step)
		farthest := 0.0
		for path, have := range snapshot(t, policy, "/base/") {
			for i, g := range sums[path] {
				g := float64(g) * scale
				first[path][i] = c.Beta1*first[path][i] + (1-c.Beta1)*g
				second[path][i] = c.Beta2*second[path][i] + (1-c.Beta2)*g*g
				m := first[path][i] / (1 - math.Pow(c.Beta1, float64(step)))
				v := second[path][i] / (1 - math.Pow(c.Beta2, float64(step)))
				weights[path][i] -= rate * (m/(math.Sqrt(v)+c.Epsilon) + c.WeightDecay*weights[path][i])
				farthest = max(farthest, math.Abs(float64(have[i])-weights[path][i]))
			}
		}
		if farthest > 2e-6 {
			t.Errorf("step %d: a weight is %g from the formula's", step, farthest)
		}
	}
}

func TestMicroBatchesAddUp(t *testing.T) {
	step := func(t *testing.T, micro int) map[string][]float32 {
		policy := newPolicy(t, 2)
		s := newSFT(t, policy, 1, 5, micro)
		if _, err := s.Step(1); err != nil {
			t.Fatal(err)
		}
		return gradients(t, policy)
	}
	whole := step(t, 0)
	for _, micro := range []int{1, 2, 3} { // 2 and 3 leave a last part that is not full
		near(t, step(t, micro), whole, 2e-6)
	}
}

func TestStepReducesLoss(t *testing.T) {
	for name, rank := range map[string]int{"adapter": 2, "all weights": 0} {
		policy := newPolicy(t, rank)
		s := newSFT(t, policy, 10, len(testExamples), 0)
		before := sftLoss(t, s)
		if _, err := s.Step(1); err != nil {
			t.Fatal(err)
		}
		if after := sftLoss(t, s); !(after < before) {
			t.Errorf("%s: loss %g before a step on the batch, %g after", name, before, after)
		}
	}
}

// A loss that is no number changes nothing, and the run can go on from there.
func TestDivergedLossChangesNothing(t *testing.T) {
	policy := newPolicy(t, 2)
	s := newSFT(t, policy, 5, 3, 2)
	if _, err := s.Step(1); err != nil {
		t.Fatal(err)
	}
	v := variable(t, policy, "q_proj.lora_A.weight")
	healthy := read(t, v)
	damaged := slices.Clone(healthy)
	damaged[3] = float32(math.NaN())
	write(t, v, damaged)
	before := snapshot(t, policy, "/base/", "/lora/", optimizerScope)
	_, err := s.Step(2)
	var diverged *DivergedError
	if !errors.As(err, &diverged) || !math.IsNaN(diverged.Loss) || !strings.Contains(err.Error(), "learning rate") {
		t.Fatalf("error %v, want a DivergedError that says what to do", err)
	}
	sameBits(t, snapshot(t, policy, "/base/", "/lora/", optimizerScope), before)
	if _, err := s.StateBytes(2, nil, nil); err == nil || !strings.Contains(err.Error(), "NaN") {
		t.Errorf("a state with NaN is written: %v", err)
	}

	write(t, v, healthy)
	if _, err := s.Step(2); err != nil {
		t.Fatalf("go on after the damage is mended: %v", err)
	}
	again := newPolicy(t, 2)
	straight := newSFT(t, again, 5, 3, 2)
	for step := 1; step <= 2; step++ {
		if _, err := straight.Step(step); err != nil {
			t.Fatal(err)
		}
	}
	sameBits(t, snapshot(t, policy, "/lora/"), snapshot(t, again, "/lora/"))
}

func TestHugeRateIsCaught(t *testing.T) {
	policy := newPolicy(t, 0)
	s := newSFT(t, policy, 5, 3, 0)
	s.Updater.config.LearningRate = 1e38
	var diverged *DivergedError
	for step := 1; step <= 5; step++ {
		_, err := s.Step(step)
		if errors.As(err, &diverged) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	t.Error("five steps at a rate of 1e38 went through")
}
