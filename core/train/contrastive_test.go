package train

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/dongyur/dongyur/core/encoder"
	"github.com/dongyur/dongyur/core/eval"
	"github.com/dongyur/dongyur/core/model"
)

// toyBitext is words whose spellings have nothing in common.
var toyBitext = []Pair{
	{"ཡིག་ཆ།", "file"}, {"ཁ་ཕྱེ།", "open"}, {"ཉར་ཚགས།", "save"}, {"བསུབ།", "delete"},
	{"འཚོལ།", "find"}, {"པར།", "print"}, {"གསར་པ།", "new"}, {"མིང་།", "name"},
}

func newEncoder(t *testing.T) *encoder.Encoder {
	t.Helper()
	policy := policyOf(t, &model.Config{
		ModelType: "qwen3", VocabSize: newTokenizer(t).VocabSize(), HiddenSize: 32, IntermediateSize: 32, Layers: 1,
		Heads: 2, KVHeads: 2, HeadDim: 16, MaxPositions: 64, RMSNormEps: 1e-6, RopeTheta: 10000,
		TieEmbeddings: true, InitializerRange: 0.2, Bidirectional: true,
	}, 8)
	e, err := encoder.New(policy, newTokenizer(t), 0)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestContrastiveLearnsBitext(t *testing.T) {
	e := newEncoder(t)
	optimizer := testOptimizer(0)
	optimizer.LearningRate = 1e-2
	// 6 is no power of two, to which batches are filled up.
	c, err := NewContrastive(e, toyBitext, ContrastiveConfig{Optimizer: optimizer, Steps: 60, Rows: 6, MaxTokens: 16, Temperature: 0.1, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Finalize()
	var losses []float64
	ctx, cancel := context.WithCancel(context.Background())
	reached, err := c.Run(ctx, 0, func(step int, update Update) error {
		if losses = append(losses, update.Loss); step == 30 {
			cancel()
		}
		return nil
	})
	if reached != 30 || !errors.Is(err, context.Canceled) {
		t.Fatalf("cancelled after step 30: step %d, %v", reached, err)
	}
	if reached, err = c.Run(context.Background(), reached, func(_ int, update Update) error {
		losses = append(losses, update.Loss)
		return nil
	}); err != nil || reached != 60 || len(losses) != 60 {
		t.Fatalf("step %d, %d losses, %v", reached, len(losses), err)
	}
	// An encoder that knows nothing guesses among the rows of a batch.
	if math.Abs(losses[0]-math.Log(6)) > 1.5 || losses[59] > 0.2 {
		t.Errorf("loss %g at first and %g at last", losses[0], losses[59])
	}
	var sources, references []string
	for _, pair := range toyBitext {
		sources, references = append(sources, pair.A), append(references, pair.B)
	}
	for name, sides := range map[string][2][]string{"bo→en": {sources, references}, "en→bo": {references, sources}} {
		if share, err := eval.Retrieval(e, sides[0], sides[1]); err != nil || share != 1 {
			t.Errorf("%s: retrieval %g, %v", name, share, err)
		}
	}
}

func TestContrastiveRefuses(t *testing.T) {
	for _, test := range []struct {
		rows int
		want string
	}{{9, "8 pairs for batches of 9"}, {1, "at least 2 pairs"}} {
		_, err := NewContrastive(newEncoder(t), toyBitext, ContrastiveConfig{Rows: test.rows})
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%d rows: error %v, want one with %q", test.rows, err, test.want)
		}
	}
}

// Pairs that share a side are no negatives of each other.
func TestContrastiveBatchMarksSharedSides(t *testing.T) {
	pairs := []Pair{{"ཀ", "a"}, {"ཀ", "b"}, {"ཁ", "b"}}
	c := &Contrastive{encoder: newEncoder(t), pairs: pairs, config: ContrastiveConfig{Rows: 8, MaxTokens: 8, Seed: 2}}
	same := c.batch(1)[4].(interface{ Value() any }).Value().([][]bool)
	shared := 0
	for i := range same {
		for j := range same[i] {
			if same[i][j] != same[j][i] || (i == j && same[i][j]) {
				t.Fatalf("row %d, column %d: the marks %v are not symmetric or mark the diagonal", i, j, same)
			}
			if same[i][j] {
				shared++
			}
		}
	}
	if shared == 0 {
		t.Error("eight draws from three pairs share no side")
	}
}
