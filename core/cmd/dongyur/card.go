package main

import (
	"fmt"
	"io"
	"math"
	"path/filepath"
	"strings"

	"github.com/dongyur/dongyur/core/data"
	"github.com/dongyur/dongyur/core/eval"
	"github.com/dongyur/dongyur/core/model"
	"github.com/dongyur/dongyur/core/token"
	"github.com/dongyur/dongyur/core/train"
)

// A model card is the README.md of a model's folder: what it was made from and
// how, what it scores, what it must not be taken for. Its figures are measured
// when it is written.

// cardTexts is how many held-out texts a language's loss is measured on.
const cardTexts = 200

// heldOutLoss is a language's loss on texts that training never saw.
type heldOutLoss struct {
	Lang        string
	Tokens      int
	NLL         float64 // nats a token
	BitsPerByte float64
}

// measureLoss measures a base model on the held-out monolingual texts.
func measureLoss(catalogue *data.Catalogue, policy *model.Policy, tokenizer *token.Tokenizer) ([]heldOutLoss, error) {
	texts := map[string][]string{}
	list := []heldOutLoss{{Lang: "bo"}, {Lang: "zh"}, {Lang: "en"}}
	bytesPerToken := make([]float64, len(list))
	for i, l := range list {
		set := "mono_en_zh"
		if l.Lang == "bo" {
			set = "mono_bo"
		}
		bytes := 0
		for text, err := range catalogue.TextsSplit(set, l.Lang, data.Dev) {
			if err != nil {
				return nil, err
			}
			if len(texts[l.Lang]) < cardTexts {
				texts[l.Lang] = append(texts[l.Lang], text)
				bytes += len(text)
				list[i].Tokens += len(tokenizer.EncodeOrdinary(text)) + 1
			}
		}
		bytesPerToken[i] = float64(bytes) / float64(list[i].Tokens)
	}
	tax, err := eval.NewTax(policy, tokenizer, texts)
	if err != nil {
		return nil, err
	}
	defer tax.Finalize()
	nll, err := tax.NLL(false)
	if err != nil {
		return nil, err
	}
	for i := range list {
		list[i].NLL = nll[list[i].Lang]
		list[i].BitsPerByte = list[i].NLL / math.Ln2 / bytesPerToken[i]
	}
	return list, nil
}

// cardSources is the table of data sets of a card.
func cardSources(catalogue *data.Catalogue, sources []train.Source) (string, error) {
	var b strings.Builder
	b.WriteString("| data set | as | share | rows of the set | class | licence |\n|---|---|---|---|---|---|\n")
	var total float64
	for _, s := range sources {
		total += s.Weight
	}
	for _, s := range sources {
		set, err := catalogue.Set(s.Set)
		if err != nil {
			return "", err
		}
		what := s.As + " " + s.Lang
		if s.As == "translate" {
			what = s.From + " → " + s.To
		}
		fmt.Fprintf(&b, "| %s | %s | %.0f %% | %d | %s | %s |\n", s.Set, what, 100*s.Weight/total, set.Rows, set.Class, set.Licence)
	}
	return b.String(), nil
}

// weaknesses stand on every card.
const weaknesses = `## Limits

No native speaker has reviewed the data or the output. The model is small and
trained on little: it is for learning how training works, not for translating
anything that matters. Most of its translations come from software messages;
outside of them it is worse. It repeats what its sources say, rightly or wrongly.
`

// writePolicyCard writes a base model's card.
func writePolicyCard(dir string, recipe *train.Recipe, catalogue *data.Catalogue, policy *model.Policy, tokenizer *token.Tokenizer, engine string) error {
	losses, err := measureLoss(catalogue, policy, tokenizer)
	if err != nil {
		return fmt.Errorf("model card: %w", err)
	}
	sources, err := cardSources(catalogue, recipe.Sources)
	if err != nil {
		return fmt.Errorf("model card: %w", err)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "# %s\n\nA %s decoder of %.2f M parameters (%d layers, width %d, %d tokens of vocabulary, context %d) in Hugging Face's format, float16.\n",
		recipe.Name, policy.Config.ModelType, float64(policy.Config.Parameters())/1e6, policy.Config.Layers, policy.Config.HiddenSize, policy.Config.VocabSize, policy.Config.MaxPositions)
	fmt.Fprintf(&b, "It translates between Tibetan, Chinese and English and finds headlines for Tibetan texts, as a base to train further.\n\n")
	fmt.Fprintf(&b, "## Training\n\n%d steps of %d × %d tokens (%.1f M tokens), AdamW, peak learning rate %g, seed %d, engine %s. Made by\n`dongyur pretrain --recipe assets/recipes/%s.json --out %s`.\n\n",
		recipe.Steps, recipe.Rows, recipe.Time, float64(recipe.Steps*recipe.Rows*recipe.Time)/1e6, recipe.LearningRate, recipe.Seed, engine, recipe.Name, filepath.ToSlash(filepath.Join("assets/models", recipe.Name)))
	fmt.Fprintf(&b, "## Data\n\nShares are of the rows of a step. Only texts that may be redistributed (class R) were read; each row's own licence and source stand in the data sets.\n\n%s\n", sources)
	b.WriteString("## Held-out loss\n\n| language | tokens | nats a token | bits a byte |\n|---|---|---|---|\n")
	for _, l := range losses {
		fmt.Fprintf(&b, "| %s | %d | %.3f | %.3f |\n", l.Lang, l.Tokens, l.NLL, l.BitsPerByte)
	}
	fmt.Fprintf(&b, "\n%s", weaknesses)
	return writeCard(dir, b.String())
}

// writeEncoderCard writes an encoder's card.
func writeEncoderCard(dir string, recipe *train.EncoderRecipe, catalogue *data.Catalogue, config *model.Config, engine string, results []retrieval) error {
	sources, err := cardSources(catalogue, recipe.Sources)
	if err != nil {
		return fmt.Errorf("model card: %w", err)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "# %s\n\nA sentence encoder of %.2f M parameters (%d layers, width %d, attention both ways, mean pooling, length 1) in Hugging Face's format, float16.\n\n",
		recipe.Name, float64(config.Parameters())/1e6, config.Layers, config.HiddenSize)
	fmt.Fprintf(&b, "## Training\n\n%d steps of %d pairs cut at %d tokens, symmetric InfoNCE with in-batch negatives at temperature %g, AdamW, peak learning rate %g, seed %d, engine %s. Made by\n`dongyur encoder train --recipe assets/recipes/%s.json --tokenizer assets/models/nano/tokenizer.json --out assets/models/%s`.\n\n",
		recipe.Steps, recipe.Rows, recipe.MaxTokens, recipe.Temperature, recipe.LearningRate, recipe.Seed, engine, recipe.Name, recipe.Name)
	fmt.Fprintf(&b, "## Data\n\nOnly texts that may be redistributed (class R) were read.\n\n%s\n", sources)
	b.WriteString("## Retrieval\n\nThe nearest Chinese reference to a Tibetan source, by cosine, among all of the set.\n\n| set | split | texts | top 1 |\n|---|---|---|---|\n")
	for _, r := range results {
		fmt.Fprintf(&b, "| %s | %s | %d | %.1f %% |\n", r.Set, r.Split, r.Count, 100*r.Top1)
	}
	fmt.Fprintf(&b, "\n%s", weaknesses)
	return writeCard(dir, b.String())
}

func writeCard(dir, card string) error {
	return train.WriteFile(filepath.Join(dir, "README.md"), func(w io.Writer) error {
		_, err := io.WriteString(w, card)
		return err
	})
}
