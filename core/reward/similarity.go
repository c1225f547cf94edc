package reward

import (
	"fmt"
	"math"
)

// similarity embeds texts, one call a batch. No rows are kept from batch to batch: beside
// other texts a text's last bits can differ, and a run that is resumed has kept none, so
// it would not make the same steps as one that was not stopped.
type similarity struct{ encoder Encoder }

// measure sets the cosine of each answer with its target; empty ones keep 0.
func (s *similarity) measure(answers []answer) error {
	rows := map[string][]float32{}
	var texts []string
	ask := func(text string) {
		if _, ok := rows[text]; !ok {
			rows[text] = nil
			texts = append(texts, text)
		}
	}
	for _, a := range answers {
		if !a.empty {
			ask(a.output)
			ask(a.target)
		}
	}
	if len(texts) > 0 {
		embedded, err := s.embed(texts)
		if err != nil {
			return err
		}
		for i, text := range texts {
			rows[text] = embedded[i]
		}
	}
	for i := range answers {
		a := &answers[i]
		if a.empty {
			continue
		}
		output, target := rows[a.output], rows[a.target]
		if len(output) != len(target) {
			return fmt.Errorf("encoder gave rows of %d and %d numbers: they must have one length", len(output), len(target))
		}
		for j := range output {
			a.cosine += float64(output[j]) * float64(target[j])
		}
	}
	return nil
}

// embed calls the encoder and checks what it gives.
func (s *similarity) embed(texts []string) ([][]float32, error) {
	rows, err := s.encoder.Embed(texts)
	if err != nil {
		return nil, fmt.Errorf("embed %d texts: %w", len(texts), err)
	}
	if len(rows) != len(texts) {
		return nil, fmt.Errorf("encoder gave %d rows for %d texts", len(rows), len(texts))
	}
	for i, row := range rows {
		norm := 0.0
		for _, x := range row {
			norm += float64(x) * float64(x)
		}
		// A row of zeros is an encoder's way to say that it has nothing to go by.
		if norm != 0 && !(math.Abs(norm-1) < 1e-2) {
			return nil, fmt.Errorf("encoder gave a row of squared length %v for text %d: rows must be finite and L2-normalised", norm, i)
		}
	}
	return rows, nil
}
