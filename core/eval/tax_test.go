package eval

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/dongyur/dongyur/core/model"
	"github.com/dongyur/dongyur/core/token"
)

// A tokenizer without <|endoftext|> needs a model that names its own end.
func TestDocumentEnd(t *testing.T) {
	own, err := token.Train(slices.Values([]string{"open the file"}), token.TrainOptions{VocabSize: 262})
	if err != nil {
		t.Fatal(err)
	}
	var saved bytes.Buffer
	if err := own.Save(&saved); err != nil {
		t.Fatal(err)
	}
	other, err := token.Load(bytes.NewReader(bytes.ReplaceAll(saved.Bytes(), []byte(token.EndOfText), []byte("<|finis|>"))))
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		tokenizer *token.Tokenizer
		ends      []int
		want      int
		wrong     string
	}{
		{tokenizer: own, ends: []int{2}, want: 0},
		{tokenizer: other, ends: []int{2, 5}, want: 2},
		{tokenizer: other, wrong: "eos_token_id"},
	} {
		have, err := documentEnd(&model.Config{EOS: test.ends}, test.tokenizer)
		if test.wrong != "" {
			if err == nil || !strings.Contains(err.Error(), test.wrong) || !strings.Contains(err.Error(), token.EndOfText) {
				t.Errorf("ends %v: error %v, want one that names %s and %s", test.ends, err, token.EndOfText, test.wrong)
			}
			continue
		}
		if err != nil || have != test.want {
			t.Errorf("ends %v: %d, %v, want %d", test.ends, have, err, test.want)
		}
	}
}

// The loss of texts whose end nobody knows is not measured with some other token.
func TestTaxNeedsAnEnd(t *testing.T) {
	policy, tok := newPolicy(t)
	var saved bytes.Buffer
	if err := tok.Save(&saved); err != nil {
		t.Fatal(err)
	}
	other, err := token.Load(bytes.NewReader(bytes.ReplaceAll(saved.Bytes(), []byte(token.EndOfText), []byte("<|finis|>"))))
	if err != nil {
		t.Fatal(err)
	}
	texts := map[string][]string{"en": {strings.Repeat("open the file ", 400)}}
	if _, err := NewTax(policy, other, texts); err == nil || !strings.Contains(err.Error(), "alignment tax") {
		t.Errorf("NewTax: %v", err)
	}
	if _, err := NewLikelihood(policy, other); err == nil || !strings.Contains(err.Error(), "likelihood") {
		t.Errorf("NewLikelihood: %v", err)
	}
}
