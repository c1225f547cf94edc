package model

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"testing"

	"github.com/gomlx/compute"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	vars "github.com/gomlx/gomlx/ml/model"

	"github.com/dongyur/dongyur/core/engine"
)

// goldens are the folders of testdata, made by make_goldens.py with the versions
// of torch, transformers and PEFT that their expected.json names.
var goldens = []struct {
	folder  string
	adapter bool
}{
	{"qwen2", true}, {"qwen2-yarn", false}, {"qwen3", false}, {"llama3", false}, {"llama-linear", false}, {"olmo2", true},
}

// golden is one row of tokens and the columns of it whose logits are known.
type golden struct {
	Tokens  []int32 `json:"tokens"`
	Columns []int   `json:"columns"`
}

func readGoldens(t *testing.T, folder string) ([]golden, *Safetensors) {
	t.Helper()
	raw, err := os.ReadFile("testdata/" + folder + "/expected.json")
	if err != nil {
		t.Fatal(err)
	}
	var expected struct{ Rows []golden }
	if err := json.Unmarshal(raw, &expected); err != nil {
		t.Fatal(err)
	}
	file, closeFile, err := openSafetensors(os.DirFS("testdata/"+folder), "expected.safetensors")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(closeFile)
	return expected.Rows, file
}

func openPolicy(t *testing.T, folder string) *Policy {
	t.Helper()
	backend := openEngine(t)
	checkpoint, err := Load(os.DirFS("testdata/" + folder))
	if err != nil {
		t.Fatal(err)
	}
	policy, err := NewPolicy(backend, checkpoint)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(policy.Finalize)
	return policy
}

func openEngine(t *testing.T) compute.Backend {
	t.Helper()
	backend, err := engine.Open("go")
	if err != nil {
		t.Fatal(err)
	}
	return backend
}

func attachGolden(t *testing.T, policy *Policy, folder string) {
	t.Helper()
	adapter, err := LoadAdapter(os.DirFS("testdata/" + folder + "/adapter"))
	if err != nil {
		t.Fatal(err)
	}
	if err := policy.Attach(adapter); err != nil {
		t.Fatal(err)
	}
}

// logitsOf runs whole rows, padded on the left to the longest: [row][column without padding][vocab].
func logitsOf(t *testing.T, policy *Policy, rows [][]int32, adapter bool) [][][]float32 {
	t.Helper()
	tokens, pad := padLeft(rows)
	out, err := vars.CallOnce(policy.Engine, policy.Vars, func(_ *vars.Scope, tokens, pad *Node) *Node {
		p := policy.Params(tokens.Graph(), adapter)
		return policy.Config.Logits(p, policy.Config.Hidden(p, tokens, pad))
	}, tokens, pad)
	if err != nil {
		t.Fatal(err)
	}
	all := out.Value().([][][]float32)
	for i := range all {
		all[i] = all[i][pad[i]:]
	}
	return all
}

func padLeft(rows [][]int32) (tokens [][]int32, pad []int32) {
	width := 0
	for _, row := range rows {
		width = max(width, len(row))
	}
	for _, row := range rows {
		missing := width - len(row)
		tokens = append(tokens, append(make([]int32, missing), row...))
		pad = append(pad, int32(missing))
	}
	return tokens, pad
}

// farthest is the greatest difference, relative to the greatest expected value.
func farthest(have, want []float32) float64 {
	difference, size := 0.0, 0.0
	for i := range want {
		difference = max(difference, math.Abs(float64(have[i])-float64(want[i])))
		size = max(size, math.Abs(float64(want[i])))
		if math.IsNaN(float64(have[i])) {
			return math.Inf(1)
		}
	}
	return difference / size
}

func TestLogitsEqualTransformers(t *testing.T) {
	for _, test := range goldens {
		t.Run(test.folder, func(t *testing.T) {
			policy := openPolicy(t, test.folder)
			rows, expected := readGoldens(t, test.folder)
			compareLogits(t, policy, rows, expected, "base.", true)
			if test.adapter {
				attachGolden(t, policy, test.folder)
				compareLogits(t, policy, rows, expected, "adapter.", true)
				compareLogits(t, policy, rows, expected, "base.", false)
			}
		})
	}
}

// compareLogits runs the rows one by one and all together, padded.
func compareLogits(t *testing.T, policy *Policy, rows []golden, expected *Safetensors, prefix string, adapter bool) {
	t.Helper()
	var together [][]int32
	for _, row := range rows {
		together = append(together, row.Tokens)
	}
	padded := logitsOf(t, policy, together, adapter)
	worst := 0.0
	for i, row := range rows {
		want, err := expected.Tensor(fmt.Sprintf("%s%d", prefix, i))
		if err != nil {
			t.Fatal(err)
		}
		alone := logitsOf(t, policy, [][]int32{row.Tokens}, adapter)[0]
		for j, column := range row.Columns {
			line := want.Value().([][]float32)[j]
			for how, have := range map[string][]float32{"alone": alone[column], "padded": padded[i][column]} {
				d := farthest(have, line)
				worst = max(worst, d)
				if d > 1e-4 {
					t.Errorf("%srow %d column %d (%s): logits are %g off, relative", prefix, i, column, how, d)
				}
			}
		}
	}
	t.Logf("%s*: at most %.1e off, relative", prefix, worst)
}

func TestAdapterOffIsBase(t *testing.T) {
	for _, test := range goldens {
		t.Run(test.folder, func(t *testing.T) {
			rows := randomRows(rand.New(rand.NewPCG(3, 0)), []int{5, 23})
			policy := openPolicy(t, test.folder)
			base := logitsOf(t, policy, rows, true)
			adapter, err := NewAdapter(policy.Config, 4, 8, nil, 7)
			if err != nil {
				t.Fatal(err)
			}
			fresh := map[string]*tensors.Tensor{}
			for name, tensor := range adapter.Weights {
				if fresh[name], err = tensor.LocalClone(); err != nil {
					t.Fatal(err)
				}
			}
			// A new adapter's B is zero: it changes nothing.
			if err := policy.Attach(adapter); err != nil {
				t.Fatal(err)
			}
			if !equalBits(base, logitsOf(t, policy, rows, true)) {
				t.Error("a new adapter changes the logits")
			}
			shake(fresh)
			if err := policy.Attach(&Adapter{Config: adapter.Config, Weights: fresh}); err != nil {
				t.Fatal(err)
			}
			if equalBits(base, logitsOf(t, policy, rows, true)) {
				t.Error("a trained adapter changes nothing")
			}
			if !equalBits(base, logitsOf(t, policy, rows, false)) {
				t.Error("adapter off is not the base model, bit for bit")
			}
			policy.Detach()
			if !equalBits(base, logitsOf(t, policy, rows, true)) {
				t.Error("after Detach it is not the base model, bit for bit")
			}
		})
	}
}

// shake gives an adapter's B random values.
func shake(weights map[string]*tensors.Tensor) {
	random := rand.New(rand.NewPCG(11, 0))
	for _, name := range sortedKeys(weights) {
		tensors.MustMutableFlatData(weights[name], func(flat []float32) {
			for i := range flat {
				flat[i] += float32(0.1 * random.NormFloat64())
			}
		})
	}
}

func equalBits(a, b [][][]float32) bool {
	return slices.EqualFunc(a, b, func(a, b [][]float32) bool {
		return slices.EqualFunc(a, b, func(a, b []float32) bool {
			return slices.EqualFunc(a, b, func(a, b float32) bool { return math.Float32bits(a) == math.Float32bits(b) })
		})
	})
}

func randomRows(random *rand.Rand, lengths []int) [][]int32 {
	var rows [][]int32
	for _, length := range lengths {
		row := make([]int32, length)
		for i := range row {
			row[i] = 3 + random.Int32N(90)
		}
		rows = append(rows, row)
	}
	return rows
}

func TestCachedEqualsUncached(t *testing.T) {
	const block, length = 40, 64 // the prompts' columns and the cache's slots
	for _, test := range goldens {
		t.Run(test.folder, func(t *testing.T) {
			random := rand.New(rand.NewPCG(5, 0))
			policy := openPolicy(t, test.folder)
			if test.adapter {
				attachGolden(t, policy, test.folder)
			}
			// Rows of a random prompt and 12 more tokens; the longest prompt fills the block.
			var lengths []int
			for range 3 {
				lengths = append(lengths, 1+random.IntN(block)+12)
			}
			rows := randomRows(random, append(lengths, block+12))
			want := logitsOf(t, policy, rows, true)
			have := cachedLogits(t, policy, rows, block, length)
			worst := 0.0
			for i := range want {
				for j := range want[i] {
					worst = max(worst, farthest(have[i][j], want[i][j]))
				}
			}
			if worst > 1e-5 {
				t.Errorf("cached decoding is %g off, relative", worst)
			}
		})
	}
}

// cachedLogits runs the first block columns at once and the others one by one.
func cachedLogits(t *testing.T, policy *Policy, rows [][]int32, block, length int) [][][]float32 {
	t.Helper()
	tokens, pad := padLeft(rows)
	run, err := vars.NewExec(policy.Engine, policy.Vars, func(_ *vars.Scope, inputs []*Node) []*Node {
		p := policy.Params(inputs[0].Graph(), true)
		hidden, next := policy.Config.Extend(p, inputs[0], inputs[1], inputs[2], inputs[3:])
		return append([]*Node{policy.Config.Logits(p, hidden)}, next...)
	})
	if err != nil {
		t.Fatal(err)
	}
	var cache []any
	for _, shape := range policy.Config.CacheShapes(len(rows), length) {
		cache = append(cache, tensors.FromShape(shape))
	}
	result := make([][][]float32, len(rows))
	for start := 0; start < len(tokens[0]); {
		stop := max(block, start+1)
		var columns [][]int32
		for _, row := range tokens {
			columns = append(columns, row[start:stop])
		}
		out, err := run.Exec(append([]any{columns, pad, int32(start)}, cache...)...)
		if err != nil {
			t.Fatal(err)
		}
		for i, row := range out[0].Value().([][][]float32) {
			result[i] = append(result[i], row...)
		}
		for i, tensor := range out[1:] {
			cache[i] = tensor
		}
		start = stop
	}
	for i := range result {
		result[i] = result[i][pad[i]:]
	}
	return result
}

// TestBidirectional changes a row's last token: a decoder's earlier columns stay as
// they are, a sentence encoder's all change; neither looks at padding.
func TestBidirectional(t *testing.T) {
	policy := openPolicy(t, "qwen3")
	config := *policy.Config
	for _, bidirectional := range []bool{false, true} {
		config.Bidirectional = bidirectional
		policy.Config = &config
		rows := randomRows(rand.New(rand.NewPCG(17, 0)), []int{9, 15})
		before := logitsOf(t, policy, rows, true)
		alone := logitsOf(t, policy, rows[:1], true)
		for column, want := range alone[0] {
			if d := farthest(before[0][column], want); d > 1e-5 {
				t.Errorf("bidirectional %v: padding changes column %d by %g", bidirectional, column, d)
			}
		}
		rows[0][8] = 2
		after := logitsOf(t, policy, rows, true)
		for column := range before[0][:8] {
			if same := slices.Equal(before[0][column], after[0][column]); same == bidirectional {
				t.Errorf("bidirectional %v: column %d unchanged is %v", bidirectional, column, same)
			}
		}
	}
}
