package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/alecthomas/kong"

	"github.com/dongyur/dongyur/core/data"
	"github.com/dongyur/dongyur/core/protocol"
	"github.com/dongyur/dongyur/core/report"
	"github.com/dongyur/dongyur/core/task"
)

// atRoot moves to the module's root, where the program is run from.
func atRoot(t *testing.T) {
	t.Helper()
	t.Chdir(filepath.Join("..", "..", ".."))
	if _, err := os.Stat("assets/models/nano/model.safetensors"); err != nil {
		t.Skipf("the nano model is not here (%v); `make models` makes it", err)
	}
}

// newParser parses command lines into cli.
func newParser(t *testing.T, cli *program, options ...kong.Option) *kong.Kong {
	t.Helper()
	parser, err := kong.New(cli, append(options, kong.Name("dongyur"), taskNames(), templateNames)...)
	if err != nil {
		t.Fatal(err)
	}
	return parser
}

// runProgram parses a command line and runs it.
func runProgram(t *testing.T, ctx context.Context, arguments ...string) error {
	t.Helper()
	cli := newProgram()
	parsed, err := newParser(t, cli, kong.BindTo(ctx, (*context.Context)(nil)), kong.Bind(cli)).Parse(arguments)
	if err != nil {
		return err
	}
	return parsed.Run()
}

var small = []string{"--json", "train", "--model", "assets/models/nano", "--shots", "8", "--held-out", "4", "--no-tax",
	"--prompts", "2", "--max-tokens", "8", "--rank", "2"}

// A run that is stopped and resumed logs the same steps as one that is not.
func TestTrainStopsAndResumes(t *testing.T) {
	if testing.Short() {
		t.Skip("trains the nano model")
	}
	atRoot(t)
	for _, method := range []string{"sft", "grpo"} {
		t.Run(method, func(t *testing.T) {
			dir := t.TempDir()
			whole, parts := filepath.Join(dir, "whole"), filepath.Join(dir, "parts")
			arguments := append(small, "--method", method, "--steps", "6", "--save-every", "2")
			if method == "grpo" {
				arguments = append(arguments, "--group", "2")
			}
			if err := runProgram(t, context.Background(), append(arguments, "--out", whole)...); err != nil {
				t.Fatal(err)
			}
			for _, name := range []string{"run.json", "metrics.jsonl", "comparison.jsonl", "adapter_config.json", "adapter_model.safetensors", "state.safetensors"} {
				if _, err := os.Stat(filepath.Join(whole, name)); err != nil {
					t.Error(err)
				}
			}
			stopped, stop := context.WithCancel(context.Background())
			go stopAfterStep(filepath.Join(parts, "metrics.jsonl"), stop)
			if err := runProgram(t, stopped, append(arguments, "--out", parts)...); !errors.Is(err, context.Canceled) {
				t.Fatalf("a stopped run gives %v, want context.Canceled", err)
			}
			if err := runProgram(t, context.Background(), append(arguments, "--out", parts, "--resume")...); err != nil {
				t.Fatal(err)
			}
			// Elsewhere, and with nothing left to do but to compare, it goes on, too.
			moved := filepath.Join(dir, "moved")
			if err := os.Rename(parts, moved); err != nil {
				t.Fatal(err)
			}
			if err := runProgram(t, context.Background(), append(arguments, "--out", moved, "--resume")...); err != nil {
				t.Errorf("a finished run: %v", err)
			}
			if _, err := os.Stat(parts); err == nil {
				t.Error("a run that was moved writes to where it was")
			}
			want, got := steps(t, whole), steps(t, moved)
			if len(want) != 6 || len(got) != 6 {
				t.Fatalf("%d and %d steps logged, want 6", len(want), len(got))
			}
			for i := range want {
				if want[i].Loss != got[i].Loss || want[i].GradNorm != got[i].GradNorm || want[i].Reward != got[i].Reward {
					t.Errorf("step %d: %+v after a resume, %+v without", i+1, got[i], want[i])
				}
			}
		})
	}
}

// stopAfterStep is Ctrl-C once the first step is logged.
func stopAfterStep(log string, stop func()) {
	for range time.Tick(time.Millisecond) {
		if info, err := os.Stat(log); err == nil && info.Size() > 0 {
			stop()
			return
		}
	}
}

func steps(t *testing.T, dir string) []protocol.Step {
	t.Helper()
	run, err := report.Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	return run.Steps
}

// Before and after are measured on what is held out: test, or dev where a set has no test.
func TestHeldSplit(t *testing.T) {
	atRoot(t)
	for _, c := range []struct{ set, split, want, says string }{
		{set: "software_bo_zh_en", want: data.Test},
		{set: "tibettimes", want: data.Dev},
		{set: "own.tsv", want: data.Test},
		{set: "software_bo_zh_en", split: data.Dev, want: data.Dev},
		{set: "software_bo_zh_en", split: data.Train, says: "it is trained on"},
		{set: "own.tsv", split: allRows, says: "it is trained on"},
	} {
		command := trainCommand{Split: c.split, exampleFlags: exampleFlags{Set: c.set}}
		got, err := command.heldSplit(&program{})
		if got != c.want || (err != nil) != (c.says != "") || err != nil && !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s, --split %q: %q, %v; want %q, %q", c.set, c.split, got, err, c.want, c.says)
		}
	}
}

// Bad input is told in one message that says what to do.
func TestTrainRefuses(t *testing.T) {
	atRoot(t)
	table := filepath.Join(t.TempDir(), "one.tsv")
	if err := os.WriteFile(table, []byte("source\nབོད།\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	used := t.TempDir()
	if err := os.WriteFile(filepath.Join(used, stateFile), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, says string
		arguments  []string
	}{
		{"a group of one", "from 2", []string{"--group", "1"}},
		{"greedy sampling", "--temperature: Temperature must be from 0.01 to 10, not 0", []string{"--temperature", "0"}},
		{"a negative count", "--epochs: Updates a batch must be from 1 to 64, not -1", []string{"--epochs=-1"}},
		{"two updates without a ratio", "--epochs: rloo does not read it", []string{"--method", "rloo", "--epochs", "2"}},
		{"a setting of another method", "--group: sft does not read it", []string{"--method", "sft", "--group", "4"}},
		{"news texts cut before their beginning", "--source-units -1: give 0", []string{"--task", "headline", "--source-units=-1"}},
		{"a translation cut", "--task headline", []string{"--source-units", "60"}},
		{"no steps", "--steps: Steps must be 1 or more, not 0", []string{"--steps", "0"}},
		{"an unknown method", "sft", []string{"--method", "ppo"}},
		{"no reference to pull towards", "--rank: LoRA rank must be 0 or more", []string{"--rank=-1"}},
		{"an unknown set", "not in the catalogue", []string{"--data", "nothing"}},
		{"a table that is not there", "no such file", []string{"--data", table + ".csv"}},
		{"a folder with a run", "--resume", []string{"--out", used}},
		{"a table of one column", "column", []string{"--data", table}},
		{"no folder to resume", "--out", []string{"--resume"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := runProgram(t, context.Background(), append(append([]string{}, small...), c.arguments...)...)
			if err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("error %v, want one that says %q", err, c.says)
			}
		})
	}
}

// A table of one's own is measured in parts or as a whole; rows that are all alike
// have no part to hold out. What its column split says stands, so that nothing marked as
// test is trained on.
func TestSplitTable(t *testing.T) {
	table := func(sources ...string) (list []task.Example) {
		for i, s := range sources {
			list = append(list, task.Example{ID: s, Source: s, Reference: strings.Repeat("ab"[i%2:i%2+1], i+1)})
		}
		return list
	}
	mixed, alike := table("ཀ", "ཁ", "ག", "ང", "ཅ", "ཆ", "ཇ", "ཉ"), table("line 1", "line 2", "line 3")
	marked := func(splits ...string) []task.Example {
		list := table("ཀ", "ཁ", "ག", "ང", "ཅ", "ཆ", "ཇ", "ཉ")
		for i, split := range splits {
			list[i].Split = split
		}
		return list
	}
	divided := marked(data.Test, data.Train, data.Dev, data.Dev)
	for _, test := range []struct {
		examples []task.Example
		split    string
		count    int
		wrong    string
	}{
		{mixed, data.Test, 2, ""}, {mixed, data.Train, 6, ""}, {mixed, allRows, 8, ""},
		{alike, data.Train, 3, ""}, {alike, allRows, 3, ""}, {alike, data.Test, 0, "mine.tsv: none of its rows (3) can be held out"},
		{divided, data.Test, 1, ""}, {divided, data.Dev, 2, ""}, {divided, data.Train, 5, ""}, {divided, allRows, 8, ""},
		{marked(data.Dev), data.Test, 1, ""}, {marked(data.Train), data.Test, 0, "its column split has no row of test"},
		{marked("valid"), data.Train, 0, `its column split has "valid"`},
	} {
		have, err := splitTable("mine.tsv", test.examples, test.split)
		if test.wrong != "" {
			if err == nil || !strings.Contains(err.Error(), test.wrong) {
				t.Errorf("%s: error %v, want one with %q", test.split, err, test.wrong)
			}
			continue
		}
		if err != nil || len(have) != test.count {
			t.Errorf("%s: %d of %d examples, %v; want %d", test.split, len(have), len(test.examples), err, test.count)
		}
	}
}

// example is one on a line of its own, so that it can be copied.
var example = regexp.MustCompile(`Example:\s+dongyur [^\n]+(\n\n|$)`)

// Every command's help has an example.
func TestHelpHasExamples(t *testing.T) {
	for _, leaf := range newParser(t, newProgram()).Model.Leaves(false) {
		if !example.MatchString(leaf.Detail) {
			t.Errorf("%s: no example in its help", leaf.Path())
		}
	}
}
