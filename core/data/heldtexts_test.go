package data

import (
	"testing"

	"github.com/dongyur/dongyur/core/lang"
	"github.com/dongyur/dongyur/core/language"
	"github.com/dongyur/dongyur/core/task"
)

// The texts are in their languages, differ from each other, and none of them is near
// an example that a page trains on.
func TestHeldTexts(t *testing.T) {
	texts := HeldTexts()
	for _, code := range []string{"en", "zh"} {
		if n := len(texts[code]); n != 24 {
			t.Errorf("%s: %d texts, want 24", code, n)
		}
		var examples []task.Example
		for _, text := range texts[code] {
			if share := language.Share(text, code); share != 1 || !lang.IsNFC(text) {
				t.Errorf("%s: %.2f of the letters of %q are in its script", code, share, text)
			}
			examples = append(examples, task.Example{Source: text})
		}
		for _, e := range Starter(task.Translate, code, "bo") {
			examples = append(examples, task.Example{Source: e.Source})
		}
		for _, m := range Duplicates(examples) {
			if m.Index < 24 || m.Of < 24 {
				t.Errorf("%q nearly repeats %q", examples[m.Index].Source, examples[m.Of].Source)
			}
		}
	}
}
