package train

import (
	"maps"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/tensors"
	vars "github.com/gomlx/gomlx/ml/model"

	"github.com/dongyur/dongyur/core/engine"
	"github.com/dongyur/dongyur/core/model"
	"github.com/dongyur/dongyur/core/objective"
	"github.com/dongyur/dongyur/core/reward"
	"github.com/dongyur/dongyur/core/rollout"
	"github.com/dongyur/dongyur/core/task"
	"github.com/dongyur/dongyur/core/token"
)

// testExamples are to be learnt from; their lengths differ, so that batches are padded.
var testExamples = []task.Example{
	{ID: "open", Task: "translate", Source: "ཡིག་ཆ་ཁ་ཕྱེ།", Reference: "Open the file.", SourceLang: "bo", TargetLang: "en"},
	{ID: "save", Task: "translate", Source: "ཡིག་ཆ་ཉར་ཚགས།", Reference: "Save it.", SourceLang: "bo", TargetLang: "en"},
	{ID: "delete", Task: "translate", Source: "བསུབ།", Reference: "Delete the file and the folder.", SourceLang: "bo", TargetLang: "en"},
	{ID: "print", Task: "translate", Source: "པར་བརྒྱབ།", Reference: "Print.", SourceLang: "bo", TargetLang: "en"},
	{ID: "find", Task: "translate", Source: "འཚོལ།", Reference: "Find a word.", SourceLang: "bo", TargetLang: "en"},
}

var openEngine = sync.OnceValues(func() (compute.Backend, error) { return engine.Open("go") })

var testTokenizer = sync.OnceValues(func() (*token.Tokenizer, error) {
	return token.Train(func(yield func(string) bool) {
		for _, e := range testExamples {
			if !yield(e.Source) || !yield(e.Reference) {
				return
			}
		}
	}, token.TrainOptions{VocabSize: 290})
})

func newTokenizer(t testing.TB) *token.Tokenizer {
	t.Helper()
	tok, err := testTokenizer()
	if err != nil {
		t.Fatal(err)
	}
	return tok
}

// policyOf is a random model of this kind on the tests' engine.
func policyOf(t testing.TB, config *model.Config, seed uint64) *model.Policy {
	t.Helper()
	checkpoint, err := model.Random(config, seed)
	if err != nil {
		t.Fatal(err)
	}
	backend, err := openEngine()
	if err != nil {
		t.Fatal(err)
	}
	policy, err := model.NewPolicy(backend, checkpoint)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(policy.Finalize)
	return policy
}

// newPolicy is a small random model; with a rank, its adapter alone trains.
func newPolicy(t testing.TB, rank int) *model.Policy {
	t.Helper()
	policy := policyOf(t, &model.Config{
		ModelType: "qwen3", VocabSize: newTokenizer(t).VocabSize(), HiddenSize: 16, IntermediateSize: 24, Layers: 2,
		Heads: 2, KVHeads: 1, HeadDim: 8, MaxPositions: 96, RMSNormEps: 1e-6, RopeTheta: 10000,
		TieEmbeddings: true, InitializerRange: 0.3,
	}, 3)
	if rank > 0 {
		attach(t, policy, rank)
	}
	return policy
}

// attach adds an adapter whose B is not 0, so that every part of it has a gradient.
func attach(t testing.TB, policy *model.Policy, rank int) {
	t.Helper()
	adapter, err := model.NewAdapter(policy.Config, rank, float64(2*rank), nil, 5)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range slices.Sorted(maps.Keys(adapter.Weights)) {
		if strings.HasSuffix(name, ".lora_B.weight") {
			tensors.MustMutableFlatData(adapter.Weights[name], func(values []float32) {
				for i := range values {
					values[i] = 0.1 * float32(math.Sin(float64(i+len(name))))
				}
			})
		}
	}
	if err := policy.Attach(adapter); err != nil {
		t.Fatal(err)
	}
}

// testRows are the examples in tokens.
func testRows(t testing.TB) []Row {
	t.Helper()
	var rows []Row
	for _, e := range testExamples {
		prompt, completion, err := rollout.Encode(newTokenizer(t), e)
		if err != nil {
			t.Fatal(err)
		}
		rows = append(rows, Row{Name: e.ID, Prompt: prompt, Completion: completion})
	}
	return rows
}

func testOptimizer(steps int) OptimizerConfig {
	c := DefaultOptimizer()
	c.LearningRate, c.Steps, c.WeightDecay = 5e-3, steps, 0.01
	return c
}

func newSFT(t testing.TB, policy *model.Policy, steps, rows, micro int) *SFT {
	t.Helper()
	s, err := NewSFT(policy, testRows(t), SFTConfig{Optimizer: testOptimizer(steps), Rows: rows, MicroBatch: micro, Seed: 4})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Finalize)
	return s
}

func trainerConfig(steps, epochs, micro int) GroupTrainerConfig {
	method, err := objective.MethodNamed("grpo")
	if err != nil {
		panic(err)
	}
	loss := method.Config()
	loss.Beta, loss.MaxLength = 0.02, 8
	return GroupTrainerConfig{
		Update: GroupUpdaterConfig{Optimizer: testOptimizer(steps), Objective: loss, Epochs: epochs, MicroBatch: micro, Temperature: 0.9,
			Support: SupportConfig{Weighted: true, Limit: objective.DefaultWeightLimit}},
		Prompts: 2, Group: 3, Sampling: task.Sampling{Temperature: 0.9, TopP: 0.95, MaxTokens: 8}, Seed: 6,
	}
}

func newGroupTrainer(t testing.TB, policy *model.Policy, config GroupTrainerConfig) *GroupTrainer {
	t.Helper()
	scorer, err := reward.New(reward.Hashed{}, reward.Default())
	if err != nil {
		t.Fatal(err)
	}
	sampler := rollout.New(policy, newTokenizer(t), rollout.Options{})
	t.Cleanup(sampler.Finalize)
	s, err := NewGroupTrainer(policy, newTokenizer(t), scorer, sampler, testExamples, config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Finalize)
	return s
}

// snapshot copies the variables under the prefixes; none: all that a run reads
// and changes, but for sums of gradients and GoMLX's own step counter.
func snapshot(t testing.TB, policy *model.Policy, prefixes ...string) map[string][]float32 {
	t.Helper()
	values := map[string][]float32{}
	for v := range policy.Vars.IterVariables() {
		wanted := len(prefixes) == 0 && v.DType() == dtypes.Float32 && !strings.HasPrefix(v.Path(), gradientScope+"/")
		for _, prefix := range prefixes {
			wanted = wanted || strings.HasPrefix(v.Path(), prefix)
		}
		if wanted {
			values[v.Path()] = read(t, v)
		}
	}
	return values
}

func read(t testing.TB, v *vars.Variable) []float32 {
	t.Helper()
	value, err := v.Value()
	if err != nil {
		t.Fatal(err)
	}
	flat, err := tensors.CopyFlatData[float32](value)
	if err != nil {
		t.Fatalf("%s: %v", v.Path(), err)
	}
	return flat
}

// write replaces a variable's values.
func write(t testing.TB, v *vars.Variable, values []float32) {
	t.Helper()
	if err := v.SetValue(tensors.FromFlatDataAndDimensions(slices.Clone(values), v.Shape().Dimensions...)); err != nil {
		t.Fatal(err)
	}
}

// sameBits fails unless both hold the same variables with the same bits, NaN included.
func sameBits(t *testing.T, have, want map[string][]float32) {
	t.Helper()
	if len(have) == 0 || !slices.Equal(slices.Sorted(maps.Keys(have)), slices.Sorted(maps.Keys(want))) {
		t.Fatalf("variables %v, want %v", slices.Sorted(maps.Keys(have)), slices.Sorted(maps.Keys(want)))
	}
	for _, path := range slices.Sorted(maps.Keys(want)) {
		for i := range want[path] {
			if math.Float32bits(have[path][i]) != math.Float32bits(want[path][i]) {
				t.Errorf("%s[%d] = %v, want %v", path, i, have[path][i], want[path][i])
				break
			}
		}
	}
}

// gradients are the summed gradients of the latest step.
func gradients(t testing.TB, policy *model.Policy) map[string][]float32 {
	t.Helper()
	sums := map[string][]float32{}
	for path, values := range snapshot(t, policy, gradientScope+"/") {
		sums[strings.TrimPrefix(path, gradientScope)] = values
	}
	return sums
}

// near compares two sets of values relative to the greatest of each variable.
func near(t *testing.T, have, want map[string][]float32, tolerance float64) {
	t.Helper()
	if len(want) == 0 || len(have) != len(want) {
		t.Fatalf("%d variables, want %d", len(have), len(want))
	}
	for _, path := range slices.Sorted(maps.Keys(want)) {
		size, difference := 0.0, 0.0
		for i, w := range want[path] {
			size = max(size, math.Abs(float64(w)))
			difference = max(difference, math.Abs(float64(have[path][i])-float64(w)))
		}
		if !(difference <= tolerance*max(size, 1e-3)) {
			t.Errorf("%s differs by %g of %g", path, difference, size)
		}
	}
}
