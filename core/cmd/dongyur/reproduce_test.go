package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gomlx/compute/dtypes"

	"github.com/dongyur/dongyur/core/data"
	"github.com/dongyur/dongyur/core/model"
	"github.com/dongyur/dongyur/core/reproduce"
	"github.com/dongyur/dongyur/core/task"
	"github.com/dongyur/dongyur/core/token"
)

// tinyModel writes a random model that knows the starter set's letters.
func tinyModel(t *testing.T) string {
	t.Helper()
	var texts []string
	for _, e := range slices.Concat(data.Starter(task.Translate, "bo", "zh"), data.Starter(task.Headline, "bo", "bo")) {
		texts = append(texts, e.Source, e.Reference)
	}
	tok, err := token.Train(slices.Values(texts), token.TrainOptions{VocabSize: 600})
	if err != nil {
		t.Fatal(err)
	}
	checkpoint, err := model.Random(&model.Config{
		ModelType: "qwen2", VocabSize: tok.VocabSize(), HiddenSize: 16, IntermediateSize: 24, Layers: 2,
		Heads: 2, KVHeads: 1, HeadDim: 8, MaxPositions: 1024, RMSNormEps: 1e-6, RopeTheta: 10000, TieEmbeddings: true, InitializerRange: 0.5,
	}, 3)
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "tiny")
	if err := checkpoint.Save(dir, dtypes.Float32); err != nil {
		t.Fatal(err)
	}
	var vocabulary bytes.Buffer
	if err := tok.Save(&vocabulary); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "tokenizer.json"), vocabulary.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	return dir
}

// tinyRun is a table with a tiny model, a few steps and lines.
func tinyRun(table, model, out string, more ...string) []string {
	return append([]string{"--json", "reproduce", table, "--quick", "--model", model, "--encoder", "hashed", "--judge", "hashed",
		"--seeds", "1", "--steps", "2", "--held-out", "4", "--out", out}, more...)
}

func readTable(t *testing.T, out string) *reproduce.Result {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(out, "table.json"))
	if err != nil {
		t.Fatal(err)
	}
	var result reproduce.Result
	if err := json.Unmarshal(content, &result); err != nil {
		t.Fatal(err)
	}
	return &result
}

// Every table runs from end to end and says something of each of its claims.
func TestReproduceTables(t *testing.T) {
	if testing.Short() {
		t.Skip("trains every table's cells")
	}
	atRoot(t)
	tiny := tinyModel(t)
	for _, table := range reproduce.Tables() {
		t.Run(table.Name, func(t *testing.T) {
			out := t.TempDir()
			if table.Quick.Set == data.StarterSet {
				// No texts of the tax: that is tested by one table below, and takes longest.
				t.Setenv("DONGYUR_DATA", t.TempDir())
			}
			err := runProgram(t, context.Background(), tinyRun(table.Name, tiny, out)...)
			if errors.Is(err, os.ErrNotExist) {
				t.Skip(err) // the facts are not part of the program
			}
			if err != nil {
				t.Fatal(err)
			}
			scaled, _ := table.Scaled(true)
			result := readTable(t, out)
			if len(result.Rows) != len(scaled.Cells)+1 || result.Lines != 4 || len(result.Seeds) != 1 {
				t.Errorf("%d rows, %d held out, seeds %v", len(result.Rows), result.Lines, result.Seeds)
			}
			if len(result.Notes) == 0 && len(result.Claims) != len(scaled.Claims) {
				t.Errorf("%d of %d claims are tested", len(result.Claims), len(scaled.Claims))
			}
			text, err := os.ReadFile(filepath.Join(out, "table.md"))
			if err != nil || !strings.Contains(string(text), scaled.Cells[0].Label) {
				t.Errorf("table.md: %v", err)
			}
		})
	}
}

// A table that is stopped goes on where it was, and ends with the same figures.
func TestReproduceGoesOn(t *testing.T) {
	atRoot(t)
	tiny := tinyModel(t)
	whole, parts := t.TempDir(), t.TempDir()
	if err := runProgram(t, context.Background(), tinyRun("tax", tiny, whole)...); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	go func() {
		for range time.Tick(time.Millisecond) {
			if _, err := os.Stat(filepath.Join(parts, "grpo-1", "metrics.jsonl")); err == nil {
				stop()
				return
			}
		}
	}()
	if err := runProgram(t, ctx, tinyRun("tax", tiny, parts)...); !errors.Is(err, context.Canceled) {
		t.Fatalf("a stopped table gives %v, want context.Canceled", err)
	}
	first, err := os.Stat(filepath.Join(parts, "sft-1", comparisonFile))
	if err != nil {
		t.Fatal(err)
	}
	if err := runProgram(t, context.Background(), tinyRun("tax", tiny, parts)...); err != nil {
		t.Fatal(err)
	}
	if again, err := os.Stat(filepath.Join(parts, "sft-1", comparisonFile)); err != nil || !again.ModTime().Equal(first.ModTime()) {
		t.Errorf("a finished cell was run again (%v)", err)
	}
	want, got := readTable(t, whole), readTable(t, parts)
	for i := range want.Rows {
		for name, x := range want.Rows[i].Figures {
			if got.Rows[i].Figures[name] != x {
				t.Errorf("%s, %s: %+v after a stop, %+v without", want.Rows[i].Name, name, got.Rows[i].Figures[name], x)
			}
		}
	}
	if err := runProgram(t, context.Background(), tinyRun("tax", tiny, parts, "--max-tokens", "3")...); err == nil {
		t.Error("an unknown flag: no error")
	}
	other := append(tinyRun("tax", tiny, parts), "--steps", "3")
	if err := runProgram(t, context.Background(), other...); err == nil || !strings.Contains(err.Error(), "other settings") {
		t.Errorf("other settings in the same folder: %v", err)
	}
	page := filepath.Join(t.TempDir(), "report.html")
	if err := runProgram(t, context.Background(), "report", filepath.Join(parts, "grpo-1"), filepath.Join(parts, "sft-1"), "--out", page); err != nil {
		t.Error(err)
	}
	if err := runProgram(t, context.Background(), "report", filepath.Join(parts, "grpo-1"), "--out", "report.pdf"); err == nil || !strings.Contains(err.Error(), ".html") {
		t.Errorf("a form that there is not: %v", err)
	}
}

func TestReproduceRefuses(t *testing.T) {
	atRoot(t)
	for _, c := range []struct {
		says      string
		arguments []string
	}{
		{"choose from", []string{"reproduce", "everything"}},
		{"one or more", []string{"reproduce", "tax", "--quick", "--seeds", "0"}},
	} {
		if err := runProgram(t, context.Background(), c.arguments...); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%v: %v, want %q", c.arguments, err, c.says)
		}
	}
}

func TestInside(t *testing.T) {
	atRoot(t)
	tiny := tinyModel(t)
	if err := runProgram(t, context.Background(), "--json", "inside", tiny, "--limit", "6"); err != nil {
		t.Error(err)
	}
	if err := runProgram(t, context.Background(), "inside", tiny, "--langs", "bo"); err == nil || !strings.Contains(err.Error(), "two languages") {
		t.Errorf("one language: %v", err)
	}
}
