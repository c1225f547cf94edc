package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dongyur/dongyur/core/grammar"
	"github.com/dongyur/dongyur/core/train"
)

// The log goes on where a run was ended, and forgets the steps that come again.
func TestTrainingLog(t *testing.T) {
	dir := t.TempDir()
	header := trainingHeader{Command: "pretrain", Engine: "go", Recipe: json.RawMessage(`{}`)}
	log, err := newTrainingLog(dir, header, 0, 8)
	if err != nil {
		t.Fatal(err)
	}
	for step := 1; step <= 5; step++ {
		log.add(trainingStep{Step: step, Loss: float64(step)}, float64(10*step), false)
	}
	if err := log.save(dir); err != nil {
		t.Fatal(err)
	}
	if log, err = newTrainingLog(dir, header, 4, 8); err != nil {
		t.Fatal(err)
	}
	for step := 5; step <= 8; step++ {
		log.add(trainingStep{Step: step, Loss: 1}, float64(10*(step-4)), step == 8)
	}
	if err := log.save(dir); err != nil {
		t.Fatal(err)
	}
	got, steps, err := readTraining(dir)
	if err != nil || got.Command != "pretrain" || len(steps) != 8 || steps[4].Loss != 1 || steps[7].Seconds != 80 {
		t.Errorf("header %+v, steps %+v, %v", got, steps, err)
	}
	if err := os.WriteFile(filepath.Join(dir, trainingFile), []byte("{}\n{\"step\": \"one\"}\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, _, err := readTraining(dir); err == nil || !strings.Contains(err.Error(), "line 2") {
		t.Errorf("a damaged log: %v", err)
	}
	long, err := newTrainingLog(t.TempDir(), header, 0, 4000)
	if err != nil {
		t.Fatal(err)
	}
	for step := 1; step <= 4000; step++ {
		long.add(trainingStep{Step: step}, 0, step == 4000)
	}
	if n := len(long.steps); n != loggedSteps+1 { // and the first
		t.Errorf("%d of 4000 steps are logged", n)
	}
}

// A card is written from the log, measures what it can, and says what it could not.
func TestCardCommand(t *testing.T) {
	needData(t, "mono_bo.tsv", "mono_en_zh.tsv", "probes_en_zh.jsonl", "software_bo_zh_en.tsv", "flores_bo_zh_en.tsv")
	dir := filepath.Join(t.TempDir(), "tiny")
	tinyFolder(t, dir, false)
	tinyFolder(t, dir+"-enc", true)
	tinyFolder(t, dir+"-judge", true)
	if err := runProgram(t, t.Context(), "card", dir); err == nil || !strings.Contains(err.Error(), trainingFile) {
		t.Errorf("without a log: %v", err)
	}
	recipe, err := json.Marshal(&train.Recipe{Name: "tiny", Rows: 2, Time: 8, Muon: true, LearningRate: 0.01, Phases: []train.Phase{{Name: "read", Steps: 6}}})
	if err != nil {
		t.Fatal(err)
	}
	log := trainingLog{every: 1, header: trainingHeader{Command: "pretrain", RecipeFile: "tiny.json", Engine: "go", Recipe: recipe, Compared: 12, Missing: []string{"klar"},
		Sources: []sourceRead{{Phase: "read", Set: "mono_bo", Name: "mono_bo bo text", Share: 1, Rows: 5, Tokens: 99, LeftOut: map[string]int{"near": 3}, Near: map[string]int{"flores_bo_zh_en": 3}}}}}
	for step := 1; step <= 6; step++ {
		log.add(trainingStep{Step: step, Loss: 7 - float64(step), LearningRate: 0.01}, 50*float64(step), step == 6)
	}
	if err := log.save(dir); err != nil {
		t.Fatal(err)
	}
	if err := runProgram(t, t.Context(), "card", dir, "--limit", "1", "--max-tokens", "4"); err != nil {
		t.Fatal(err)
	}
	card := string(content(t, dir, "README.md"))
	for _, want := range []string{
		"# tiny\n", "6 steps of 2 × 8 tokens", "Muon for the layers' matrices and AdamW", "5 minutes on the engine go", "assets/recipes/tiny.json", "| 6 | 1.000 | 0.01 |",
		"one of the 12 texts", "Nothing was compared with klar", "| read | mono_bo bo text | 100.0 % | 5 | 99 | 3 near | 3 flores_bo_zh_en | per row: CC-BY-4.0",
		"| bo | ", "bits a byte", "| software messages | test | bo → zh | 1 | ", "| FLORES | test | zh → bo | 1 | ", "- chrF2++: `nrefs:1|case:mixed|", "|judge:tiny-judge`", "No native speaker",
	} {
		if !strings.Contains(card, want) {
			t.Errorf("the card lacks %q", want)
		}
	}
	if t.Failed() {
		t.Log(card)
	}
}

// An encoder's card has the retrieval that `encoder measure` prints.
func TestEncoderCard(t *testing.T) {
	needData(t, "software_bo_zh_en.tsv", "flores_bo_zh_en.tsv")
	dir := filepath.Join(t.TempDir(), "tiny-enc")
	tinyFolder(t, dir, true)
	recipe, err := json.Marshal(&train.EncoderRecipe{Name: "tiny-enc", Steps: 6, Rows: 2, MaxTokens: 8, Temperature: 0.05, Hard: 1, Init: "assets/models/tiny"})
	if err != nil {
		t.Fatal(err)
	}
	log := trainingLog{header: trainingHeader{Command: "encoder train", RecipeFile: "tiny-enc.json", Engine: "go", Recipe: recipe}}
	if err := log.save(dir); err != nil {
		t.Fatal(err)
	}
	if err := runProgram(t, t.Context(), "card", dir); err != nil {
		t.Fatal(err)
	}
	card := string(content(t, dir, "README.md"))
	rows := printed(t, "encoder", "measure", dir)
	if len(rows) != 3+2*(4+len(grammar.WrongKinds)) || rows[0]["count"] != 381.0 || rows[1]["count"] != 1000.0 || rows[2]["count"] != 1006.0 {
		t.Fatalf("measured %v", rows)
	}
	for _, row := range rows[3:] {
		if wrong := row["kind"] != "none"; row["count"].(float64) < 50 || wrong && row["judged"].(float64) < 0.99 || !wrong && row["judged"] != 0.0 {
			t.Errorf("mistake %v", row)
		}
	}
	for _, row := range rows[:3] {
		pool := row["count"].(float64)
		if decoys, has := row["decoys"]; has {
			pool += decoys.(float64)
		}
		if want := fmt.Sprintf("| %s | test | %v | %.1f %% |", row["set"], pool, 100*row["retrieval_bo_zh_top1"].(float64)); !strings.Contains(card, want) {
			t.Errorf("the card lacks %q", want)
		}
	}
	for _, want := range []string{"mean pooling before the final norm", "1 hard ones a pair", "first layers of `assets/models/tiny`"} {
		if !strings.Contains(card, want) {
			t.Errorf("the card lacks %q", want)
		}
	}
}

func TestTokenizerMeasure(t *testing.T) {
	needData(t, "software_bo_zh_en.tsv", "flores_bo_zh_en.tsv")
	_, tokenizer := tinyPolicy(t)
	figures := measureTokenizer(tokenizer, map[string][]string{"bo": {"ཀ་ཁ།"}, "zh": {"文件"}, "en": {"open the file"}})
	// "ཀ་ཁ།" is 12 bytes in 2 syllables, "文件" 6 bytes in 2 characters; nothing of either was seen in training.
	if figures.Syllable != 6 || figures.Character != 3 || figures.Bytes < 1.5 || figures.RoundTrips != 3 || figures.Texts != 3 {
		t.Errorf("%+v", figures)
	}
	file := written(t, "tokenizer.json", "")
	if err := train.WriteFile(file, tokenizer.Save); err != nil {
		t.Fatal(err)
	}
	rows := printed(t, "tokenizer", "measure", file, "--beside", file)
	if len(rows) != 4 || rows[0]["texts"] != 1527.0 || rows[0]["round_trips"] != 1527.0 || rows[1]["tokens_per_bo_syllable"] != rows[0]["tokens_per_bo_syllable"] {
		t.Errorf("%v", rows)
	}
}
