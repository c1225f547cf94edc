package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"slices"

	"github.com/dongyur/dongyur/core/data"
	"github.com/dongyur/dongyur/core/eval"
	"github.com/dongyur/dongyur/core/protocol"
	"github.com/dongyur/dongyur/core/report"
	"github.com/dongyur/dongyur/core/reproduce"
	"github.com/dongyur/dongyur/core/task"
	"github.com/dongyur/dongyur/core/train"
)

type reproduceCommand struct {
	Table   string `arg:"" help:"tax, headline, fewshot, ablation, clo or facts."`
	Model   string `help:"Folder of the model." default:"assets/models/nano"`
	Encoder string `help:"Encoder of the reward." default:""`
	Judge   string `help:"Encoder that measures." default:""`
	Quick   bool   `help:"A few steps on the starter set: shows that it runs, not what comes out."`
	Seeds   int    `help:"Runs of each cell." default:"3"`
	Steps   int    `help:"Steps of each run; 0: the table's." default:"0"`
	HeldOut int    `help:"Held-out lines; 0: the table's." default:"0"`
	Out     string `help:"Folder of the runs; default runs/reproduce/TABLE." type:"path"`
}

// Help is the command's example.
func (reproduceCommand) Help() string {
	return "Example:\n\n  dongyur reproduce tax --quick\n\n" +
		"Every cell is kept in its own folder under --out, so the same command goes on where it was stopped."
}

// Run runs what is missing of a table and prints it.
func (c *reproduceCommand) Run(ctx context.Context, cli *program) error {
	r, err := c.reproduction(cli)
	if err != nil {
		return err
	}
	if r.session, err = newClient(cli.Engine); err != nil {
		return err
	}
	if err := r.session.do(ctx, protocol.Command{Type: protocol.CmdLoad, Load: r.load}, nil); err != nil {
		return err
	}
	if r.scale.Cold > 0 {
		r.notes = append(r.notes, fmt.Sprintf("base is the model after a cold start of %d steps of SFT on all weights", r.scale.Cold))
		if err := r.coldStart(ctx); err != nil {
			return fmt.Errorf("cold start: %w", err)
		}
	}
	runs, err := r.all(ctx)
	if err != nil {
		return err
	}
	result, err := reproduce.Measure(r.table, r.scale, r.seeds, runs)
	if err != nil {
		return err
	}
	result.Model = c.Model
	result.Notes = append(result.Notes, r.notes...)
	if err := writeResult(r.out, result); err != nil {
		return err
	}
	if cli.JSON {
		printJSON(result)
		return nil
	}
	return result.WriteMarkdown(os.Stdout)
}

// reproduction is a table being run.
type reproduction struct {
	cli     *program
	table   *reproduce.Table
	scale   reproduce.Scale
	seeds   []uint64
	out     string
	load    *protocol.Load
	session *client
	notes   []string

	pool, held []task.Example
	tax        map[string][]string // held-out texts by language
	facts      []*data.Fact        // of a table of facts, those that are asked
	before     []eval.FactAnswers  // of the base model, once they were asked for
}

// reproduction reads the data and settles what is run.
func (c *reproduceCommand) reproduction(cli *program) (*reproduction, error) {
	named, err := reproduce.Named(c.Table)
	if err != nil {
		return nil, err
	}
	r := &reproduction{cli: cli, out: c.Out}
	r.table, r.scale = named.Scaled(c.Quick)
	if c.Seeds < 1 {
		return nil, fmt.Errorf("--seeds %d: a table takes one or more", c.Seeds)
	}
	for seed := range c.Seeds {
		r.seeds = append(r.seeds, uint64(seed+1))
	}
	if c.Steps > 0 {
		r.scale.Steps = c.Steps
	}
	if c.HeldOut > 0 {
		r.scale.HeldOut = c.HeldOut
	}
	if r.out == "" {
		name := c.Table
		if c.Quick {
			name += "-quick"
		}
		r.out = filepath.Join("runs", "reproduce", name)
	}
	if r.load, err = (modelFlags{Model: c.Model, Encoder: c.Encoder, Judge: c.Judge}).load(cli.Engine); err != nil {
		return nil, err
	}
	return r, r.read()
}

// read gets the examples and the texts of the tax.
func (r *reproduction) read() error {
	catalogue, err := r.cli.catalogue()
	if err != nil {
		return err
	}
	s := r.scale
	set, err := catalogue.Set(s.Set)
	if err != nil {
		return err
	}
	if set.Class != data.Redistributable {
		r.notes = append(r.notes, fmt.Sprintf("%s is of class %s, for measuring and experiments: do not give the adapters of these runs to others", set.Name, set.Class))
	}
	if s.Task == task.Fact {
		if r.facts, err = r.cli.facts(s.Set, s.Held, slices.Concat(s.Langs, s.Unseen), 0, s.HeldOut, 0); err != nil {
			return err
		}
		return r.readTax()
	}
	for _, part := range []struct {
		to    *[]task.Example
		split string
	}{{&r.pool, data.Train}, {&r.held, s.Held}} {
		if *part.to, err = catalogue.Examples(s.Set, s.Task, s.From, s.To, part.split); err != nil {
			return err
		}
		data.CutSources(*part.to, s.Units)
	}
	if s.HeldOut > 0 {
		r.held = data.Shots(r.held, s.HeldOut, 0)
	}
	return r.readTax()
}

// readTax gets the texts of the tax.
func (r *reproduction) readTax() (err error) {
	s := r.scale
	if r.tax, err = r.cli.taxTexts(); err != nil && s.TaxNeeded {
		return err
	}
	for code, texts := range r.tax {
		r.tax[code] = texts[:min(len(texts), s.TaxTexts)]
	}
	return nil
}

// all runs every cell with every seed and reads them.
func (r *reproduction) all(ctx context.Context) (map[string][]*reproduce.Run, error) {
	runs := map[string][]*reproduce.Run{}
	bar := newReporter(r.cli.JSON, r.table.Name, 0, len(r.table.Cells)*len(r.seeds))
	defer bar.done()
	// Seed by seed, so that a table that was stopped early has whole seeds.
	for _, seed := range r.seeds {
		for _, cell := range r.table.Cells {
			dir := filepath.Join(r.out, fmt.Sprintf("%s-%d", cell.Name, seed))
			if err := r.cell(ctx, cell, seed, dir); err != nil {
				return nil, fmt.Errorf("%s: %w", dir, err)
			}
			run, err := report.Read(dir)
			if err != nil {
				return nil, err
			}
			one := &reproduce.Run{Run: run}
			if len(r.facts) > 0 {
				if one.Counts, err = r.askFacts(dir); err != nil {
					return nil, fmt.Errorf("%s: %w", dir, err)
				}
			}
			runs[cell.Name] = append(runs[cell.Name], one)
			bar.step(map[string]any{"type": "cell", "cell": cell.Name, "seed": seed, "folder": dir}, fmt.Sprintf("%s, seed %d", cell.Label, seed))
		}
	}
	return runs, nil
}

// settings is all that a cell's figures depend on, kept in its folder.
type settings struct {
	Load  protocol.Load   `json:"load"`
	Scale reproduce.Scale `json:"scale"`
	Shots int             `json:"shots"`
	Train protocol.Train  `json:"train"`
	Tax   bool            `json:"tax"`
	Done  bool            `json:"done"` // trained and compared
}

// cellFile holds the settings.
const cellFile = "cell.json"

// cell runs one cell with one seed: what its folder lacks of it.
func (r *reproduction) cell(ctx context.Context, cell reproduce.Cell, seed uint64, dir string) error {
	config, err := r.scale.Train(cell, seed)
	if err != nil {
		return err
	}
	want := settings{*r.load, r.scale, r.scale.ShotsOf(cell), config, len(r.tax) > 0, true}
	want.Load.Engine = "" // the same figures, but for rounding
	if !want.Tax {
		want.Train.TaxEvery, want.Train.TaxScores = 0, 0
	}
	var have settings
	content, err := os.ReadFile(filepath.Join(dir, cellFile))
	switch {
	case os.IsNotExist(err):
		have = want
		have.Done = false
		if err := writeJSONFile(filepath.Join(dir, cellFile), have); err != nil {
			return err
		}
	case err != nil:
		return err
	default:
		if err := json.Unmarshal(content, &have); err != nil {
			return fmt.Errorf("%s: %w; remove the folder", cellFile, err)
		}
	}
	done := have.Done
	if have.Done = true; !reflect.DeepEqual(have, want) {
		return fmt.Errorf("it was run with other settings; remove it, or choose another --out")
	}
	if done {
		return nil
	}
	if err := r.run(ctx, want, seed, dir); err != nil {
		return err
	}
	return writeJSONFile(filepath.Join(dir, cellFile), want)
}

// saveEvery is the steps that a killed cell loses at most.
const saveEvery = 20

// run trains and compares, and logs as dongyur train does. Training that was killed
// goes on from its last save.
func (r *reproduction) run(ctx context.Context, s settings, seed uint64, dir string) error {
	log, err := openRunLog(dir)
	if err != nil {
		return err
	}
	defer log.close()
	logged := func(e protocol.Event) {
		switch e.Type {
		case protocol.EvStep, protocol.EvTax, protocol.EvScores:
			log.write("metrics.jsonl", e)
		case protocol.EvGroup:
			log.write("completions.jsonl", e)
		}
	}
	if saved, err := report.Read(dir); err == nil && measuredThrough(saved) {
		err = r.goOn(ctx, dir, log, logged)
		if err != nil {
			return err
		}
	} else {
		for _, name := range []string{"metrics.jsonl", "completions.jsonl"} {
			if err := log.restart(name); err != nil {
				return err
			}
		}
		pool, err := r.shots(s.Shots, seed)
		if err != nil {
			return err
		}
		examples := &protocol.Examples{Train: pool, HeldOut: r.held, Tax: r.tax}
		if err := r.session.do(ctx, protocol.Command{Type: protocol.CmdExamples, Examples: examples}, nil); err != nil {
			return err
		}
		config := s.Train
		config.Dir, config.Groups, config.SaveEvery = dir, true, saveEvery
		if err := r.session.do(ctx, protocol.Command{Type: protocol.CmdTrain, Train: &config}, logged); err != nil {
			return err
		}
	}
	if err := log.restart(comparisonFile); err != nil || len(r.held) == 0 {
		return err
	}
	compare := protocol.Compare{Sampling: task.Sampling{MaxTokens: r.scale.MaxTokens}}
	return r.session.do(ctx, protocol.Command{Type: protocol.CmdCompare, Compare: &compare}, func(e protocol.Event) {
		if e.Type != protocol.EvProgress {
			log.write(comparisonFile, e)
		}
	})
}

// measuredThrough tells whether a run's log has all that was due by its last save. A
// stop may come between a step and what is measured of it.
func measuredThrough(saved *report.Run) bool {
	tax, scores := map[int]bool{}, map[int]bool{}
	for _, t := range saved.Tax {
		tax[t.Step] = true
	}
	for _, s := range saved.Curve {
		scores[s.Step] = true
	}
	c := saved.Train
	for step := range saved.Step + 1 {
		due := c.TaxEvery > 0 && (step%c.TaxEvery == 0 || step == c.Steps)
		if due && (!tax[step] || c.TaxScores > 0 && !scores[step]) {
			return false
		}
	}
	return true
}

// goOn takes up training from a save; one that is complete is only loaded.
func (r *reproduction) goOn(ctx context.Context, dir string, log *runLog, logged func(protocol.Event)) error {
	saved, err := r.session.restore(ctx, protocol.Restore{Dir: dir})
	if err != nil {
		return err
	}
	if err := log.truncate(saved.Step); err != nil || saved.Step >= saved.Train.Steps {
		return err
	}
	return r.session.do(ctx, protocol.Command{Type: protocol.CmdResume}, logged)
}

// writeResult keeps a table beside its cells.
func writeResult(out string, result *reproduce.Result) error {
	if err := writeJSONFile(filepath.Join(out, "table.json"), result); err != nil {
		return err
	}
	return train.WriteFile(filepath.Join(out, "table.md"), result.WriteMarkdown)
}

func writeJSONFile(path string, value any) error {
	return train.WriteFile(path, func(w io.Writer) error {
		encoder := json.NewEncoder(w)
		encoder.SetIndent("", " ")
		return encoder.Encode(value)
	})
}
