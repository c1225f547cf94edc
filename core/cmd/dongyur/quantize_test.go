package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gomlx/compute/dtypes"

	"github.com/dongyur/dongyur/core/data"
	"github.com/dongyur/dongyur/core/model"
	"github.com/dongyur/dongyur/core/train"
)

// needData goes to the project's folder, and skips a test whose data sets are not here.
func needData(t *testing.T, files ...string) {
	t.Helper()
	if testing.Short() {
		t.Skip("measures on the data sets")
	}
	atRoot(t)
	for _, name := range files {
		if _, err := os.Stat(filepath.Join(data.Dir(), name)); err != nil {
			t.Skipf("set DONGYUR_DATA to the folder of data sets: %v", err)
		}
	}
}

// tinyFolder saves a model, or an encoder, that has learnt nothing beside its tokenizer.
func tinyFolder(t *testing.T, dir string, bidirectional bool) {
	t.Helper()
	_, tokenizer := tinyPolicy(t)
	checkpoint, err := model.Random(&model.Config{
		ModelType: "qwen2", VocabSize: tokenizer.VocabSize(), HiddenSize: 8, IntermediateSize: 8, Layers: 1,
		Heads: 1, KVHeads: 1, HeadDim: 8, MaxPositions: 4096, RMSNormEps: 1e-6, RopeTheta: 10000, TieEmbeddings: true,
		Bidirectional: bidirectional, PoolBeforeNorm: bidirectional,
	}, 1)
	if err != nil {
		t.Fatal(err)
	}
	if err := checkpoint.Save(dir, dtypes.Float16); err != nil {
		t.Fatal(err)
	}
	if err := train.WriteFile(filepath.Join(dir, "tokenizer.json"), tokenizer.Save); err != nil {
		t.Fatal(err)
	}
}

func TestQuantizeCommand(t *testing.T) {
	needData(t, "mono_bo.tsv", "mono_en_zh.tsv")
	root := t.TempDir()
	whole, out := filepath.Join(root, "tiny"), filepath.Join(root, "tiny-int8")
	tinyFolder(t, whole, false)
	costs := printed(t, "quantize", whole, "--bits", "8", "--out", out)
	if len(costs) != 3 {
		t.Fatalf("%d figures, want those of three languages: %v", len(costs), costs)
	}
	for _, cost := range costs {
		before, after := cost["before"].(float64), cost["after"].(float64)
		if before <= 0 || after < before-0.05 || after > before+0.05 {
			t.Errorf("%v: %g before and %g after", cost["what"], before, after)
		}
	}
	if _, err := model.Load(os.DirFS(out)); err != nil {
		t.Error(err)
	}
	for name, want := range map[string]string{"README.md": "in 8 bits", "tokenizer.json": "merges", "config.json": "compressed-tensors"} {
		if text := string(content(t, out, name)); !strings.Contains(text, want) {
			t.Errorf("%s lacks %q:\n%.300s", name, want, text)
		}
	}
	if err := runProgram(t, t.Context(), "quantize", whole, "--out", whole); err == nil || !strings.Contains(err.Error(), "own folder") {
		t.Errorf("into its own folder: %v", err)
	}
}
