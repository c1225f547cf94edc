package train

import (
	"fmt"
	"io"
	"iter"
	"slices"
)

// TokenizerRecipe is how a tokenizer is made, as a JSON file.
type TokenizerRecipe struct {
	Name    string   `json:"name"`
	Size    int      `json:"size"`    // tokens wanted, the 256 bytes and the control tokens among them
	Sources []Source `json:"sources"` // texts; a source of weight w counts w times
}

// ReadTokenizerRecipe reads a tokenizer's recipe; see ReadRecipe.
func ReadTokenizerRecipe(r io.Reader) (*TokenizerRecipe, error) {
	var recipe TokenizerRecipe
	if err := decodeRecipe(r, &recipe); err != nil {
		return nil, err
	}
	if recipe.Size <= 0 || len(recipe.Sources) == 0 {
		return nil, fmt.Errorf("read tokenizer recipe: size and sources must be set")
	}
	for _, s := range recipe.Sources {
		if s.As != "text" || s.Lang == "" || s.Weight <= 0 {
			return nil, fmt.Errorf("read tokenizer recipe: source %s: it takes \"as\": \"text\", a lang and a weight above 0", s.Name())
		}
	}
	return &recipe, nil
}

// Texts gives the training texts of the sources. One of weight 2.5 comes twice or three
// times, in turns.
func (r *TokenizerRecipe) Texts(reader *SourceReader) (iter.Seq[string], error) {
	var texts []string
	for _, source := range r.Sources {
		due := 0.0
		for text, err := range reader.Texts(source) {
			if err != nil {
				return nil, fmt.Errorf("tokenizer recipe: %s: %w", source.Name(), err)
			}
			for due += source.Weight; due >= 1; due-- {
				texts = append(texts, text)
			}
		}
	}
	return slices.Values(texts), nil
}
