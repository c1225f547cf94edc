package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dongyur/dongyur/core/language"
	"github.com/dongyur/dongyur/core/task"
)

// codes are tags as people, data sets and models write them.
const codes = "am ka hy ta te kn ml gu pa or si yo ig ha zu xh st sn so rw uz ky kk kk-Arab tg tk az mn mn-Mong ug ur ps ku ckb dv yi ks sd cy ga gd eu mt is sq mk sr be lt lv " +
	"qu gn ay mi haw sm ceb jv su ii za dz lbj nqo bod_Tibt zh_Hans zh-TW bo-IN amh_Ethi npi_Deva cmn qaa x-own Yoruba"

// Scores of answers in any language: no code is refused, whichever way it is written.
func TestAnyLanguageIsTaken(t *testing.T) {
	table := filepath.Join(t.TempDir(), "answers.tsv")
	if err := os.WriteFile(table, []byte("source\treference\toutput\n12\t34\t34\n56\t78\t77\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	count := 0
	for _, code := range strings.Fields(codes) {
		count++
		if rows := printed(t, "reward", table, "--encoder", "hashed", "--from", "en", "--to", code); len(rows) < 2 {
			t.Errorf("%s: %v", code, rows)
		}
	}
	if count < 60 {
		t.Errorf("%d codes were tried", count)
	}
	for _, bad := range []string{"klingon!", "b", "bo--IN"} {
		if err := runProgram(t, context.Background(), "reward", table, "--to", bad); err == nil || !strings.Contains(err.Error(), "BCP 47") {
			t.Errorf("%q: %v", bad, err)
		}
	}
	if err := runProgram(t, context.Background(), "reward", table, "--from", "yo"); err == nil || !strings.Contains(err.Error(), "--to en") {
		t.Errorf("Yoruba into nothing: %v", err)
	}
}

// A task that is added is one that every --task takes and --help names.
func TestHelpNamesTasks(t *testing.T) {
	help := func() string {
		var b strings.Builder
		cli := newProgram()
		parser := newParser(t, cli)
		parser.Stdout, parser.Exit = &b, func(int) {}
		_, _ = parser.Parse([]string{"train", "--help"})
		return b.String()
	}
	if strings.Contains(help(), "simplify") || !strings.Contains(help(), task.Headline) {
		t.Fatalf("help before the task is added: %s", help())
	}
	remove := task.Register(task.Task{Name: "simplify", Title: language.Names{En: "Simplify"}, OneLanguage: true})
	defer remove()
	if !strings.Contains(help(), "simplify") {
		t.Errorf("help does not name the task: %s", help())
	}
}

// Twenty steps of training on 24 rows of pairs without Tibetan: of one script, from
// right to left, in a vertical script, and with neither language in our models.
func TestTrainsOnAnyPair(t *testing.T) {
	if testing.Short() {
		t.Skip("trains the nano model")
	}
	atRoot(t)
	for _, p := range []struct{ table, from, to string }{
		{"en-yo", "en", "yo"}, {"zh-ug", "zh", "ug"}, {"zh-mn-Mong", "zh", "mn-Mong"}, {"am-en", "am", "en"},
	} {
		t.Run(p.table, func(t *testing.T) {
			out := t.TempDir()
			printed(t, "--engine", "go", "train", "--model", "assets/models/nano",
				"--data", fmt.Sprintf("core/language/testdata/%s.tsv", p.table), "--from", p.from, "--to", p.to, "--steps", "20",
				"--prompts", "2", "--group", "2", "--max-tokens", "6", "--rank", "2", "--no-tax", "--out", out)
			metrics, err := os.ReadFile(filepath.Join(out, "metrics.jsonl"))
			if steps := strings.Count(string(metrics), `"type":"step"`); err != nil || steps != 20 {
				t.Errorf("%d steps of 20, %v: %s", steps, err, metrics)
			}
			compared, err := os.ReadFile(filepath.Join(out, "comparison.jsonl"))
			if err != nil || !strings.Contains(string(compared), fmt.Sprintf(`"target_lang":"%s"`, p.to)) {
				t.Errorf("compared: %v, %s", err, compared)
			}
		})
	}
}
