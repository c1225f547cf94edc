package encoder

import (
	"bytes"
	"encoding/json"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"github.com/dongyur/dongyur/core/engine"
	"github.com/dongyur/dongyur/core/model"
	"github.com/dongyur/dongyur/core/token"
)

var testTexts = []string{
	"ཡིག་ཆ་ཁ་ཕྱེ།", "open the file", "", "a", "ཡིག་ཆ་ཉར་ཚགས་བྱེད་རོགས། ཡིག་ཆ་གཞན་བསུབ།", "保存文件",
	"save the file and delete the other file, please, before you close the window", "   ",
}

func newTokenizer(t *testing.T, size int) *token.Tokenizer {
	t.Helper()
	tok, err := token.Train(slices.Values(testTexts), token.TrainOptions{VocabSize: size})
	if err != nil {
		t.Fatal(err)
	}
	return tok
}

func openEngine(t *testing.T) compute.Backend {
	t.Helper()
	backend, err := engine.Open("go")
	if err != nil {
		t.Fatal(err)
	}
	return backend
}

func random(t *testing.T, vocabulary int, bidirectional bool) *model.Checkpoint {
	t.Helper()
	checkpoint, err := model.Random(&model.Config{
		ModelType: "qwen3", VocabSize: vocabulary, HiddenSize: 16, IntermediateSize: 24, Layers: 2,
		Heads: 2, KVHeads: 1, HeadDim: 8, MaxPositions: 40, RMSNormEps: 1e-6, RopeTheta: 10000,
		TieEmbeddings: true, InitializerRange: 0.3, Bidirectional: bidirectional,
	}, 2)
	if err != nil {
		t.Fatal(err)
	}
	return checkpoint
}

func newEncoder(t *testing.T, bidirectional bool) *Encoder {
	t.Helper()
	tok := newTokenizer(t, 280)
	policy, err := model.NewPolicy(openEngine(t), random(t, tok.VocabSize(), bidirectional))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(policy.Finalize)
	e, err := New(policy, tok, 0)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func embed(t *testing.T, e *Encoder, texts ...string) [][]float32 {
	t.Helper()
	rows, err := e.Embed(texts)
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

func farthest(a, b []float32) float64 {
	difference := 0.0
	for i := range a {
		difference = max(difference, math.Abs(float64(a[i])-float64(b[i])))
	}
	return difference
}

// A text's row has length 1 and is the same alone and in any company, in its place.
func TestEmbed(t *testing.T) {
	for name, bidirectional := range map[string]bool{"sentence encoder": true, "policy": false} {
		t.Run(name, func(t *testing.T) {
			e := newEncoder(t, bidirectional)
			// More texts than one batch holds.
			var texts []string
			for range 5 {
				texts = append(texts, testTexts...)
			}
			together := embed(t, e, texts...)
			if len(together) != len(texts) {
				t.Fatalf("%d rows for %d texts", len(together), len(texts))
			}
			for i, text := range texts {
				norm := 0.0
				for _, x := range together[i] {
					norm += float64(x) * float64(x)
				}
				if want := float64(min(1, len(text))); math.Abs(norm-want) > 1e-5 || len(together[i]) != e.Dim() {
					t.Errorf("%q: %d numbers of squared length %g, want %g", text, len(together[i]), norm, want)
				}
				if i >= len(testTexts) {
					continue
				}
				if d := farthest(embed(t, e, text)[0], together[i]); d > 1e-5 {
					t.Errorf("%q: alone it is %g away from what it is among others", text, d)
				}
				if d := farthest(together[i+len(testTexts)], together[i]); d > 1e-5 {
					t.Errorf("%q: its second place is %g away from its first", text, d)
				}
			}
			if rows := embed(t, e); len(rows) != 0 {
				t.Errorf("no texts give %d rows", len(rows))
			}
		})
	}
}

// Texts longer than the context are cut, not refused.
// Pooled before the final norm, a text of one token is that token's residual state, and
// of two tokens the longer one weighs more than its half.
func TestPoolBeforeNorm(t *testing.T) {
	e := newEncoder(t, true)
	normed := embed(t, e, "a", "open the file")
	other := newEncoder(t, true)
	other.Policy().Config.PoolBeforeNorm = true
	residual := embed(t, other, "a", "open the file")
	// The norm's weights are all 1, so it changes a single token's length alone.
	if d := farthest(normed[0], residual[0]); d > 1e-5 {
		t.Errorf("one token: %g apart", d)
	}
	if d := farthest(normed[1], residual[1]); d < 1e-3 {
		t.Errorf("several tokens: %g apart, though they differ in length", d)
	}
}

func TestEmbedCutsLongTexts(t *testing.T) {
	e := newEncoder(t, true)
	long := strings.Repeat("ཁ་ཕྱེ། ", 60)
	ids := e.Tokens(long)
	if len(ids) != e.policy.Config.MaxPositions {
		t.Fatalf("%d tokens, want the context's %d", len(ids), e.policy.Config.MaxPositions)
	}
	if d := farthest(embed(t, e, long)[0], embed(t, e, long+"ཉར།")[0]); d != 0 {
		t.Errorf("what is cut off moves the row by %g", d)
	}
}

// An adapter, and training of all weights, leave the policy's encoder as it was.
func TestEncoderIsFrozen(t *testing.T) {
	e := newEncoder(t, false)
	before := embed(t, e, testTexts[0])[0]
	if err := e.policy.KeepReference(); err != nil {
		t.Fatal(err)
	}
	for _, v := range e.policy.Trainable() {
		value, err := v.Value()
		if err != nil {
			t.Fatal(err)
		}
		flat, err := tensors.CopyFlatData[float32](value)
		if err != nil {
			t.Fatal(err)
		}
		for i := range flat {
			flat[i] += 0.5 * float32(i%3)
		}
		if err := v.SetValue(tensors.FromFlatDataAndDimensions(flat, v.Shape().Dimensions...)); err != nil {
			t.Fatal(err)
		}
	}
	if d := farthest(embed(t, e, testTexts[0])[0], before); d != 0 {
		t.Errorf("all weights moved, and the encoder by %g", d)
	}
}

func folder(t *testing.T, checkpoint *model.Checkpoint, tok *token.Tokenizer) fstest.MapFS {
	t.Helper()
	config, err := json.Marshal(checkpoint.Config)
	if err != nil {
		t.Fatal(err)
	}
	weights, vocabulary := &bytes.Buffer{}, &bytes.Buffer{}
	if err := model.WriteSafetensors(weights, checkpoint.Weights, nil, dtypes.Float32); err != nil {
		t.Fatal(err)
	}
	if err := tok.Save(vocabulary); err != nil {
		t.Fatal(err)
	}
	return fstest.MapFS{"config.json": {Data: config}, "model.safetensors": {Data: weights.Bytes()}, "tokenizer.json": {Data: vocabulary.Bytes()}}
}

func TestLoad(t *testing.T) {
	tok := newTokenizer(t, 280)
	good := folder(t, random(t, tok.VocabSize(), true), tok)
	loaded, err := Load(openEngine(t), good)
	if err != nil {
		t.Fatal(err)
	}
	defer loaded.Finalize()
	made := newEncoder(t, true)
	if d := farthest(embed(t, loaded, testTexts[1])[0], embed(t, made, testTexts[1])[0]); d != 0 {
		t.Errorf("an encoder read from its files is %g away from itself", d)
	}
	without := func(name string) fstest.MapFS {
		copied := fstest.MapFS{}
		for file, content := range good {
			if file != name {
				copied[file] = content
			}
		}
		return copied
	}
	for _, test := range []struct {
		name   string
		folder fstest.MapFS
		want   string
	}{
		{"no config", without("config.json"), "config.json"},
		{"no weights", without("model.safetensors"), "model.safetensors"},
		{"no tokenizer", without("tokenizer.json"), "tokenizer.json"},
		{"a tokenizer larger than the vocabulary", folder(t, random(t, tok.VocabSize()-1, true), tok), "do not belong together"},
	} {
		_, err := Load(openEngine(t), test.folder)
		if err == nil || !strings.HasPrefix(err.Error(), "load encoder: ") || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: error %v, want one with %q", test.name, err, test.want)
		}
	}
}

// infoNCE is Contrastive in float64, by van den Oord's formula.
func infoNCE(a, b [][]float32, same [][]bool, temperature float64) float64 {
	score := func(i, j int) float64 {
		sum := 0.0
		for k := range a[i] {
			sum += float64(a[i][k]) * float64(b[j][k])
		}
		return sum / temperature
	}
	loss := 0.0
	for i := range a {
		row, column := 0.0, 0.0
		for j := range a {
			if !same[i][j] {
				row += math.Exp(score(i, j))
			}
			if !same[j][i] {
				column += math.Exp(score(j, i))
			}
		}
		loss -= 2*score(i, i) - math.Log(row) - math.Log(column)
	}
	return loss / float64(2*len(a))
}

func TestContrastiveEqualsFormula(t *testing.T) {
	source := rand.New(rand.NewPCG(1, 2))
	rows := func() [][]float32 {
		list := make([][]float32, 5)
		for i := range list {
			list[i] = make([]float32, 4)
			norm := 0.0
			for k := range list[i] {
				list[i][k] = float32(source.NormFloat64())
				norm += float64(list[i][k]) * float64(list[i][k])
			}
			for k := range list[i] {
				list[i][k] /= float32(math.Sqrt(norm))
			}
		}
		return list
	}
	a, b := rows(), rows()
	none, some := make([][]bool, 5), make([][]bool, 5)
	for i := range none {
		none[i], some[i] = make([]bool, 5), make([]bool, 5)
	}
	some[0][3], some[3][0], some[1][2], some[2][1] = true, true, true, true
	losses := map[string]float64{}
	for name, same := range map[string][][]bool{"every other row is a negative": none, "some say the same": some} {
		for _, temperature := range []float64{1, 0.05} {
			outputs, err := ExecOnce(openEngine(t), func(a, b, same *Node) *Node { return Contrastive(a, b, same, nil, temperature) }, a, b, same)
			if err != nil {
				t.Fatal(err)
			}
			have, want := float64(tensors.ToScalar[float32](outputs)), infoNCE(a, b, same, temperature)
			if math.Abs(have-want) > 1e-5*max(1, want) {
				t.Errorf("%s at %g: loss %g, want %g", name, temperature, have, want)
			}
			losses[name] += have
		}
	}
	if losses["some say the same"] >= losses["every other row is a negative"] {
		t.Errorf("fewer negatives make it no easier: %v", losses)
	}
}
