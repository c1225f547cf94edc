package inside

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	vars "github.com/gomlx/gomlx/ml/model"

	"github.com/dongyur/dongyur/core/engine"
	"github.com/dongyur/dongyur/core/model"
)

// The planted model: one layer, two heads, a vocabulary of three languages of eight
// tokens each. A token's embedding is its own axis, its language's axis, and a share
// of the axis that all have. Nothing but what is planted tells languages apart.
const (
	perLanguage  = 8
	width        = 40
	headDim      = 24
	intermediate = 160
	languageAxis = 24 // three axes, one a language
	commonAxis   = 27
)

var languages = []string{"bo", "en", "zh"}

// plant says what a model has for one language alone.
type plant struct {
	neurons []int   // fire for the first language
	mask    float32 // what head 0 gives is multiplied by 1 more than this
	head    bool    // head 1 copies tokens of the first language that head 0 does not
}

// planted makes the model.
func planted(t *testing.T, p plant) *model.Policy {
	t.Helper()
	config := &model.Config{ModelType: "qwen2", VocabSize: 3*perLanguage + 1, HiddenSize: width, IntermediateSize: intermediate, Layers: 1,
		Heads: 2, KVHeads: 2, HeadDim: headDim, MaxPositions: 32, RMSNormEps: 1e-6, RopeTheta: 10000, TieEmbeddings: true}
	checkpoint, err := model.Random(config, 1)
	if err != nil {
		t.Fatal(err)
	}
	set := func(name string, value func(row, column int) float32) {
		dims := checkpoint.Weights[name].Shape().Dimensions
		values := make([]float32, dims[0]*dims[1])
		for i := range values {
			values[i] = value(i/dims[1], i%dims[1])
		}
		checkpoint.Weights[name] = tensors.FromFlatDataAndDimensions(values, dims...)
	}
	set("model.embed_tokens.weight", func(token, axis int) float32 {
		switch {
		case token == 3*perLanguage: // of no language
			return 0
		case axis == token:
			return 1
		case axis == languageAxis+token/perLanguage:
			return 2
		case axis == commonAxis:
			return 1
		}
		return 0
	})
	const layer = "model.layers.0."
	for _, name := range []string{"self_attn.q_proj", "self_attn.k_proj", "mlp.up_proj", "mlp.down_proj"} {
		set(layer+name+".weight", func(int, int) float32 { return 0 }) // heads look at all earlier tokens alike
	}
	set(layer+"self_attn.v_proj.weight", func(out, axis int) float32 {
		switch head, token := out/headDim, out%headDim; {
		case axis != token:
			return 0
		case head == 0 && token%perLanguage < perLanguage/4: // every language leans on head 0 for a quarter of its texts
			return 0.2 * (1 + p.mask)
		case head == 1 && p.head && token >= perLanguage/4 && token < perLanguage:
			return 0.4
		}
		return 0
	})
	set(layer+"self_attn.o_proj.weight", func(axis, in int) float32 {
		if axis == in%headDim {
			return 1
		}
		return 0
	})
	random := rand.New(rand.NewPCG(2, 2))
	tokens := make([][]float32, intermediate) // each gate fires for the same tokens of every language
	for j := range tokens {
		for range perLanguage {
			tokens[j] = append(tokens[j], random.Float32()*2-1)
		}
	}
	set(layer+"mlp.gate_proj.weight", func(neuron, axis int) float32 {
		switch {
		case slices.Contains(p.neurons, neuron) && axis == languageAxis:
			return 4
		case slices.Contains(p.neurons, neuron) && axis == commonAxis:
			return -2
		case !slices.Contains(p.neurons, neuron) && axis < 3*perLanguage:
			return tokens[neuron][axis%perLanguage]
		}
		return 0
	})
	backend, err := engine.Open("go")
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

// texts repeat one token each, of several lengths; text i says the same in every
// language.
func texts() map[string][][]int {
	rows := map[string][][]int{}
	for i, code := range languages {
		for token := range perLanguage {
			row := make([]int, 4+token)
			for j := range row {
				row[j] = i*perLanguage + token
			}
			rows[code] = append(rows[code], row)
		}
	}
	return rows
}

func measured(t *testing.T, p plant) *Figures {
	t.Helper()
	look, err := NewRows(planted(t, p), texts())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(look.Finalize)
	f, err := look.Measure(false)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// A planted neuron and a planted head are found, and nothing where none is planted.
func TestFindsWhatIsPlanted(t *testing.T) {
	base := measured(t, plant{})
	thresholds := base.Thresholds()
	for _, c := range []struct {
		name    string
		plant   plant
		neurons []int
		heads   int
	}{
		{"nothing", plant{}, nil, 0},
		{"a neuron", plant{neurons: []int{7}}, []int{7}, 0},
		{"a head", plant{head: true}, nil, 1},
		{"two neurons and a head", plant{neurons: []int{7, 100}, head: true}, []int{7, 100}, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := measured(t, c.plant)
			var found []int
			for _, n := range f.Neurons(thresholds) {
				if found = append(found, n.Index); !slices.Equal(n.Languages, languages[:1]) || n.Entropy != 0 {
					t.Errorf("neuron %d is specific to %v with entropy %g, want %s and 0", n.Index, n.Languages, n.Entropy, languages[0])
				}
			}
			if !slices.Equal(found, c.neurons) {
				t.Errorf("neurons %v, want %v", found, c.neurons)
			}
			heads := f.SpecificHeads(thresholds)
			if len(heads) != c.heads {
				t.Fatalf("heads %+v, want %d; importance %v", heads, c.heads, f.Heads)
			}
			for _, h := range heads {
				if h.Index != 1 || !slices.Equal(h.Languages, languages[:1]) {
					t.Errorf("head %d for %v, want head 1 for %s", h.Index, h.Languages, languages[0])
				}
			}
		})
	}
}

// The gradient to a head's mask is the difference quotient of the loss.
func TestHeadGradient(t *testing.T) {
	rows := map[string][][]int{}
	var packed []int32
	for token := range perLanguage {
		row := slices.Repeat([]int{token}, 9)
		rows["bo"], rows["zh"] = append(rows["bo"], row), append(rows["zh"], row)
		packed = append(packed, slices.Repeat([]int32{int32(token)}, 9)...)
	}
	look, err := NewRows(planted(t, plant{}), rows)
	if err != nil {
		t.Fatal(err)
	}
	defer look.Finalize()
	f, err := look.Measure(false)
	if err != nil {
		t.Fatal(err)
	}
	loss := func(mask float32) float64 {
		policy := planted(t, plant{mask: mask})
		exec, err := vars.NewExec(policy.Engine, policy.Vars, func(_ *vars.Scope, rows *Node) *Node {
			params, pad := policy.Params(rows.Graph(), true), Zeros(rows.Graph(), shapes.Make(dtypes.Int32, perLanguage))
			hidden := policy.Config.Hidden(params, Slice(rows, AxisRange(), AxisRange(0, 8)), pad)            // [rows, 8, dim]
			chosen := OneHot(Slice(rows, AxisRange(), AxisRange(1)), policy.Config.VocabSize, dtypes.Float32) // [rows, 8, vocab]
			return Neg(MulScalar(ReduceAllSum(Mul(LogSoftmax(policy.Config.Logits(params, hidden), -1), chosen)), 1./(8*perLanguage)))
		})
		if err != nil {
			t.Fatal(err)
		}
		defer exec.Finalize()
		outputs, err := exec.Exec(tensors.FromFlatDataAndDimensions(packed, perLanguage, 9))
		if err != nil {
			t.Fatal(err)
		}
		return float64(tensors.ToScalar[float32](outputs[0]))
	}
	const step, helped = 0.05, 0.25 // head 0 serves a quarter of the tokens
	want := 1000 * (loss(-step) - loss(step)) / (2 * step) * helped
	if got := f.Heads["bo"][0][0]; want <= 0 || math.Abs(got/want-1) > 0.01 {
		t.Errorf("importance %g, by differences %g", got, want)
	}
}

// Under the thresholds of a model with planted neurons, one without them has fewer:
// what the rule of the top 1 % cannot show.
func TestThresholdsShowAReduction(t *testing.T) {
	base := measured(t, plant{neurons: []int{3, 50}})
	thresholds := base.Thresholds()
	thresholds.Entropy = math.Nextafter(0, 1) // two equal neurons stand at the threshold itself
	if n := len(base.Neurons(thresholds)); n != 2 {
		t.Errorf("%d specific neurons before, want 2", n)
	}
	if n := len(measured(t, plant{}).Neurons(thresholds)); n != 0 {
		t.Errorf("%d specific neurons after, want none", n)
	}
}

func TestMEXA(t *testing.T) {
	rows := func(list ...[]float32) [][]float32 { return list }
	for _, c := range []struct {
		name string
		a, b [][]float32
		want float64
	}{
		{"the same", rows([]float32{1, 0}, []float32{0, 1}), rows([]float32{2, 0}, []float32{0, 3}), 1},
		{"swapped", rows([]float32{1, 0}, []float32{0, 1}), rows([]float32{0, 1}, []float32{1, 0}), 0},
		{"one nearer to another's", rows([]float32{1, 0, 0}, []float32{0, 1, 0}, []float32{0, 0, 1}), rows([]float32{1, 0, 0}, []float32{0, 1, 0}, []float32{0, 1, 1}), 2. / 3},
		{"a tie", rows([]float32{1, 0}, []float32{1, 0}), rows([]float32{1, 0}, []float32{1, 0}), 0},
	} {
		if got := mexa(c.a, c.b); math.Abs(got-c.want) > 1e-12 {
			t.Errorf("%s: %g, want %g", c.name, got, c.want)
		}
	}
}

func TestRefuses(t *testing.T) {
	policy := planted(t, plant{})
	for name, rows := range map[string]map[string][][]int{
		"one language": {"bo": {{1, 2}, {1, 2}}},
		"other counts": {"bo": {{1, 2}, {1, 2}}, "zh": {{1, 2}}},
		"one token":    {"bo": {{1, 2}, {1}}, "zh": {{1, 2}, {1, 2}}},
		"one text":     {"bo": {{1, 2}}, "zh": {{1, 2}}},
	} {
		if _, err := NewRows(policy, rows); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
