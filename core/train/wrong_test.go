package train

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/dongyur/dongyur/core/language"
)

// What each kind of wrong version keeps and changes, over many draws.
func TestWrongVersions(t *testing.T) {
	sorted := func(text string) []string { return slices.Sorted(slices.Values(language.Units(text, ""))) }
	for name, test := range map[string]struct {
		make   func(string, *rand.Rand) string
		text   string
		units  int  // more or fewer units, at most
		same   bool // the units stay, in another order
		always bool // each draw changes the text
	}{
		"shuffled":   {shuffled, "བོད་ཡིག་སློབ་སྦྱོང་བྱེད།", 0, true, false},
		"exchanged":  {exchanged, "The dog sees the cat.", 0, true, false},
		"shortened":  {shortened, "我昨天买了一头牦牛。", 3, false, true},
		"repeated":   {repeated, "ཁོང་གིས་ཀློག་གི་རེད།", 3, false, true},
		"renumbered": {renumbered, "他有12本书。", 0, false, true},
		"Tibetan":    {renumbered, "དེབ་༢༠ཡོད།", 0, false, true},
		"negated":    {negated, "他去学校。", 1, false, true},
		"affirmed":   {negated, "他不去学校。", 1, false, true},
	} {
		random := rand.New(rand.NewPCG(1, 2))
		changed := 0
		for range 200 {
			wrong := test.make(test.text, random)
			n := len(language.Units(wrong, "")) - len(language.Units(test.text, ""))
			if n > test.units || n < -test.units {
				t.Errorf("%s: %q has %d units more", name, wrong, n)
			}
			if test.same && !slices.Equal(sorted(wrong), sorted(test.text)) {
				t.Errorf("%s: %q has other units than %q", name, wrong, test.text)
			}
			if wrong != test.text {
				changed++
			}
		}
		if changed < 150 || test.always && changed < 200 {
			t.Errorf("%s: %d of 200 draws changed %q", name, changed, test.text)
		}
	}
	if have := negated("他不去学校。", rand.New(rand.NewPCG(1, 2))); have != "他去学校。" {
		t.Errorf("the negation is taken out: %q", have)
	}
	// The end of a sentence stays at its end.
	if have := exchanged("ཀ་ཁ།", rand.New(rand.NewPCG(1, 2))); have != "ཁ་ཀ།" {
		t.Errorf("exchanged %q", have)
	}
	for _, text := range []string{"", "།", "...", "a", "ཀ", "\xff\xfe", "1"} {
		random := rand.New(rand.NewPCG(3, 4))
		for range 50 {
			if wrong := wrongVersion(text, random); wrong == text && text != "" {
				t.Errorf("%q is no wrong version of itself", wrong)
			}
		}
	}
}
