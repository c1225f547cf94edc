package train

import (
	"math/rand/v2"
	"testing"

	"github.com/dongyur/dongyur/core/data"
	"github.com/dongyur/dongyur/core/grammar"
)

// Pairs of composed sentences say one thing, and their wrong versions another or nothing.
func TestComposedSource(t *testing.T) {
	catalogue, err := data.OpenCatalogue("")
	if err != nil {
		t.Fatal(err)
	}
	reader := &SourceReader{Catalogue: catalogue}
	g := grammar.Everyday()
	same := func(a, langA, b, langB string) bool {
		for _, m := range g.Parse(langA, a) {
			if exact, _, _ := g.Score(m, langB, b); exact {
				return true
			}
		}
		return false
	}
	for _, test := range []struct {
		source Source
		a, b   string
	}{
		{Source{Set: data.EverydaySet, As: "translate", From: "bo", To: "zh", Count: 60, Seed: 9}, "bo", "zh"},
		{Source{Set: data.EverydaySet, As: "wordings", Lang: "bo", Count: 60, Seed: 9}, "bo", "bo"},
		{Source{Set: data.EverydaySet, As: "wordings", Lang: "zh", Count: 60, Seed: 9}, "zh", "zh"},
	} {
		source, err := reader.encoderSource(test.source)
		if err != nil {
			t.Fatal(err)
		}
		if len(source.Pairs) != 60 {
			t.Fatalf("%s: %d pairs", source.Name, len(source.Pairs))
		}
		random := rand.New(rand.NewPCG(1, 2))
		wordings, believed := 0, 0
		for i, p := range source.Pairs {
			if !same(p.A, test.a, p.B, test.b) {
				t.Errorf("%s: %q and %q say different things", source.Name, p.A, p.B)
			}
			if p.A != p.B {
				wordings++
			}
			for range 4 {
				if wrong := source.Wrong(i, random); same(p.A, test.a, wrong.B, test.b) {
					believed++
					t.Logf("%s: %q for %q", source.Name, wrong.B, p.A)
				}
			}
		}
		if believed > 8 || wordings < 15 {
			t.Errorf("%s: %d of 240 wrong versions are right; %d of 60 pairs differ", source.Name, believed, wordings)
		}
	}
	if n := len(reader.Counts()); n != 3 {
		t.Errorf("%d sources are counted", n)
	}
}
