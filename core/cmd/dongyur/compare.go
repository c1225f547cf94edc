package main

import (
	"context"
	"fmt"

	"github.com/dongyur/dongyur/core/protocol"
	"github.com/dongyur/dongyur/core/task"
)

type evalCommand struct {
	modelFlags
	exampleFlags
	drawFlags
	Split string `help:"Split that is measured; of a table of your own: test, a quarter of it, train or all." default:"test"`
	Limit int    `help:"Examples; 0: all." default:"0"`
}

// Help is the command's example.
func (evalCommand) Help() string {
	return "Example:\n\n  dongyur eval --model assets/models/nano --data software_bo_zh_en --split test --limit 100"
}

// Run measures a model, with its adapter if one is given.
func (c *evalCommand) Run(ctx context.Context, cli *program) error {
	sampling, err := c.sampling()
	if err != nil {
		return err
	}
	session, err := openHeldOut(ctx, cli, c.modelFlags, c.exampleFlags, c.Split, c.Limit)
	if err != nil {
		return err
	}
	command := protocol.Evaluate{Base: c.Adapter == "", Sampling: sampling}
	return measure(ctx, cli, session, protocol.Command{Type: protocol.CmdEvaluate, Evaluate: &command}, func(e protocol.Event) { showScores(cli, e) })
}

// measure sends an evaluation or a comparison, shows how far it is, and hands on all
// other events. An interrupt ends it with the scores of what was measured.
func measure(ctx context.Context, cli *program, session *client, command protocol.Command, on func(protocol.Event)) error {
	var bar *reporter
	end := func() {
		if bar != nil {
			bar.done()
			bar = nil
		}
	}
	defer end()
	err := session.do(ctx, command, func(e protocol.Event) {
		if p := e.Progress; p == nil {
			end()
			on(e)
		} else {
			if bar == nil {
				bar = newReporter(cli.JSON, string(command.Type), 0, int(p.Total))
			}
			bar.at(int(p.Done), int(p.Total))
		}
	})
	return orInterrupted(err, "the scores are of the examples that were measured by then")
}

type compareCommand struct {
	modelFlags
	exampleFlags
	drawFlags
	Split string `help:"Split that is measured; of a table of your own: test, a quarter of it, train or all." default:"test"`
	Limit int    `help:"Examples; 0: all." default:"0"`
	Lines int    `help:"Lines shown side by side." default:"10"`
	Out   string `help:"Folder that comparison.jsonl is written to, such as the run's own." type:"path"`
}

// Help is the command's example.
func (compareCommand) Help() string {
	return "Example:\n\n  dongyur compare --model assets/models/nano --adapter runs/grpo-1 --data software_bo_zh_en --limit 100"
}

// Run compares a base model with its adapter on the same examples.
func (c *compareCommand) Run(ctx context.Context, cli *program) error {
	if c.Adapter == "" {
		return fmt.Errorf("compare needs --adapter: the folder of what was trained on top of --model")
	}
	sampling, err := c.sampling()
	if err != nil {
		return err
	}
	session, err := openHeldOut(ctx, cli, c.modelFlags, c.exampleFlags, c.Split, c.Limit)
	if err != nil {
		return err
	}
	log, err := openRunLog(c.Out)
	if err != nil {
		return err
	}
	defer log.close()
	if err := log.restart(comparisonFile); err != nil {
		return err
	}
	return compareHeldOut(ctx, cli, session, sampling, c.Lines, log)
}

// openHeldOut loads a model and the examples to measure it on.
func openHeldOut(ctx context.Context, cli *program, models modelFlags, examples exampleFlags, split string, limit int) (*client, error) {
	held, err := examples.draw(cli, split, limit, 0)
	if err != nil {
		return nil, err
	}
	session, err := newClient(cli.Engine)
	if err != nil {
		return nil, err
	}
	if err := session.load(ctx, models, cli.Engine); err != nil {
		return nil, err
	}
	return session, session.do(ctx, protocol.Command{Type: protocol.CmdExamples, Examples: &protocol.Examples{HeldOut: held}}, nil)
}

// compareHeldOut prints scores before and after, and some lines side by side, and
// logs them all.
func compareHeldOut(ctx context.Context, cli *program, session *client, sampling task.Sampling, lines int, log *runLog) error {
	shown := 0
	command := protocol.Compare{Sampling: sampling}
	return measure(ctx, cli, session, protocol.Command{Type: protocol.CmdCompare, Compare: &command}, func(e protocol.Event) {
		log.write(comparisonFile, e)
		if e.Type == protocol.EvCompared && !cli.JSON && shown < lines {
			shown++
			c := e.Compared
			fmt.Printf("source     %s\nreference  %s\nbefore     %s\nafter      %s\n\n", c.Example.Source, c.Example.Reference, c.Before, c.After)
		}
		showScores(cli, e)
	})
}

// showScores prints a Scores event, and with JSON every event.
func showScores(cli *program, e protocol.Event) {
	if cli.JSON {
		printJSON(e)
		return
	}
	if e.Type != protocol.EvScores {
		return
	}
	fmt.Printf("%s, %d examples\n", e.Scores.Which, e.Scores.Count)
	for _, s := range e.Scores.Scores {
		fmt.Printf("  %-12s %8.4f  [%.4f, %.4f]  %s\n", s.Name, s.Value, s.Low, s.High, s.Signature)
	}
	if e.Scores.Change == nil {
		return
	}
	fmt.Println("change, with the paired bootstrap's 95 % interval")
	for _, s := range e.Scores.Change {
		fmt.Printf("  %-12s %+8.4f  [%+.4f, %+.4f]\n", s.Name, s.Value, s.Low, s.High)
	}
}
