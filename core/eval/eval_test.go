package eval

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	vars "github.com/gomlx/gomlx/ml/model"

	"github.com/dongyur/dongyur/core/engine"
	"github.com/dongyur/dongyur/core/metric"
	"github.com/dongyur/dongyur/core/model"
	"github.com/dongyur/dongyur/core/protocol"
	"github.com/dongyur/dongyur/core/task"
	"github.com/dongyur/dongyur/core/token"
)

// table is an encoder that looks rows up; others are zero.
type table map[string][]float32

func (e table) Embed(texts []string) ([][]float32, error) {
	rows := make([][]float32, len(texts))
	for i, text := range texts {
		if text == "broken" {
			return nil, errors.New("no row for broken")
		}
		if rows[i] = e[text]; rows[i] == nil {
			rows[i] = []float32{0, 0}
		}
	}
	return rows, nil
}

var judge = table{"east": {1, 0}, "north": {0, 1}, "northeast": {0.8, 0.6}, "ཤར": {1, 0}, "བྱང": {0, 1}, "west": {-1, 0}}

func TestRetrieval(t *testing.T) {
	for _, test := range []struct {
		name                string
		sources, references []string
		decoys              []string
		want                float64
	}{
		{"all", []string{"ཤར", "བྱང"}, []string{"east", "north"}, nil, 1},
		{"none", []string{"ཤར", "བྱང"}, []string{"north", "east"}, nil, 0},
		{"half", []string{"ཤར", "northeast"}, []string{"east", "north"}, nil, 0.5},
		{"a decoy", []string{"northeast", "བྱང"}, []string{"north", "north"}, []string{"east"}, 0.5},
		{"equal references", []string{"ཤར", "ཤར"}, []string{"east", "east"}, nil, 1},
	} {
		if have, err := Retrieval(judge, test.sources, test.references, test.decoys); err != nil || have != test.want {
			t.Errorf("%s: %g, %v, want %g", test.name, have, err, test.want)
		}
	}
	for name, sides := range map[string][2][]string{
		"nothing":          {nil, nil},
		"unequal sides":    {{"ཤར"}, {"east", "north"}},
		"a broken encoder": {{"broken"}, {"east"}},
	} {
		if _, err := Retrieval(judge, sides[0], sides[1], nil); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

var examples = []task.Example{
	{ID: "1", Source: "ཤར", Reference: "east", TargetLang: "en"},
	{ID: "2", Source: "བྱང", Reference: "north", TargetLang: "en"},
	{ID: "3", Source: "ཤར", TargetLang: "en"}, // compared with its source
}

func measure(t *testing.T, texts ...string) *Outputs {
	t.Helper()
	o, err := Measure(judge, examples, texts)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func TestMeasure(t *testing.T) {
	o := measure(t, "northeast", "north", "west")
	for i, want := range []float64{0.8, 1, -1} {
		if have := o.Line(i)[Similarity]; math.Abs(have-want) > 1e-6 {
			t.Errorf("line %d: similarity %g, want %g", i, have, want)
		}
	}
	if _, ok := o.Line(2)[ChrF]; ok {
		t.Error("a line without a reference has chrF")
	}
	if have := o.Line(1)[ChrF]; math.Abs(have-100) > 1e-9 {
		t.Errorf("an output equal to its reference has chrF %g", have)
	}
	scores, err := o.Scores("table")
	if err != nil {
		t.Fatal(err)
	}
	names := []string{Similarity}
	for _, m := range metric.ForLanguage("en") {
		names = append(names, m.Name())
	}
	for i, s := range scores {
		if s.Name != names[i] || s.Signature == "" || s.Low > s.Value || s.High < s.Value {
			t.Errorf("score %d is %+v, want %s within its interval", i, s, names[i])
		}
	}
	if len(scores) != len(names) || math.Abs(scores[0].Value-0.8/3) > 1e-6 || !strings.Contains(scores[0].Signature, "table") {
		t.Errorf("scores %+v", scores)
	}
	for name, texts := range map[string][]string{"too few outputs": {"east"}, "a broken encoder": {"broken", "", ""}} {
		if _, err := Measure(judge, examples, texts); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if _, err := Measure(judge, nil, nil); err == nil || !strings.Contains(err.Error(), "at least one") {
		t.Errorf("no examples: %v", err)
	}
}

func TestChange(t *testing.T) {
	worse, better := measure(t, "west", "west", "west"), measure(t, "east", "north", "east")
	for _, test := range []struct {
		name          string
		before, after *Outputs
		sign          float64
	}{{"better", worse, better, 1}, {"worse", better, worse, -1}, {"the same", better, better, 0}} {
		changes, err := Change(test.before, test.after, "table")
		if err != nil {
			t.Fatal(err)
		}
		if len(changes) != 1+len(metric.ForLanguage("en")) {
			t.Fatalf("%d changes", len(changes))
		}
		for _, c := range changes[:2] { // similarity and chrF
			if c.Value*test.sign < 0 || (test.sign == 0) != (c.Value == 0) || c.Low > c.Value || c.High < c.Value {
				t.Errorf("%s: %+v", test.name, c)
			}
		}
		// By hand: east, north and its source are each met, and west is -1, 0 and -1 from them.
		if want := test.sign * (3.0 - -2.0) / 3; math.Abs(changes[0].Value-want) > 1e-6 {
			t.Errorf("%s: similarity changed by %g, want %g", test.name, changes[0].Value, want)
		}
	}
}

func newPolicy(t *testing.T) (*model.Policy, *token.Tokenizer) {
	t.Helper()
	tok, err := token.Train(slices.Values([]string{"open the file", "ཡིག་ཆ་ཁ་ཕྱེ།"}), token.TrainOptions{VocabSize: 270})
	if err != nil {
		t.Fatal(err)
	}
	checkpoint, err := model.Random(&model.Config{
		ModelType: "qwen3", VocabSize: tok.VocabSize(), HiddenSize: 8, IntermediateSize: 8, Layers: 1,
		Heads: 1, KVHeads: 1, HeadDim: 8, MaxPositions: 256, RMSNormEps: 1e-6, RopeTheta: 10000, TieEmbeddings: true, InitializerRange: 0.5,
	}, 1)
	if err != nil {
		t.Fatal(err)
	}
	backend, err := engine.Open("go")
	if err != nil {
		t.Fatal(err)
	}
	policy, err := model.NewPolicy(backend, checkpoint)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(policy.Finalize)
	return policy, tok
}

// directNLL is the packed loss in float64 from the logits of whole rows.
func directNLL(t *testing.T, policy *model.Policy, rows [][]int32) float64 {
	t.Helper()
	out, err := vars.CallOnce(policy.Engine, policy.Vars, func(_ *vars.Scope, tokens *Node) *Node {
		p := policy.Params(tokens.Graph(), true)
		pad := ZerosLike(Reshape(Slice(tokens, AxisRange(), AxisRange(0, 1)), -1))
		return policy.Config.Logits(p, policy.Config.Hidden(p, tokens, pad))
	}, rows)
	if err != nil {
		t.Fatal(err)
	}
	sum, count := 0.0, 0
	for i, logits := range out.Value().([][][]float32) {
		for j := range len(rows[i]) - 1 {
			total := 0.0
			for _, x := range logits[j] {
				total += math.Exp(float64(x))
			}
			sum += math.Log(total) - float64(logits[j][rows[i][j+1]])
			count++
		}
	}
	return sum / float64(count)
}

func TestTaxEqualsDirectLoss(t *testing.T) {
	policy, tok := newPolicy(t)
	text := strings.Repeat("open the file ཡིག་ཆ་ཁ་ཕྱེ། ", 40)
	tax, err := NewTax(policy, tok, map[string][]string{"en": {text, text, text}})
	if err != nil {
		t.Fatal(err)
	}
	defer tax.Finalize()
	nll, err := tax.NLL(true)
	if err != nil {
		t.Fatal(err)
	}
	var ids []int32
	end, _ := tok.ID(token.EndOfText)
	for range 3 {
		for _, id := range tok.EncodeOrdinary(text) {
			ids = append(ids, int32(id))
		}
		ids = append(ids, int32(end))
	}
	blocks := len(ids) / (taxRows * (taxTime + 1))
	want := 0.0
	for b := range blocks {
		rows := make([][]int32, taxRows)
		for i := range rows {
			start := (b*taxRows + i) * (taxTime + 1)
			rows[i] = ids[start : start+taxTime+1]
		}
		want += directNLL(t, policy, rows) / float64(blocks)
	}
	if have := nll["en"]; math.Abs(have-want) > 1e-5*want {
		t.Errorf("%d blocks: %g nats a token, directly %g", blocks, have, want)
	}
	if base, err := tax.NLL(false); err != nil || base["en"] != nll["en"] {
		t.Errorf("without an adapter the base model has %g, %v", base["en"], err)
	}
}

// Drift is each row's loss now less its loss at the first call.
func TestDriftEqualsDirectLoss(t *testing.T) {
	policy, tok := newPolicy(t)
	if err := policy.KeepReference(); err != nil {
		t.Fatal(err)
	}
	text := strings.Repeat("open the file ཡིག་ཆ་ཁ་ཕྱེ། ", 90)
	tax, err := NewTax(policy, tok, map[string][]string{"en": {text}})
	if err != nil {
		t.Fatal(err)
	}
	defer tax.Finalize()
	if _, drift, err := tax.Drift(); err != nil || drift["en"] != (protocol.Drift{}) {
		t.Fatalf("before any change the drift is %v, %v", drift, err)
	}
	var rows [][]int32
	for _, block := range tax.rows["en"] {
		rows = append(rows, block.Value().([][]int32)...)
	}
	before := make([]float64, len(rows))
	for i := range rows {
		before[i] = directNLL(t, policy, rows[i:i+1])
	}
	embedding := policy.Vars.GetVariable("/base/model.embed_tokens.weight")
	value, err := embedding.Value()
	if err != nil {
		t.Fatal(err)
	}
	flat, err := tensors.CopyFlatData[float32](value)
	if err != nil {
		t.Fatal(err)
	}
	for i := range flat {
		flat[i] *= 1 + 0.5*float32(i%3)
	}
	if err := embedding.SetValue(tensors.FromFlatDataAndDimensions(flat, value.Shape().Dimensions...)); err != nil {
		t.Fatal(err)
	}
	moved := make([]float64, len(rows))
	for i := range rows {
		moved[i] = directNLL(t, policy, rows[i:i+1]) - before[i]
	}
	nll, drift, err := tax.Drift()
	if err != nil {
		t.Fatal(err)
	}
	want := protocol.Drift{Mean: mean(moved), P90: percentile(moved, 0.9)}
	if have := drift["en"]; math.Abs(have.Mean-want.Mean) > 1e-5 || math.Abs(have.P90-want.P90) > 1e-5 || want.Mean == 0 {
		t.Errorf("drift %+v, directly %+v", have, want)
	}
	if have := nll["en"] - mean(before); math.Abs(have-want.Mean) > 1e-5 {
		t.Errorf("the loss rose by %g, directly by %g", have, want.Mean)
	}
}

func TestTaxRefuses(t *testing.T) {
	policy, tok := newPolicy(t)
	for _, test := range []struct {
		texts map[string][]string
		want  string
	}{{nil, "no texts"}, {map[string][]string{"en": {"too short"}}, "en texts have"}} {
		if _, err := NewTax(policy, tok, test.texts); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%v: error %v, want one with %q", test.texts, err, test.want)
		}
	}
}
