package eval

import (
	"math"
	"testing"

	"github.com/dongyur/dongyur/core/grammar"
)

// bag embeds a text by its bytes, in no order: the encoder that shuffling fools.
type bag struct{}

func (bag) Embed(texts []string) ([][]float32, error) {
	rows := make([][]float32, len(texts))
	for i, text := range texts {
		row, norm := make([]float32, 256), 0.0
		for _, b := range []byte(text) {
			row[b]++
		}
		norm = math.Sqrt(Cosine(row, row))
		for j := range row {
			row[j] /= float32(max(1e-9, norm))
		}
		rows[i] = row
	}
	return rows, nil
}

// The meaning judge marks what the grammar plants and what is broken, and lets another
// right wording pass.
func TestMistakes(t *testing.T) {
	sentences, err := grammar.Everyday().Generate(3, 150, grammar.Filter{Split: grammar.Test})
	if err != nil {
		t.Fatal(err)
	}
	for _, tag := range grammar.Everyday().Languages() {
		mistakes, err := Mistakes(bag{}, sentences, tag, 1)
		if err != nil {
			t.Fatal(err)
		}
		if len(mistakes) != 4+len(grammar.WrongKinds) {
			t.Fatalf("%s: %d kinds", tag, len(mistakes))
		}
		for _, m := range mistakes {
			switch {
			case m.Count < 5:
				t.Errorf("%s %s: %d answers", tag, m.Kind, m.Count)
			case m.Kind == "none" && m.Judged != 0:
				t.Errorf("%s: %.3f of the right wordings are called wrong", tag, m.Judged)
			case m.Kind != "none" && m.Judged < 0.99:
				t.Errorf("%s %s: %.3f are called wrong", tag, m.Kind, m.Judged)
			}
		}
	}
}
