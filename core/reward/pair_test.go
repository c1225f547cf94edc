package reward

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/dongyur/dongyur/core/data"
	"github.com/dongyur/dongyur/core/task"
)

func pairTable(t *testing.T, name, from, to string) []task.Example {
	t.Helper()
	file, err := os.Open(filepath.Join("..", "language", "testdata", name+".tsv"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	table, err := data.ReadTable(file, data.ReadOptions{Name: name + ".tsv", SourceLang: from, TargetLang: to})
	if err != nil || len(table.Examples) != 24 {
		t.Fatalf("%s: %d rows, %v", name, len(table.Examples), err)
	}
	return table.Examples
}

// In every pair an answer in the target language earns its term and the source copied
// out does not, whichever scripts the two have. Each row's words are told by a profile
// that was made without the row.
func TestTargetLanguageOfAnyPair(t *testing.T) {
	for _, p := range []struct {
		name, from, to string
		right, copied  float64 // least mean for references, most for sources
	}{
		{"en-yo", "en", "yo", 0.8, 0.4},
		{"zh-ug", "zh", "ug", 1, 0},
		{"zh-mn-Mong", "zh", "mn-Mong", 1, 0},
		{"zh-mn-Mong", "zh", "mn", 1, 0},
		{"am-en", "am", "en", 1, 0},
		{"am-en", "am", "qaa", 1, 0}, // its script is that of the references
	} {
		examples := pairTable(t, p.name, p.from, p.to)
		var right, copied float64
		for i, e := range examples {
			s := scorer(t, Hashed{})
			rest := append(append([]task.Example{}, examples[:i]...), examples[i+1:]...)
			s.Learn(rest)
			answer := func(output string) Input {
				return Input{Source: "…", Output: output, SourceLang: p.from, TargetLang: p.to, Task: task.Translate, Finished: true}
			}
			// Without a reference of its own the term is the plain share.
			other := answer(examples[(i+1)%24].Reference)
			other.Reference, other.Source = other.Output, "another prompt"
			results, err := s.Score([]Input{answer(e.Reference), answer(e.Source), other})
			if err != nil {
				t.Fatal(err)
			}
			right += results[0].Terms[Language] / 24
			copied += results[1].Terms[Language] / 24
		}
		t.Logf("%s→%s: references %.2f, sources %.2f", p.from, p.to, right, copied)
		if right < p.right-1e-9 || copied > p.copied+1e-9 {
			t.Errorf("%s→%s: references earn %.3f, sources %.3f; want at least %g and at most %g", p.from, p.to, right, copied, p.right, p.copied)
		}
	}
}
