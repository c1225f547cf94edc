package train

import (
	"context"
	"errors"
	"math"
	"slices"
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

var toySources = []PairSource{{Name: "toy", Weight: 1, Pairs: toyBitext}}

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
	c, err := NewContrastive(e, toySources, ContrastiveConfig{Optimizer: optimizer, Steps: 60, Rows: 6, MaxTokens: 16, Temperature: 0.1, Seed: 1})
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
		if share, err := eval.Retrieval(e, sides[0], sides[1], nil); err != nil || share != 1 {
			t.Errorf("%s: retrieval %g, %v", name, share, err)
		}
	}
}

func TestContrastiveRefuses(t *testing.T) {
	for _, test := range []struct {
		rows int
		want string
	}{{9, "8 pairs for batches of 9"}, {1, "at least 2 pairs"}} {
		_, err := NewContrastive(newEncoder(t), toySources, ContrastiveConfig{Rows: test.rows})
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%d rows: error %v, want one with %q", test.rows, err, test.want)
		}
	}
}

// Pairs that share a side are no negatives of each other.
func TestContrastiveBatchMarksSharedSides(t *testing.T) {
	pairs := []Pair{{"ཀ", "a"}, {"ཀ", "b"}, {"ཁ", "b"}}
	c := &Contrastive{encoder: newEncoder(t), sources: []PairSource{{Name: "toy", Weight: 1, Pairs: pairs}}, config: ContrastiveConfig{Rows: 8, MaxTokens: 8, Seed: 2}}
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

// Rows come from the sources by their weights, and hard negatives follow their pair.
func TestContrastiveDraws(t *testing.T) {
	menu := []Pair{{"open the file", "a"}, {"open the folder", "b"}, {"close all", "c"}, {"open the file", "d"}, {"go", "e"}}
	sources := []PairSource{{Name: "menu", Weight: 1, Pairs: menu}, {Name: "words", Weight: 3, Pairs: []Pair{{"x", "1"}, {"y", "2"}}}}
	c, err := NewContrastive(newEncoder(t), sources, ContrastiveConfig{Rows: 7, MaxTokens: 8, Hard: 1, Seed: 4, Optimizer: testOptimizer(0)})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Finalize()
	words, followed := 0, 0
	for step := range 200 {
		drawn, _ := c.draw(step)
		if len(drawn) != 7 {
			t.Fatalf("step %d has %d rows", step, len(drawn))
		}
		for i, pair := range drawn {
			switch {
			case pair.A == "x" || pair.A == "y":
				words++
			case pair.B == "a" && i < 6 && drawn[i+1].B == "b":
				followed++
			}
		}
	}
	// Of the pairs of the menu three in five bring another one along: 3 : 1 becomes 3 : 1.6.
	if share := float64(words) / 1400; share < 0.58 || share > 0.72 {
		t.Errorf("words are %.3f of the rows, want about 0.65", share)
	}
	if followed == 0 {
		t.Error("no pair is followed by the one most like it")
	}
	for i, want := range map[int][]int{0: {1}, 1: {0, 3}, 2: nil, 4: nil} {
		if got := c.like[0].nearest(i, 2); !slices.Equal(got, want) {
			t.Errorf("most like %q: %v, want %v", menu[i].A, got, want)
		}
	}
}

func TestClauses(t *testing.T) {
	for text, want := range map[string][]string{
		"དེ་རིང་ནམ་མཁའ་སྔོན་པོ་རེད།  ཡག་པོ། ཁ་སང་ཆར་པ་བབས་སོང་།": {"དེ་རིང་ནམ་མཁའ་སྔོན་པོ་རེད", "ཁ་སང་ཆར་པ་བབས་སོང་"},
		"我们今天去学校。好！他昨天没有来。": {"我们今天去学校", "他昨天没有来"},
		"": nil,
	} {
		if got := clauses(text, "bo"); !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

// With wrong versions an encoder learns to see order, which the same one does not
// learn from other rows alone.
func TestWrongVersionsTeachOrder(t *testing.T) {
	var pairs []Pair
	words := []string{"file", "open", "save", "name", "print"}
	glyphs := []string{"ཡིག", "ཁ", "ཉར", "མིང", "པར"}
	for i := range words {
		for j := range i { // the exchange of a pair is no pair
			pairs = append(pairs, Pair{glyphs[i] + "་" + glyphs[j] + "།", words[i] + " " + words[j]})
		}
	}
	share := func(wrong int) float64 {
		e := newEncoder(t)
		optimizer := testOptimizer(0)
		optimizer.LearningRate = 1e-2
		c, err := NewContrastive(e, []PairSource{{Name: "order", Weight: 1, Pairs: pairs}},
			ContrastiveConfig{Optimizer: optimizer, Steps: 120, Rows: 8, MaxTokens: 16, Temperature: 0.1, Wrong: wrong, Seed: 1})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Finalize()
		if _, err := c.Run(t.Context(), 0, func(int, Update) error { return nil }); err != nil {
			t.Fatal(err)
		}
		var texts []string
		for _, p := range pairs {
			a, b, _ := strings.Cut(p.B, " ")
			texts = append(texts, p.A, p.B, b+" "+a)
		}
		rows, err := e.Embed(texts)
		if err != nil {
			t.Fatal(err)
		}
		told := 0
		for i := 0; i < len(rows); i += 3 {
			if eval.Cosine(rows[i], rows[i+1]) > eval.Cosine(rows[i], rows[i+2])+0.1 {
				told++
			}
		}
		return float64(told) / float64(len(pairs))
	}
	if with, without := share(1), share(0); with < 0.95 || with <= without {
		t.Errorf("%.2f of the pairs are told from their exchange with wrong versions, %.2f without", with, without)
	}
}
