package main

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// Every command of the README is one that the program takes: its flags are known, and its
// data sets and the files of the project that it names are there.
func TestReadmeCommands(t *testing.T) {
	t.Chdir(filepath.Join("..", "..", ".."))
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	catalogue, err := (&program{}).catalogue()
	if err != nil {
		t.Fatal(err)
	}
	mine := t.TempDir() // the reader's own files and runs
	made := func(path string) string {
		path = filepath.Join(mine, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, nil, 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	commands := 0
	for line := range strings.Lines(strings.ReplaceAll(string(readme), "\\\n", " ")) {
		line, _, _ = strings.Cut(line, " #")
		words := strings.Fields(strings.NewReplacer("$method", "grpo", "$seed", "1", "'", "").Replace(line))
		if len(words) == 0 || words[0] != ".build/dongyur" {
			continue
		}
		commands++
		for i, word := range words {
			_, notNumber := strconv.ParseFloat(word, 64)
			switch {
			case notNumber == nil || i == 0 || strings.HasPrefix(word, "-") || strings.Contains(word, "@"):
			case words[i-1] == "--out":
			case strings.HasPrefix(word, "assets/"):
				if _, err := os.Stat(word); err != nil && !strings.HasPrefix(word, "assets/models/") {
					t.Errorf("%s: %v", line, err)
				}
			case strings.HasPrefix(word, "runs/"):
				words[i] = filepath.Dir(made(filepath.Join(word, "run.json")))
			case len(filepath.Ext(word)) > 1:
				words[i] = made(word)
			}
			if i > 0 && (words[i-1] == "--data" || i == 3 && words[1] == "data") && filepath.Ext(word) == "" {
				if _, err := catalogue.Set(word); err != nil {
					t.Errorf("%s: %v", line, err)
				}
			}
		}
		if _, err := newParser(t, newProgram()).Parse(words[1:]); err != nil {
			t.Errorf("%s: %v", line, err)
		}
	}
	if commands < 20 {
		t.Errorf("the README has %d commands of .build/dongyur; are they written otherwise now?", commands)
	}
}
