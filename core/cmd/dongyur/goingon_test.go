package main

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dongyur/dongyur/core/protocol"
)

// --resume alone finds everything in the run; what is given beside it is applied or
// refused by name.
func TestResumeAloneAndWithChanges(t *testing.T) {
	if testing.Short() {
		t.Skip("trains the nano model")
	}
	atRoot(t)
	out := filepath.Join(t.TempDir(), "run")
	if err := runProgram(t, context.Background(), append(small, "--method", "sft", "--steps", "2", "--out", out)...); err != nil {
		t.Fatal(err)
	}
	if err := runProgram(t, context.Background(), "train", "--resume", "--out", out); err != nil {
		t.Errorf("--resume alone: %v", err)
	}
	for _, test := range []struct {
		flags []string
		says  string
	}{
		{[]string{"--rank", "3"}, "--rank 3"},
		{[]string{"--method", "grpo"}, "--method grpo"},
		{[]string{"--data", "flores_bo_zh_en"}, "--data flores_bo_zh_en"},
		{[]string{"--seed", "99"}, "--seed 99"},
		{[]string{"--steps", "1"}, "the run has taken 2 already"},
	} {
		err := runProgram(t, context.Background(), append([]string{"train", "--resume", "--out", out}, test.flags...)...)
		if err == nil || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%v: %v, want %q", test.flags, err, test.says)
		}
	}
	if err := runProgram(t, context.Background(), "train", "--resume", "--out", out, "--steps", "4", "--learning-rate", "0.00007", "--save-every", "1", "--no-tax"); err != nil {
		t.Fatal(err)
	}
	if got := steps(t, out); len(got) != 4 {
		t.Errorf("%d steps logged, want 4", len(got))
	}
	content, err := os.ReadFile(filepath.Join(out, "run.json"))
	var run struct {
		Train protocol.Train
		Step  int
	}
	if err == nil {
		err = json.Unmarshal(content, &run)
	}
	if err != nil || run.Step != 4 || run.Train.Steps != 4 || run.Train.LearningRate != 0.00007 || run.Train.SaveEvery != 1 || run.Train.TaxEvery != 0 {
		t.Errorf("run.json has %+v, %v", run, err)
	}
}

// What a run's end will need is tried before its first step.
func TestTheEndIsTriedFirst(t *testing.T) {
	if testing.Short() {
		t.Skip("loads the nano model")
	}
	atRoot(t)
	dir := t.TempDir()
	table := filepath.Join(dir, "long.tsv")
	var rows strings.Builder
	rows.WriteString("source\treference\tsplit\n")
	for range 8 {
		rows.WriteString("ཆུ་འཐུང་།\t喝水。\ttrain\n")
	}
	rows.WriteString(strings.Repeat("ཆུ་གྲང་མོ་འཐུང་།", 600) + "\t喝冷水。\ttest\n")
	if err := os.WriteFile(table, []byte(rows.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	locked := filepath.Join(dir, "file")
	if err := os.WriteFile(locked, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name  string
		flags []string
		says  []string
	}{
		{"a held-out prompt that does not fit", []string{"--data", table}, []string{"held-out examples", "long.tsv:10", "shorten the source"}},
		{"a judge that does not answer", []string{"--judge", "openai:none@http://127.0.0.1:1/v1"}, []string{"judge", "does not embed"}},
		{"a folder that cannot be", []string{"--out", filepath.Join(locked, "run")}, []string{"not a directory"}},
	} {
		out := filepath.Join(dir, strings.ReplaceAll(test.name, " ", "-"))
		err := runProgram(t, context.Background(), append(append([]string{}, append(small, "--method", "sft", "--steps", "2", "--no-tax", "--out", out)...), test.flags...)...)
		if err == nil {
			t.Errorf("%s was not noticed", test.name)
			continue
		}
		for _, says := range test.says {
			if !strings.Contains(err.Error(), says) {
				t.Errorf("%s: %v, want %q", test.name, err, says)
			}
		}
		if _, err := os.Stat(filepath.Join(out, "metrics.jsonl")); err == nil {
			t.Errorf("%s: steps were taken", test.name)
		}
	}
}
