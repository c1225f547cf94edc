package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/dongyur/dongyur/core/data"
	"github.com/dongyur/dongyur/core/encoder"
	"github.com/dongyur/dongyur/core/engine"
	"github.com/dongyur/dongyur/core/model"
	"github.com/dongyur/dongyur/core/token"
	"github.com/dongyur/dongyur/core/train"
)

type quantizeCommand struct {
	Dir  string `arg:"" help:"Folder of the model or encoder." type:"existingdir"`
	Bits int    `help:"Bits of a weight: 8, or 4." default:"8" enum:"8,4"`
	Out  string `help:"Folder of the quantised one." required:"" type:"path"`
}

// Help is the command's example.
func (quantizeCommand) Help() string {
	return "Example:\n\n  dongyur quantize assets/models/small --bits 8 --out assets/models/small-int8\n\n" +
		"Writes a variant that is quicker to download: matrices in 8 or 4 bits, in compressed-tensors' layout. Every command and the page\n" +
		"open it as any model. Prints and puts into its card what that costs: held-out loss of a base model, retrieval of an encoder."
}

// quantizeCost is one figure before and after.
type quantizeCost struct {
	quantity
	Before float64 `json:"before"`
	After  float64 `json:"after"`
}

// quantity names what is measured of a model.
type quantity struct {
	What string `json:"what"`
	Unit string `json:"unit"`
}

// figure is the value of a quantity.
type figure struct {
	quantity
	value float64
}

// Run quantises, measures both and writes the card.
func (c *quantizeCommand) Run(cli *program) error {
	if same(c.Dir, c.Out) {
		return fmt.Errorf("--out is the model's own folder; name another")
	}
	checkpoint, err := model.Load(os.DirFS(c.Dir))
	if err != nil {
		return fmt.Errorf("%s: %w", c.Dir, err)
	}
	tokenizer, err := os.ReadFile(filepath.Join(c.Dir, "tokenizer.json"))
	if err != nil {
		return err
	}
	if err := checkpoint.SaveQuantized(c.Out, c.Bits); err != nil {
		return err
	}
	if err := writeText(filepath.Join(c.Out, "tokenizer.json"), string(tokenizer)); err != nil {
		return err
	}
	costs, err := c.costs(cli, checkpoint.Config.Bidirectional)
	if err != nil {
		return err
	}
	size, err := c.sizes()
	if err != nil {
		return err
	}
	for _, cost := range costs {
		if cli.JSON {
			printJSON(cost)
		} else {
			fmt.Printf("%-28s %9.4f → %9.4f %s\n", cost.What, cost.Before, cost.After, cost.Unit)
		}
	}
	fmt.Fprintf(os.Stderr, "weights: %s\n", size)
	return writeText(filepath.Join(c.Out, "README.md"), c.card(costs, size))
}

// same tells whether two paths are one folder.
func same(a, b string) bool {
	x, errX := os.Stat(a)
	y, errY := os.Stat(b)
	return errX == nil && errY == nil && os.SameFile(x, y)
}

func writeText(path, text string) error {
	return train.WriteFile(path, func(w io.Writer) error {
		_, err := io.WriteString(w, text)
		return err
	})
}

// sizes are those of the weights' files before and after.
func (c *quantizeCommand) sizes() (string, error) {
	before, err := folderBytes(c.Dir)
	if err != nil {
		return "", err
	}
	after, err := folderBytes(c.Out)
	return fmt.Sprintf("%.2f MB → %.2f MB", before/1e6, after/1e6), err
}

// folderBytes adds up a model's weights.
func folderBytes(dir string) (float64, error) {
	paths, err := filepath.Glob(filepath.Join(dir, "*.safetensors"))
	var total float64
	for _, path := range paths {
		if strings.HasPrefix(filepath.Base(path), ".") {
			continue // a run's state
		}
		info, err := os.Stat(path)
		if err != nil {
			return 0, err
		}
		total += float64(info.Size())
	}
	return total, err
}

// costs measures both folders on the same held-out texts.
func (c *quantizeCommand) costs(cli *program, isEncoder bool) ([]quantizeCost, error) {
	catalogue, err := cli.catalogue()
	if err != nil {
		return nil, err
	}
	before, err := measureFolder(cli, catalogue, c.Dir, isEncoder)
	if err != nil {
		return nil, fmt.Errorf("measure %s: %w", c.Dir, err)
	}
	after, err := measureFolder(cli, catalogue, c.Out, isEncoder)
	if err != nil {
		return nil, fmt.Errorf("measure %s: %w", c.Out, err)
	}
	costs := make([]quantizeCost, len(before))
	for i := range before {
		costs[i] = quantizeCost{before[i].quantity, before[i].value, after[i].value}
	}
	return costs, nil
}

// measureFolder gives a model's figures, the same ones in the same order for each model of a kind.
func measureFolder(cli *program, catalogue *data.Catalogue, dir string, isEncoder bool) ([]figure, error) {
	backend, err := engine.Open(cli.Engine)
	if err != nil {
		return nil, err
	}
	var figures []figure
	if isEncoder {
		enc, err := encoder.Load(backend, os.DirFS(dir))
		if err != nil {
			return nil, err
		}
		defer enc.Finalize()
		results, err := measureRetrieval(catalogue, enc, data.Test)
		for _, r := range results {
			figures = append(figures, figure{quantity{r.Set + " retrieval", "% of " + fmt.Sprint(r.Count+r.Decoys)}, 100 * r.Top1})
		}
		return figures, err
	}
	checkpoint, err := model.Load(os.DirFS(dir))
	if err != nil {
		return nil, err
	}
	tokenizer, err := token.LoadFile(filepath.Join(dir, "tokenizer.json"))
	if err != nil {
		return nil, err
	}
	policy, err := model.NewPolicy(backend, checkpoint)
	if err != nil {
		return nil, err
	}
	defer policy.Finalize()
	losses, err := measureLoss(catalogue, policy, tokenizer)
	for _, l := range losses {
		figures = append(figures, figure{quantity{"held-out loss " + l.Lang, "nats a token"}, l.NLL})
	}
	return figures, err
}

// card is the quantised variant's README.md.
func (c *quantizeCommand) card(costs []quantizeCost, size string) string {
	var b strings.Builder
	of := filepath.Base(c.Dir)
	fmt.Fprintf(&b, "# %s\n\nThe weights of [%s](../%s/README.md) in %d bits, to be quicker to download: %s. How they were made, from what, and what they must not be taken for stands there.\n\n",
		filepath.Base(c.Out), of, of, c.Bits, size)
	fmt.Fprintf(&b, "Made by `dongyur quantize assets/models/%s --bits %d --out assets/models/%s`, in the layout of compressed-tensors.\n\n## What it costs\n\n| | before | after | |\n|---|---|---|---|\n", of, c.Bits, filepath.Base(c.Out))
	for _, cost := range costs {
		fmt.Fprintf(&b, "| %s | %.4f | %.4f | %s |\n", cost.What, cost.Before, cost.After, cost.Unit)
	}
	fmt.Fprintf(&b, "\n%s", weaknesses)
	return b.String()
}
