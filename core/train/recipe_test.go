package train

import (
	"strings"
	"testing"
)

const goodRecipe = `{"name": "toy", "model": {"model_type": "qwen3", "vocab_size": VOCAB, "hidden_size": 16, "intermediate_size": 24,
	"num_hidden_layers": 1, "num_attention_heads": 2, "num_key_value_heads": 1, "head_dim": 8, "max_position_embeddings": 64,
	"hidden_act": "silu", "rms_norm_eps": 1e-6, "rope_theta": 10000, "tie_word_embeddings": true},
	"rows": 4, "micro_batch": 2, "time": 16, "learning_rate": 0.001, "min_rate": 0.1, "warmup": 2, "weight_decay": 0.1, "seed": 1,
	"phases": [{"name": "read", "steps": 6, "temperature": 2, "sources": [{"set": "toy", "as": "text", "lang": "bo"}]},
		{"name": "do", "steps": 4, "sources": [{"set": "toy", "as": "headline", "lang": "bo", "weight": 1}]}]}`

func TestReadRecipe(t *testing.T) {
	recipe, err := ReadRecipe(strings.NewReader(strings.Replace(goodRecipe, "VOCAB", "290", 1)))
	if err != nil {
		t.Fatal(err)
	}
	c := recipe.Pretrain()
	if c.Steps != 10 || c.Rows != 4 || c.MicroBatch != 2 || c.Time != 16 || c.Seed != 1 ||
		c.Optimizer.LearningRate != 0.001 || c.Optimizer.MinRate != 0.1 || c.Optimizer.Warmup != 2 || c.Optimizer.WeightDecay != 0.1 {
		t.Errorf("settings %+v", c)
	}
	if _, err := recipe.Config(newTokenizer(t)); err != nil && !strings.Contains(err.Error(), "vocab_size") {
		t.Errorf("model: %v", err)
	}
	recipe.Model = []byte(strings.Replace(string(recipe.Model), "290", "291", 1))
	if _, err := recipe.Config(newTokenizer(t)); err == nil || !strings.Contains(err.Error(), "vocab_size is 291") {
		t.Errorf("a vocabulary that is not the tokenizer's: %v", err)
	}
}

func TestRecipesRefused(t *testing.T) {
	good := strings.Replace(goodRecipe, "VOCAB", "290", 1)
	for _, test := range []struct{ name, recipe, want string }{
		{"nothing", "", "EOF"},
		{"no JSON", "steps: 10", "invalid character"},
		{"cut off", good[:len(good)/2], "unexpected EOF"},
		{"a misspelt field", strings.Replace(good, `"min_rate"`, `"minimum"`, 1), `"minimum"`},
		{"a misspelt field of a source", strings.Replace(good, `"weight": 1`, `"wieght": 1`, 1), `"wieght"`},
		{"text for a number", strings.Replace(good, `"steps": 6`, `"steps": "six"`, 1), "steps"},
		{"no steps", strings.Replace(good, `"steps": 4, `, "", 1), `phase 2 ("do")`},
		{"a temperature below 1", strings.Replace(good, `"temperature": 2`, `"temperature": 0.5`, 1), "temperature is 0.5"},
		{"no rows", strings.Replace(good, `"rows": 4, `, "", 1), "must be set"},
		{"no sources", good[:strings.LastIndex(good, `"sources"`)] + `"sources": []}]}`, "must be set"},
		{"no phases", good[:strings.Index(good, `"phases"`)] + `"phases": []}`, "must be set"},
	} {
		if _, err := ReadRecipe(strings.NewReader(test.recipe)); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: error %v, want one with %q", test.name, err, test.want)
		}
	}
}

func TestEncoderRecipe(t *testing.T) {
	good := `{"name": "toy", "model": {}, "steps": 5, "rows": 4, "max_tokens": 16, "learning_rate": 0.001, "warmup": 1, "temperature": 0.05, "seed": 2,
		"sources": [{"set": "toy", "as": "translate", "from": "bo", "to": "en", "weight": 1}]}`
	recipe, err := ReadEncoderRecipe(strings.NewReader(good))
	if err != nil {
		t.Fatal(err)
	}
	if c := recipe.Contrastive(); c.Steps != 5 || c.Rows != 4 || c.MaxTokens != 16 || c.Temperature != 0.05 || c.Seed != 2 || c.Optimizer.Warmup != 1 {
		t.Errorf("settings %+v", c)
	}
	if _, err := recipe.Config(); err == nil || !strings.Contains(err.Error(), "model_type") {
		t.Errorf("a model without a type: %v", err)
	}
	for _, test := range []struct{ name, recipe, want string }{
		{"a misspelt field", strings.Replace(good, `"warmup"`, `"warm_up"`, 1), `"warm_up"`},
		{"one row", strings.Replace(good, `"rows": 4`, `"rows": 1`, 1), "2 or more"},
		{"no temperature", strings.Replace(good, `"temperature": 0.05, `, "", 1), "temperature"},
	} {
		if _, err := ReadEncoderRecipe(strings.NewReader(test.recipe)); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: error %v, want one with %q", test.name, err, test.want)
		}
	}
}

func TestFirstClause(t *testing.T) {
	tail := strings.Repeat("དེ་རིང་ནམ་མཁའ་སྔོན་པོ་རེད།", 6)
	for _, test := range []struct {
		name, text, want string
	}{
		{"a clause that could be a title", "ཡིག་ཆ་གསར་པ་ཞིག་བཟོས།" + tail, "ཡིག་ཆ་གསར་པ་ཞིག་བཟོས"},
		{"too short a clause", "ཡིག་ཆ།" + tail, ""},
		{"a clause that is most of the text", "ཡིག་ཆ་གསར་པ་ཞིག་བཟོས། ཡག་པོ།", ""},
		{"no end", "ཡིག་ཆ་གསར་པ་ཞིག་བཟོས", ""},
	} {
		clause, rest, ok := firstClause(test.text, "bo")
		if ok != (test.want != "") || (ok && (clause != test.want || rest != tail)) {
			t.Errorf("%s: %q, then %q, %v", test.name, clause, rest, ok)
		}
	}
}
