package main

import (
	"slices"
	"strings"
	"testing"

	"github.com/dongyur/dongyur/core/eval"
	"github.com/dongyur/dongyur/core/grammar"
)

// What sample prints, parse reads.
func TestGrammarSampleAndParse(t *testing.T) {
	sentences := printed(t, "grammar", "sample", "--count", "3", "--seed", "5")
	if len(sentences) != 3 {
		t.Fatalf("%d sentences, want 3", len(sentences))
	}
	for _, s := range sentences {
		for tag, text := range s["texts"].(map[string]any) {
			out := printed(t, "grammar", "parse", "--lang", tag, "--judge", s["meaning"].(string), text.(string))[0]
			if !slices.Contains(out["meanings"].([]any), s["meaning"]) || out["judged"].(map[string]any)["Exact"] != true {
				t.Errorf("%s %q was made of %s; parse prints %v", tag, text, s["meaning"], out)
			}
		}
	}
	if err := runProgram(t, t.Context(), "grammar", "parse", "--lang", "fr", "Bonjour."); err == nil || !strings.Contains(err.Error(), "bo, zh, en") {
		t.Errorf("French was parsed: %v", err)
	}
	if err := runProgram(t, t.Context(), "grammar", "parse", "--judge", "Nothing", "Hello."); err == nil {
		t.Error("no meaning was judged by")
	}
}

// Check fails where the parser loses a meaning, and where the judge misses mistakes.
func TestGrammarCheckFails(t *testing.T) {
	right := checkedGrammar{
		Parsed:   []grammar.Property{{Language: "bo", Sentences: 10}},
		Mistakes: map[string][]eval.Mistake{"bo": {{Kind: "none", Count: 10, Judged: 0}, {Kind: "word", Count: 10, Judged: 1}}},
	}
	if err := right.failed(); err != nil {
		t.Error(err)
	}
	lost := right
	lost.Parsed = []grammar.Property{{Language: "bo", Sentences: 10, Lost: 1}}
	missed := right
	missed.Mistakes = map[string][]eval.Mistake{"bo": {{Kind: "word", Count: 100, Judged: .98}}}
	for _, wrong := range []checkedGrammar{lost, missed} {
		if wrong.failed() == nil {
			t.Errorf("%+v passes", wrong)
		}
	}
}
