// Package reproduce holds small, seeded versions of the seed papers' tables. A
// Table declares its cells (a method with its options), its columns (what is
// measured), and its claims (which cell the paper has above which); a driver runs
// each cell once a seed and keeps it in a folder as dongyur train would; Measure
// turns those folders into figures with intervals and into a verdict on each claim.
// A direction that does not hold is reported as it is.
//
// The papers, as METHODS numbers them:
//
//	S1  Reinforcement Learning with Semantic Rewards Enables Low-Resource Language
//	    Expansion without Alignment Tax, arXiv 2605.14366
//	S2  Cross-Lingual Optimization, arXiv 2505.14297
//	S3  Improving Cross-Lingual Factual Recall via Consistency-Driven Reinforcement
//	    Learning, arXiv 2606.06586
//
// The papers train models of 4 and 7 billion parameters; ours has 2 million. What
// is compared is therefore the direction and never the figure.
package reproduce

import (
	"fmt"
	"strings"

	"github.com/dongyur/dongyur/core/objective"
	"github.com/dongyur/dongyur/core/protocol"
)

// Table is one table of a paper, made small.
type Table struct {
	Name    string
	Paper   string // "S1"
	Asks    string // the question, in a sentence
	Full    Scale
	Quick   Scale
	Cells   []Cell
	Columns []string // names of columns
	Claims  []Claim
}

// Scale is how much is run, and on what. The base model is measured on the same
// lines as every cell.
type Scale struct {
	Set       string // of the catalogue
	Task      string
	From, To  string   // of translations and headlines
	Langs     []string // of facts: trained and asked
	Unseen    []string // of facts: asked only
	Cold      int      // steps of SFT of all weights that come first and make the base model; 0: none
	Held      string   // the split that is measured
	Units     int      // sources are cut after so many syllables; 0: whole
	Shots     int      // training examples of cells that do not say
	Steps     int
	Prompts   int // prompts (GRPO) or examples (SFT) a step
	Group     int
	HeldOut   int // lines that are measured; 0: all
	MaxTokens int
	TaxTexts  int  // of each language
	TaxScores int  // held-out lines that are answered whenever the tax is measured
	TaxNeeded bool // false: the tax is measured only where its texts are there
}

// Base is the name of the row that nobody trained.
const Base = "base"

// Cell is one way to train, run once a seed.
type Cell struct {
	Name   string // of its folders, with the seed behind it
	Label  string // for people
	Method string // of protocol.Train
	Shots  int    // 0: the scale's
	Full   bool   // left out of the quick table
	Adjust func(*protocol.Train)
	Paper  map[string]string // the paper's figures by column
}

// Claim says that the paper has one cell above another in a column.
type Claim struct {
	Says       string
	Column     string
	More, Less string // cells
	Paper      string // the paper's figures; "" where we do not have them
}

// Named finds a table.
func Named(name string) (*Table, error) {
	var names []string
	for _, t := range Tables() {
		if t.Name == name {
			return t, nil
		}
		names = append(names, t.Name)
	}
	return nil, fmt.Errorf("there is no table %q; choose from %s", name, strings.Join(names, ", "))
}

// Scaled is the table as it is run: the cells of the scale, and the claims between
// them.
func (t *Table) Scaled(quick bool) (*Table, Scale) {
	if !quick {
		return t, t.Full
	}
	scaled := *t
	scaled.Cells, scaled.Claims = nil, nil
	kept := map[string]bool{Base: true}
	for _, cell := range t.Cells {
		if !cell.Full {
			scaled.Cells = append(scaled.Cells, cell)
			kept[cell.Name] = true
		}
	}
	for _, claim := range t.Claims {
		if kept[claim.More] && kept[claim.Less] {
			scaled.Claims = append(scaled.Claims, claim)
		}
	}
	return &scaled, t.Quick
}

// Train gives the settings of a cell's run.
func (s Scale) Train(cell Cell, seed uint64) (protocol.Train, error) {
	method, err := objective.MethodNamed(cell.Method)
	if err != nil {
		return protocol.Train{}, fmt.Errorf("cell %s: %w", cell.Name, err)
	}
	train := method.Settings()
	train.Steps, train.Prompts = s.Steps, s.Prompts
	if method.Learns == objective.Groups {
		train.Group = s.Group
	}
	train.Warmup = max(1, s.Steps/20)
	train.LoRARank, train.LoRAAlpha = 16, 32
	train.Sampling.MaxTokens, train.Seed = s.MaxTokens, seed
	train.TaxEvery, train.TaxScores = max(s.Steps/4, 6), s.TaxScores
	if cell.Adjust != nil {
		cell.Adjust(&train)
	}
	return train, nil
}

// ShotsOf is how many examples a cell learns from.
func (s Scale) ShotsOf(cell Cell) int {
	if cell.Shots > 0 {
		return cell.Shots
	}
	return s.Shots
}
