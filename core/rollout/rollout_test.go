package rollout

import (
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	vars "github.com/gomlx/gomlx/ml/model"

	"github.com/dongyur/dongyur/core/engine"
	"github.com/dongyur/dongyur/core/model"
	"github.com/dongyur/dongyur/core/task"
	"github.com/dongyur/dongyur/core/token"
)

var trainingText = []string{
	"translate bo zh en headline",
	"ཡིག་ཆ་ཁ་ཕྱེ། ཡིག་ཆ་ཉར་ཚགས། ཡིག་ཆ་བསུབ་པ།",
	"打开文件，保存文件，删除文件。",
	"Open the file, save the file, delete the file.",
	"a cat 🐈 and a dog 🐕",
}

func testTokenizer(t testing.TB) *token.Tokenizer {
	t.Helper()
	tok, err := token.Train(slices.Values(trainingText), token.TrainOptions{VocabSize: 320})
	if err != nil {
		t.Fatal(err)
	}
	return tok
}

// testPolicy is a random model of two layers with grouped queries. Weights are
// wide enough that greedy tokens are far from ties.
func testPolicy(t testing.TB, tok *token.Tokenizer) *model.Policy {
	t.Helper()
	checkpoint, err := model.Random(&model.Config{
		ModelType: "qwen3", VocabSize: tok.VocabSize(), HiddenSize: 32, IntermediateSize: 48, Layers: 2,
		Heads: 4, KVHeads: 2, HeadDim: 8, MaxPositions: 128, RMSNormEps: 1e-6, RopeTheta: 10000,
		TieEmbeddings: true, InitializerRange: 0.5,
	}, 7)
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
	return policy
}

func testPrompts(t testing.TB, tok *token.Tokenizer) [][]int {
	t.Helper()
	var prompts [][]int
	for _, source := range []string{"a", "Open the file, save the file", "ཡིག་ཆ་ཁ་ཕྱེ།", "a cat 🐈"} {
		prompt, err := Prompt(tok, task.Example{Task: "translate", Source: source, SourceLang: "en", TargetLang: "bo"})
		if err != nil {
			t.Fatal(err)
		}
		prompts = append(prompts, prompt)
	}
	return prompts
}

func mustRun(t testing.TB, s *Sampler, prompts [][]int, count int, sampling task.Sampling) []Completion {
	t.Helper()
	completions, err := s.Run(context.Background(), prompts, count, sampling, true, nil)
	if err != nil {
		t.Fatal(err)
	}
	return completions
}

func tokensOf(completions []Completion) [][]int {
	var list [][]int
	for _, c := range completions {
		list = append(list, c.Tokens)
	}
	return list
}

func equalTokens(a, b [][]int) bool {
	return slices.EqualFunc(a, b, func(a, b []int) bool { return slices.Equal(a, b) })
}

func TestSameSeedSameTokensInAnyBatch(t *testing.T) {
	tok := testTokenizer(t)
	policy := testPolicy(t, tok)
	prompts := testPrompts(t, tok)
	sampling := task.Sampling{Temperature: 1.2, TopP: 0.95, MaxTokens: 20, Seed: 1 << 40}
	want := mustRun(t, New(policy, tok, Options{}), prompts, 3, sampling)
	if len(want) != len(prompts)*3 {
		t.Fatalf("%d completions, want %d", len(want), len(prompts)*3)
	}
	for i, c := range want {
		if c.Prompt != i/3 || c.Index != i%3 {
			t.Errorf("completion %d is of prompt %d, index %d", i, c.Prompt, c.Index)
		}
	}
	for name, opt := range map[string]Options{
		"again":              {},
		"a group at a time":  {MaxRows: 3},
		"two of four groups": {MaxRows: 7},
		"read every fifth":   {ReadEvery: 5},
		"read at the end":    {ReadEvery: 1000, MaxRows: 9},
	} {
		if got := mustRun(t, New(policy, tok, opt), prompts, 3, sampling); !equalTokens(tokensOf(got), tokensOf(want)) {
			t.Errorf("%s: other tokens", name)
		}
	}
	// Prompts by themselves, in another order, under their own sequence numbers.
	for i := len(prompts) - 1; i >= 0; i-- {
		got := mustRun(t, New(policy, tok, Options{FirstSequence: uint32(3 * i)}), prompts[i:i+1], 3, sampling)
		if !equalTokens(tokensOf(got), tokensOf(want[3*i:3*i+3])) {
			t.Errorf("prompt %d alone: other tokens", i)
		}
	}
	for name, change := range map[string]func(s *task.Sampling, o *Options){
		"another seed":            func(s *task.Sampling, o *Options) { s.Seed++ },
		"another half of it":      func(s *task.Sampling, o *Options) { s.Seed = 2 << 40 },
		"another sequence number": func(s *task.Sampling, o *Options) { o.FirstSequence = 100 },
	} {
		other, opt := sampling, Options{}
		change(&other, &opt)
		if got := mustRun(t, New(policy, tok, opt), prompts, 3, other); equalTokens(tokensOf(got), tokensOf(want)) {
			t.Errorf("%s gives the same tokens", name)
		}
	}
}

// uncached gives the log-probabilities over the vocabulary after ids, without a cache.
func uncached(t *testing.T, policy *model.Policy, ids []int) []float64 {
	t.Helper()
	flat := make([]int32, len(ids))
	for i, id := range ids {
		flat[i] = int32(id)
	}
	out, err := vars.CallOnceN(policy.Engine, policy.Vars, func(_ *vars.Scope, tokens *Node) *Node {
		params := policy.Params(tokens.Graph(), true)
		hidden := policy.Config.Hidden(params, tokens, Const(tokens.Graph(), []int32{0}))
		return policy.Config.Logits(params, Slice(hidden, AxisElem(0), AxisElem(len(ids)-1)))
	}, tensors.FromFlatDataAndDimensions(flat, 1, len(ids)))
	if err != nil {
		t.Fatal(err)
	}
	return newReference(tensors.MustCopyFlatData[float32](out[0]), task.Sampling{}).full
}

// Cached, padded, batched decoding gives the tokens and probabilities of running
// the whole row by itself at every token.
func TestCachedEqualsUncached(t *testing.T) {
	tok := testTokenizer(t)
	policy := testPolicy(t, tok)
	prompts := testPrompts(t, tok)
	got := mustRun(t, New(policy, tok, Options{}), prompts, 1, task.Sampling{MaxTokens: 12})
	for i, c := range got {
		ids := slices.Clone(prompts[i])
		for j, id := range c.Tokens {
			p := uncached(t, policy, ids)
			best := 0
			for k := range p {
				if p[k] > p[best] {
					best = k
				}
			}
			if id != best {
				t.Fatalf("prompt %d token %d: %d, uncached %d", i, j, id, best)
			}
			if want := math.Log(p[id]); math.Abs(float64(c.FullLogProbs[j])-want) > 1e-4 {
				t.Errorf("prompt %d token %d: log-probability %v, uncached %v", i, j, c.FullLogProbs[j], want)
			}
			ids = append(ids, id)
		}
	}
}

func TestStopsAtEndTokens(t *testing.T) {
	tok := testTokenizer(t)
	policy := testPolicy(t, tok)
	sampling := task.Sampling{Temperature: 3, MaxTokens: 60, Seed: 5}
	sampler := func(readEvery int) *Sampler {
		s := New(policy, tok, Options{ReadEvery: readEvery, MaxRows: 96})
		if end, _ := tok.ID("<|im_end|>"); !slices.Contains(s.end, end) {
			t.Fatalf("completions end at %v, <|im_end|> is %d", s.end, end)
		}
		for id := 40; id < 60; id++ {
			s.end = append(s.end, id)
		}
		return s
	}
	s := sampler(1)
	completions := mustRun(t, s, testPrompts(t, tok), 24, sampling)
	// Read at the end only, the batch keeps its ended rows.
	if whole := mustRun(t, sampler(1000), testPrompts(t, tok), 24, sampling); !equalTokens(tokensOf(completions), tokensOf(whole)) {
		t.Error("going on with the rows that have not ended changes tokens")
	}
	finished := 0
	for _, c := range completions {
		at := slices.IndexFunc(c.Tokens, func(id int) bool { return slices.Contains(s.end, id) })
		if c.Finished != (at >= 0) || c.Finished && at != len(c.Tokens)-1 {
			t.Fatalf("finished %v, end token at %d of %d", c.Finished, at, len(c.Tokens))
		}
		if !c.Finished && len(c.Tokens) != sampling.MaxTokens {
			t.Fatalf("%d tokens without an end, want %d", len(c.Tokens), sampling.MaxTokens)
		}
		if len(c.LogProbs) != len(c.Tokens) || len(c.FullLogProbs) != len(c.Tokens) || len(c.Entropy) != len(c.Tokens) {
			t.Fatalf("%d tokens, %d and %d log-probabilities, %d entropies", len(c.Tokens), len(c.LogProbs), len(c.FullLogProbs), len(c.Entropy))
		}
		if c.Finished {
			finished++
		}
	}
	if finished < 48 {
		t.Errorf("%d completions of 96 ended; the test shows nothing about the batch that goes on", finished)
	}
}

func TestStreamsWholeCharacters(t *testing.T) {
	tok := testTokenizer(t)
	policy := testPolicy(t, tok)
	streams, texts := map[int]*token.Stream{}, map[int]string{}
	ids := map[int][]int{}
	completions, err := New(policy, tok, Options{}).Run(context.Background(), testPrompts(t, tok), 4,
		task.Sampling{Temperature: 2, MaxTokens: 40, Seed: 3}, false,
		func(row, id int, prob float64) {
			if prob <= 0 || prob > 1 {
				t.Errorf("probability %v", prob)
			}
			if streams[row] == nil {
				streams[row] = tok.Stream()
			}
			piece := streams[row].Push(id)
			if !utf8.ValidString(piece) {
				t.Errorf("row %d: %q ends inside a character", row, piece)
			}
			texts[row] += piece
			ids[row] = append(ids[row], id)
		})
	if err != nil {
		t.Fatal(err)
	}
	for i, c := range completions {
		if !slices.Equal(ids[i], c.Tokens) {
			t.Errorf("row %d was told %v, has %v", i, ids[i], c.Tokens)
		}
		if want := strings.ToValidUTF8(tok.Decode(c.Tokens), ""); strings.ReplaceAll(texts[i]+streams[i].Flush(), "\uFFFD", "") != want {
			t.Errorf("row %d streamed %q, decodes to %q", i, texts[i], want)
		}
	}
}

func TestCancel(t *testing.T) {
	tok := testTokenizer(t)
	policy := testPolicy(t, tok)
	ctx, cancel := context.WithCancel(context.Background())
	steps := 0
	s := New(policy, tok, Options{ReadEvery: 100, Yield: func() {
		if steps++; steps == 5 {
			cancel()
		}
	}})
	completions, err := s.Run(ctx, testPrompts(t, tok), 2, task.Sampling{MaxTokens: 50}, false, nil)
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("error %v, want %v", err, context.Canceled)
	}
	for _, c := range completions {
		if n := len(c.Tokens); n != 6 && !c.Finished {
			t.Errorf("%d tokens, want 6", n)
		}
	}
}

func TestAdapterComesAndGoes(t *testing.T) {
	tok := testTokenizer(t)
	policy := testPolicy(t, tok)
	prompts, sampling := testPrompts(t, tok), task.Sampling{MaxTokens: 10}
	s := New(policy, tok, Options{})
	base := tokensOf(mustRun(t, s, prompts, 1, sampling))
	attach := func(seed uint64, size float32) [][]int {
		adapter, err := model.NewAdapter(policy.Config, 4, 8, []string{"q_proj", "v_proj"}, seed)
		if err != nil {
			t.Fatal(err)
		}
		for name, w := range adapter.Weights {
			if strings.Contains(name, "lora_B") {
				tensors.MustMutableFlatData(w, func(flat []float32) {
					for i := range flat {
						flat[i] = size * float32(i%7-3)
					}
				})
			}
		}
		if err := policy.Attach(adapter); err != nil {
			t.Fatal(err)
		}
		return tokensOf(mustRun(t, s, prompts, 1, sampling))
	}
	if equalTokens(attach(1, 1), base) {
		t.Error("the first adapter changes nothing")
	}
	if !equalTokens(attach(2, 0), base) {
		t.Error("an adapter of zeros, attached after another, does not give the base model's tokens")
	}
	if got, err := s.Run(context.Background(), prompts, 1, sampling, false, nil); err != nil || !equalTokens(tokensOf(got), base) {
		t.Errorf("with the adapter left out: other tokens than the base's (error %v)", err)
	}
	policy.Detach()
	if !equalTokens(tokensOf(mustRun(t, s, prompts, 1, sampling)), base) {
		t.Error("after Detach: other tokens than the base's")
	}
}

// With a kept reference and changed weights, leaving the adapter out samples from
// the reference, also where a graph was built before it was kept.
func TestReferenceIsKept(t *testing.T) {
	tok := testTokenizer(t)
	policy := testPolicy(t, tok)
	prompts, sampling := testPrompts(t, tok), task.Sampling{MaxTokens: 10}
	s := New(policy, tok, Options{})
	reference := func() [][]int {
		completions, err := s.Run(context.Background(), prompts, 1, sampling, false, nil)
		if err != nil {
			t.Fatal(err)
		}
		return tokensOf(completions)
	}
	base := reference()
	if err := policy.KeepReference(); err != nil {
		t.Fatal(err)
	}
	norm := policy.Vars.GetVariable("/base/model.layers.0.input_layernorm.weight")
	changed := make([]float32, policy.Config.HiddenSize)
	for i := range changed {
		changed[i] = float32(i%5) - 2
	}
	if err := norm.SetValue(tensors.FromValue(changed)); err != nil {
		t.Fatal(err)
	}
	if equalTokens(tokensOf(mustRun(t, s, prompts, 1, sampling)), base) {
		t.Error("changed weights give the same tokens; the test shows nothing")
	}
	if !equalTokens(reference(), base) {
		t.Error("the reference gives other tokens than before the weights changed")
	}
}

func TestRefused(t *testing.T) {
	tok := testTokenizer(t)
	policy := testPolicy(t, tok)
	prompts := testPrompts(t, tok)
	good := task.Sampling{Temperature: 1, MaxTokens: 4}
	for _, test := range []struct {
		name    string
		prompts [][]int
		count   int
		change  func(s *task.Sampling)
		want    string
	}{
		{"long prompt", [][]int{prompts[0], make([]int, 130)}, 1, nil, "prompt 1 has 130 tokens and max_tokens is 4, together above the model's context of 128"},
		{"no room for the completion", prompts, 1, func(s *task.Sampling) { s.MaxTokens = 120 }, "above the model's context of 128"},
		{"empty prompt", [][]int{{}}, 1, nil, "prompt 0 is empty"},
		{"token outside", [][]int{{1, 99999}}, 1, nil, "prompt 0 holds token 99999"},
		{"negative token", [][]int{{-1}}, 1, nil, "prompt 0 holds token -1"},
		{"count", prompts, 0, nil, "count must be 1 or more"},
		{"temperature", prompts, 1, func(s *task.Sampling) { s.Temperature = -1 }, "temperature -1"},
		{"temperature NaN", prompts, 1, func(s *task.Sampling) { s.Temperature = math.NaN() }, "temperature NaN"},
		{"top_p", prompts, 1, func(s *task.Sampling) { s.TopP = 1.5 }, "top_p 1.5"},
		{"top_k", prompts, 1, func(s *task.Sampling) { s.TopK = -2 }, "top_k -2"},
		{"max_tokens", prompts, 1, func(s *task.Sampling) { s.MaxTokens = 0 }, "max_tokens 0"},
	} {
		sampling := good
		if test.change != nil {
			test.change(&sampling)
		}
		_, err := New(policy, tok, Options{}).Run(context.Background(), test.prompts, test.count, sampling, false, nil)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: error %v, want %q in it", test.name, err, test.want)
		}
	}
	if got := mustRun(t, New(policy, tok, Options{}), nil, 1, good); len(got) != 0 {
		t.Errorf("no prompts give %d completions", len(got))
	}
}

func TestDamagedWeights(t *testing.T) {
	tok := testTokenizer(t)
	policy := testPolicy(t, tok)
	v := policy.Vars.GetVariable("/base/model.norm.weight")
	damaged := make([]float32, policy.Config.HiddenSize)
	damaged[3] = float32(math.NaN())
	if err := v.SetValue(tensors.FromValue(damaged)); err != nil {
		t.Fatal(err)
	}
	for _, temperature := range []float64{0, 1} {
		_, err := New(policy, tok, Options{}).Run(context.Background(), testPrompts(t, tok), 2,
			task.Sampling{Temperature: temperature, MaxTokens: 4}, false, nil)
		if err == nil || !strings.Contains(err.Error(), "token 1 of prompt 0") {
			t.Errorf("temperature %g: error %v, want one that names the token", temperature, err)
		}
	}
}
