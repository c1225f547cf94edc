package main

import (
	"context"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"

	"github.com/dongyur/dongyur/core/data"
	"github.com/dongyur/dongyur/core/engine"
	"github.com/dongyur/dongyur/core/eval"
	"github.com/dongyur/dongyur/core/model"
	"github.com/dongyur/dongyur/core/protocol"
	"github.com/dongyur/dongyur/core/task"
	"github.com/dongyur/dongyur/core/token"
)

// cardTexts is how many held-out texts a language's loss is measured on.
const cardTexts = 200

// heldOutLoss is a language's loss on texts that training never saw.
type heldOutLoss struct {
	Lang        string  `json:"lang"`
	Tokens      int     `json:"tokens"`
	NLL         float64 `json:"nll"` // nats a token
	BitsPerByte float64 `json:"bits_per_byte"`
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

// scores measures a base model: held-out loss, minimal pairs, and what it answers.
func (c *card) scores(ctx context.Context, catalogue *data.Catalogue, checkpoint *model.Checkpoint, tokenizer *token.Tokenizer) error {
	backend, err := engine.Open(c.cli.Engine)
	if err != nil {
		return err
	}
	policy, err := model.NewPolicy(backend, checkpoint)
	if err != nil {
		return err
	}
	defer policy.Finalize()
	losses, err := measureLoss(catalogue, policy, tokenizer)
	if err != nil {
		return err
	}
	c.WriteString("## Held-out loss\n\nOn documents of mono_bo and mono_en_zh that training never saw.\n\n| language | tokens | nats a token | bits a byte |\n|---|---|---|---|\n")
	for _, l := range losses {
		fmt.Fprintf(c, "| %s | %d | %.3f | %.3f |\n", l.Lang, l.Tokens, l.NLL, l.BitsPerByte)
	}
	c.WriteString("\n")
	if err := c.probes(catalogue, policy, tokenizer); err != nil {
		return err
	}
	return c.answers(ctx)
}

// probes measures minimal pairs and XCOPA.
func (c *card) probes(catalogue *data.Catalogue, policy *model.Policy, tokenizer *token.Tokenizer) error {
	c.WriteString("## Grammar and common sense\n\nThe share of minimal pairs whose good sentence is the likelier, and of XCOPA's choices (`dongyur probes`). Half is chance.\n\n")
	pairs, choices, err := catalogue.Probes("")
	if c.absent("Probes", err) {
		return nil
	}
	if err != nil {
		return err
	}
	pairs, choices = limited(pairs, choices, c.command.Limit)
	likelihood, err := eval.NewLikelihood(policy, tokenizer)
	if err != nil {
		return err
	}
	defer likelihood.Finalize()
	bar := newReporter(c.cli.JSON, "probes", 0, 2*(len(pairs)+len(choices)))
	report, err := eval.Probe(likelihood, tokenizer, pairs, choices, false, bar.at)
	bar.done()
	if err != nil {
		return err
	}
	c.WriteString("| set | language | right | 95 % interval | of |\n|---|---|---|---|---|\n")
	for _, a := range report.Sets {
		fmt.Fprintf(c, "| %s | %s | %.1f %% | %.1f to %.1f | %d |\n", a.Name, a.Lang, 100*a.Share.Value, 100*a.Share.Low, 100*a.Share.High, a.Count)
	}
	c.WriteString("\n")
	return nil
}

// answered are what a card's model is asked.
var answered = []struct {
	title, split string
	exampleFlags
}{
	{"everyday", data.Test, exampleFlags{Set: data.EverydaySet, Task: "translate", From: "zh", To: "en"}},
	{"everyday", data.Test, exampleFlags{Set: data.EverydaySet, Task: "translate", From: "en", To: "zh"}},
	{"everyday", data.Test, exampleFlags{Set: data.EverydaySet, Task: "translate", From: "bo", To: "zh"}},
	{"everyday", data.Test, exampleFlags{Set: data.EverydaySet, Task: "translate", From: "zh", To: "bo"}},
	{"software messages", data.Test, exampleFlags{Set: "software_bo_zh_en", Task: "translate", From: "bo", To: "zh"}},
	{"software messages", data.Test, exampleFlags{Set: "software_bo_zh_en", Task: "translate", From: "zh", To: "bo"}},
	{"FLORES", data.Test, exampleFlags{Set: "flores_bo_zh_en", Task: "translate", From: "bo", To: "zh"}},
	{"FLORES", data.Test, exampleFlags{Set: "flores_bo_zh_en", Task: "translate", From: "zh", To: "bo"}},
	{"headlines, Tibet Times", data.Dev, exampleFlags{Set: "tibettimes", Task: "headline", From: "bo"}},
}

// answers measures what the model writes, greedily.
func (c *card) answers(ctx context.Context) error {
	c.WriteString("## Answers\n\nGreedy answers against references; 95 % bootstrap intervals in brackets (`dongyur eval`). Headlines are measured only: their texts are of class M.\n\n")
	table := "| set | split | task | examples | scores |\n|---|---|---|---|---|\n"
	var signatures []string
	beside := "judge:" + filepath.Dir(filepath.Clean(c.command.Dir)) + string(filepath.Separator) // a card is read elsewhere
	for _, a := range answered {
		what := string(a.From) + " → " + a.target()
		if task.Is(a.Task, task.OneLanguage) {
			what = a.Task + " " + string(a.From)
		}
		session, err := openHeldOut(ctx, c.cli, modelFlags{Model: c.command.Dir}, a.exampleFlags, a.split, c.command.Limit)
		if c.absent(a.title+", "+what, err) {
			continue
		}
		if err != nil {
			return err
		}
		command := protocol.Evaluate{Base: true, Sampling: task.Sampling{MaxTokens: c.command.MaxTokens}}
		err = measure(ctx, c.cli, session, protocol.Command{Type: protocol.CmdEvaluate, Evaluate: &command}, func(e protocol.Event) {
			if e.Type == protocol.EvScores {
				table += fmt.Sprintf("| %s | %s | %s | %d | %s |\n", a.title, a.split, what, e.Scores.Count, scoreList(e.Scores.Scores))
				for _, s := range e.Scores.Scores {
					if line := fmt.Sprintf("- %s: `%s`\n", s.Name, strings.Replace(s.Signature, beside, "judge:", 1)); !slices.Contains(signatures, line) {
						signatures = append(signatures, line)
					}
				}
			}
		})
		if err != nil {
			return err
		}
	}
	c.WriteString(table + "\n")
	if len(signatures) > 0 {
		slices.Sort(signatures)
		c.WriteString("How each score was made, by its signature:\n\n" + strings.Join(signatures, "") + "\n")
	}
	return nil
}

// scoreList writes scores on one line.
func scoreList(scores []task.Score) string {
	line := ""
	for i, s := range scores {
		if i > 0 {
			line += "; "
		}
		line += fmt.Sprintf("%s %.3f [%.3f, %.3f]", s.Name, s.Value, s.Low, s.High)
	}
	return line
}
