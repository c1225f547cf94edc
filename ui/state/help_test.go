package state

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Every chart's term is explained in each language, with the same
// papers.
func TestTermsExplainAll(t *testing.T) {
	read := func(language string) map[string]Term {
		data, err := os.ReadFile(filepath.Join("..", "..", "assets", "help", language+".json"))
		if err != nil {
			t.Fatal(err)
		}
		terms, err := ParseTerms(data)
		if err != nil {
			t.Fatal(err)
		}
		return terms
	}
	english, chinese := read("en"), read("zh")
	needed := []string{"method", "fixed-prompts", "about-step", "reward", "advantage", "kl-curve", "entropy", "clip-share", "zero-spread", "tax"}
	for _, key := range needed {
		if english[key].Text == "" || english[key].Title == "" {
			t.Errorf("%s is not explained", key)
		}
	}
	for key, e := range english {
		c := chinese[key]
		if c.Text == "" || c.Title == "" || c.Paper != e.Paper {
			t.Errorf("%s in Chinese: %+v, paper %q in English", key, c, e.Paper)
		}
		if e.Paper != "" && !strings.HasPrefix(e.Paper, "arXiv ") && !strings.HasPrefix(e.Paper, "http") {
			t.Errorf("%s: %q is no paper", key, e.Paper)
		}
	}
	if len(chinese) != len(english) {
		t.Errorf("%d terms in Chinese, %d in English", len(chinese), len(english))
	}
	if _, err := ParseTerms([]byte("[")); err == nil {
		t.Error("a broken file is read")
	}
}
