package main

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/dongyur/dongyur/core/data"
	"github.com/dongyur/dongyur/core/objective"
	"github.com/dongyur/dongyur/core/protocol"
	"github.com/dongyur/dongyur/core/task"
	"github.com/dongyur/dongyur/core/train"
)

type trainCommand struct {
	modelFlags
	exampleFlags
	settingFlags
	Method    string `help:"How to learn; the methods are listed above." default:"grpo"`
	Shots     int    `help:"Training examples, drawn by seed; 0: all." default:"64"`
	HeldOut   int    `help:"Held-out examples that before and after are measured on; 0: all of --split." default:"0"`
	Split     string `help:"Split that they are of; unset: test, or dev of a set that has no test."`
	Texts     string `help:"cpt: texts to read, a data set or a file with one a line; none: the examples' own."`
	Reward    string `help:"JSON file of the reward's terms and weights (see dongyur reward --help); none: S1's, similarity 1.5 and language 1 with guards." type:"existingfile"`
	Out       string `help:"Folder of the run." type:"path"`
	SaveEvery int    `help:"Steps between checkpoints; 0: only at the end." default:"20"`
	Resume    bool   `help:"Go on with the run in --out; all else it knows itself."`
	Tax       bool   `help:"Measure the held-out loss of English and Chinese before and after." default:"true" negatable:""`
	TaxEvery  int    `help:"Steps between such measurements on the way; 0: a quarter of the run." default:"0"`
	TaxScores int    `help:"Held-out examples that are answered and scored at each of them, for dongyur tax; 0: none." default:"32"`

	longest int // answer of the run, in tokens
}

// Help is the table of methods and the command's example.
func (trainCommand) Help() string {
	return "Methods:\n\n" + indented(objective.Help()) + "\nExample:\n\n  dongyur train --method grpo --model assets/models/nano --data software_bo_zh_en --task translate --shots 64 --steps 100 --seed 1 --out runs/grpo-1\n\n" +
		"Ctrl-C saves after the step at hand; --resume --out FOLDER alone goes on; beside it, --steps, --learning-rate, --save-every and --tax-every change what follows."
}

// taxTexts is how many held-out texts a language's loss is measured on.
const taxTexts = 60

// config is the run's settings.
func (c *trainCommand) config() (protocol.Train, error) {
	method, err := objective.MethodNamed(c.Method)
	if err != nil {
		return protocol.Train{}, err
	}
	if c.base, err = readReward(c.Reward); err != nil {
		return protocol.Train{}, err
	}
	t, err := c.settings(method)
	if err != nil {
		return t, err
	}
	t.FromAdapter = c.Adapter != ""
	t.Dir, t.SaveEvery, t.Groups = c.Out, c.SaveEvery, c.Out != ""
	if c.Tax {
		t.TaxEvery, t.TaxScores = cmp.Or(c.TaxEvery, max(1, t.Steps/4)), c.TaxScores
	}
	return t, nil
}

// indented puts two spaces before each line, which keeps lines apart in the help.
func indented(lines string) string {
	return "  " + strings.ReplaceAll(strings.TrimRight(lines, "\n"), "\n", "\n  ") + "\n"
}

// Run trains, then compares base and adapter on held-out examples.
func (c *trainCommand) Run(ctx context.Context, cli *program, line *kong.Context) error {
	if c.Resume && c.Out == "" {
		return errors.New("--resume needs --out: the folder of the run")
	}
	session, err := newClient(cli.Engine)
	if err != nil {
		return err
	}
	log, err := openRunLog(c.Out)
	if err != nil {
		return err
	}
	defer log.close()
	if c.Out == "" {
		fmt.Fprintln(os.Stderr, "dongyur: without --out the run is measured and then dropped")
	}
	if c.Resume {
		err = c.resume(ctx, cli, session, log, givenFlags(line))
	} else {
		err = c.start(ctx, cli, session, log, givenFlags(line))
	}
	if err != nil {
		return orInterrupted(err, c.next())
	}
	if err := log.restart(comparisonFile); err != nil {
		return err
	}
	return orInterrupted(compareHeldOut(ctx, cli, session, task.Sampling{MaxTokens: c.longest}, 0, log), c.next())
}

// stateFile is what a run goes on from.
const stateFile = "state.safetensors"

// next is what to do after an interrupt.
func (c *trainCommand) next() string {
	if c.Out == "" {
		return "without --out nothing is saved"
	}
	if _, err := os.Stat(filepath.Join(c.Out, stateFile)); err != nil {
		return "nothing was saved yet; start again"
	}
	return fmt.Sprintf("the run is saved in %s; go on with --resume, which also compares before and after", c.Out)
}

// start loads model and examples and runs all steps.
func (c *trainCommand) start(ctx context.Context, cli *program, session *client, log *runLog, given map[string]string) error {
	if _, err := os.Stat(filepath.Join(c.Out, stateFile)); c.Out != "" && err == nil {
		return fmt.Errorf("%s holds a run already: go on with it by --resume, remove it, or choose another --out", c.Out)
	}
	config, err := c.config()
	if err != nil {
		return err
	}
	c.longest = config.Sampling.MaxTokens
	examples, err := c.examples(cli, config.Seed)
	if err != nil {
		return err
	}
	if err := session.load(ctx, c.modelFlags, cli.Engine); err != nil {
		return err
	}
	if err := session.do(ctx, protocol.Command{Type: protocol.CmdExamples, Examples: examples}, nil); err != nil {
		return err
	}
	for _, name := range []string{"metrics.jsonl", "completions.jsonl"} {
		if err := log.restart(name); err != nil {
			return err
		}
	}
	if err := keepFlags(c.Out, given); err != nil {
		return err
	}
	report := newReporter(cli.JSON, c.Method, 0, config.Steps)
	defer report.done()
	return session.do(ctx, protocol.Command{Type: protocol.CmdTrain, Train: &config}, func(e protocol.Event) { showStep(report, log, e) })
}

// resume goes on with a saved run, with what the flags given beside it change.
func (c *trainCommand) resume(ctx context.Context, cli *program, session *client, log *runLog, given map[string]string) error {
	change, err := c.changes(given)
	if err != nil {
		return err
	}
	saved, err := session.restore(ctx, protocol.Restore{Dir: c.Out, Change: change})
	if err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "%s, step %d of %d: it goes on with the settings and examples that it was started with%s\n",
		saved.Train.Method, saved.Step, saved.Train.Steps, butFor(change))
	c.longest = saved.Train.Sampling.MaxTokens
	if err := log.truncate(saved.Step); err != nil || saved.Step >= saved.Train.Steps {
		return err
	}
	report := newReporter(cli.JSON, saved.Train.Method, saved.Step, saved.Train.Steps)
	defer report.done()
	return session.do(ctx, protocol.Command{Type: protocol.CmdResume}, func(e protocol.Event) { showStep(report, log, e) })
}

// examples gathers training shots, held-out examples and the texts of the tax.
func (c *trainCommand) examples(cli *program, seed uint64) (*protocol.Examples, error) {
	pool, err := c.draw(cli, data.Train, c.Shots, seed)
	if err != nil {
		return nil, err
	}
	// The held-out examples are the same for every seed, so that runs compare.
	split, err := c.heldSplit(cli)
	if err != nil {
		return nil, err
	}
	held, err := c.draw(cli, split, c.HeldOut, 0)
	if err != nil {
		return nil, err
	}
	examples := &protocol.Examples{Train: pool, HeldOut: held}
	if examples.Texts, err = c.texts(cli, c.target()); err != nil {
		return nil, err
	}
	if c.Tax {
		examples.Tax, err = cli.taxTexts()
	}
	return examples, err
}

// heldSplit is the split that before and after are measured on: never the one that is trained on.
func (c *trainCommand) heldSplit(cli *program) (string, error) {
	if c.Split == data.Train || c.Split == allRows {
		return "", fmt.Errorf("--split %s: it is trained on; name one that is held out, such as %s", c.Split, data.Test)
	}
	if c.Split != "" {
		return c.Split, nil
	}
	catalogue, err := cli.catalogue()
	if err != nil {
		return data.Test, nil // a table of one's own needs no catalogue, and draw tells of one that is missed
	}
	set, err := catalogue.Set(c.Set)
	if err != nil {
		return data.Test, nil // a table of one's own
	}
	held := set.MeasuredSplit()
	if held != data.Test {
		fmt.Fprintf(os.Stderr, "dongyur: %s has no test split; before and after are measured on %s\n", c.Set, held)
	}
	return held, nil
}

// taxTexts are held-out English and Chinese texts.
func (cli *program) taxTexts() (map[string][]string, error) {
	catalogue, err := cli.catalogue()
	if err != nil {
		return nil, err
	}
	texts := map[string][]string{}
	for _, code := range []string{"en", "zh"} {
		for text, err := range catalogue.TextsSplit("mono_en_zh", code, data.Dev) {
			if err != nil {
				return nil, fmt.Errorf("texts of the alignment tax: %w (or train with --no-tax)", err)
			}
			if len(texts[code]) < taxTexts {
				texts[code] = append(texts[code], text)
			}
		}
	}
	return texts, nil
}

// showStep reports a run's event to the terminal and the run's log.
func showStep(report *reporter, log *runLog, e protocol.Event) {
	switch e.Type {
	case protocol.EvStep:
		s := e.Step
		line := fmt.Sprintf("loss %.3f", s.Loss)
		if s.Terms != nil {
			line = fmt.Sprintf("reward %.3f, kl %.3f, %.0f tokens/s", s.Reward, s.KL, s.TokensPerSecond)
		}
		if s.Resampled > 0 {
			line += fmt.Sprintf(", %d prompts drawn again", s.Resampled)
		}
		for _, name := range slices.Sorted(maps.Keys(s.Figures)) {
			line += fmt.Sprintf(", %s %.3f", name, s.Figures[name])
		}
		report.step(e, line)
		log.write("metrics.jsonl", e)
	case protocol.EvTax:
		if report.json {
			printJSON(e)
		} else {
			fmt.Fprintf(os.Stderr, "\nstep %d: held-out loss en %.3f, zh %.3f nats a token\n", e.Tax.Step, e.Tax.NLL["en"], e.Tax.NLL["zh"])
		}
		log.write("metrics.jsonl", e)
	case protocol.EvScores:
		if report.json {
			printJSON(e)
		}
		log.write("metrics.jsonl", e)
	case protocol.EvGroup:
		log.write("completions.jsonl", e)
	}
}

// runLog appends events to a run's files.
type runLog struct {
	dir   string
	files map[string]*os.File
	err   error
}

// openRunLog prepares logs in dir; an empty dir logs nothing.
func openRunLog(dir string) (*runLog, error) {
	log := &runLog{dir: dir, files: map[string]*os.File{}}
	if dir == "" {
		return log, nil
	}
	return log, os.MkdirAll(dir, 0o755)
}

// write appends one event; the first failure is told once and ends the logging,
// not the run.
func (l *runLog) write(name string, event protocol.Event) {
	if l.dir == "" || l.err != nil {
		return
	}
	file, ok := l.files[name]
	if !ok {
		if file, l.err = os.OpenFile(filepath.Join(l.dir, name), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644); l.err == nil {
			l.files[name] = file
		}
	}
	if l.err == nil {
		l.err = json.NewEncoder(file).Encode(event)
	}
	if l.err != nil {
		fmt.Fprintln(os.Stderr, "dongyur: the run goes on without its log:", l.err)
	}
}

// restart empties one of the files.
func (l *runLog) restart(name string) error {
	if l.dir == "" {
		return nil
	}
	if err := os.Remove(filepath.Join(l.dir, name)); !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

// truncate drops what was logged after a step, for a run that goes on from it.
func (l *runLog) truncate(step int) error {
	for _, name := range []string{"metrics.jsonl", "completions.jsonl"} {
		content, err := os.ReadFile(filepath.Join(l.dir, name))
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		var kept bytes.Buffer
		for scanner := bufio.NewReader(bytes.NewReader(content)); ; {
			line, err := scanner.ReadBytes('\n')
			if err != nil {
				break // a line without its end was cut off by a crash
			}
			var e protocol.Event
			if json.Unmarshal(line, &e) == nil && stepOf(e) <= step {
				kept.Write(line)
			}
		}
		err = train.WriteFile(filepath.Join(l.dir, name), func(w io.Writer) error {
			_, err := w.Write(kept.Bytes())
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// stepOf is the step that an event belongs to.
func stepOf(e protocol.Event) int {
	switch {
	case e.Step != nil:
		return e.Step.Step
	case e.Tax != nil:
		return e.Tax.Step
	case e.Group != nil:
		return e.Group.Step
	case e.Scores != nil:
		return e.Scores.Step
	}
	return 0
}

func (l *runLog) close() {
	for _, file := range l.files {
		// Every line was written by its own call; there is nothing left to lose.
		_ = file.Close()
	}
}
