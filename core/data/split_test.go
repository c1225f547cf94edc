package data

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/dongyur/dongyur/core/task"
)

// numbered makes n unrelated examples.
func numbered(n int) []task.Example {
	var out []task.Example
	for i := range n {
		word := strings.Map(func(r rune) rune { return r - '0' + 'a' }, fmt.Sprint(1000+i))
		out = append(out, task.Example{ID: fmt.Sprint(i), Task: task.Translate, Source: "source " + word, Reference: "reference " + word})
	}
	return out
}

func ids(examples []task.Example) []string {
	var out []string
	for _, e := range examples {
		out = append(out, e.ID)
	}
	return out
}

func shuffled(examples []task.Example, seed uint64) []task.Example {
	out := slices.Clone(examples)
	rand.New(rand.NewPCG(seed, 0)).Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	return out
}

func TestSplitShares(t *testing.T) {
	cases := []struct {
		n    int
		held float64
		want int
	}{
		{100, 0.1, 10}, {1000, 0.25, 250}, {20, 0.2, 4}, {5, 0.01, 1}, {2, 0.99, 1}, {10, 0, 0}, {10, 1, 10}, {1, 0.5, 1}, {0, 0.5, 0},
	}
	for _, c := range cases {
		train, held := Split(numbered(c.n), c.held, 1)
		if len(held) != c.want || len(train)+len(held) != c.n {
			t.Errorf("%d examples, share %v: %d held out and %d to train on, want %d and %d", c.n, c.held, len(held), len(train), c.want, c.n-c.want)
		}
	}
}

func TestSplitSeedMatters(t *testing.T) {
	_, one := Split(numbered(100), 0.2, 1)
	_, two := Split(numbered(100), 0.2, 2)
	if cmp.Equal(ids(one), ids(two)) {
		t.Error("two seeds hold out the same examples")
	}
}

// Property: the split does not depend on the order, and no text, but for case,
// punctuation and numbers, is on both sides.
func TestSplitKeepsFamilies(t *testing.T) {
	forms := []string{"Open %d files", "open 3 files!", "OPEN FILES", "ཡིག་ཆ་ཁ་ཕྱེ།", "ཡིག་ཆ་ཁ་ཕྱེ", "打开文件。", "打开 文件", "Close", "x"}
	rapid.Check(t, func(t *rapid.T) {
		var examples []task.Example
		for i := range rapid.IntRange(1, 30).Draw(t, "n") {
			examples = append(examples, task.Example{ID: fmt.Sprint(i), Source: rapid.SampledFrom(forms).Draw(t, "source"),
				Reference: fmt.Sprint("r", strings.Repeat("a", rapid.IntRange(0, 20).Draw(t, "reference")))})
		}
		seed := rapid.Uint64().Draw(t, "seed")
		held := rapid.Float64Range(0, 1).Draw(t, "held")
		train, out := Split(examples, held, seed)
		for _, a := range train {
			for _, b := range out {
				if normalKey(a.Source) == normalKey(b.Source) || normalKey(a.Reference) == normalKey(b.Reference) {
					t.Fatalf("%+v is trained on and %+v held out", a, b)
				}
			}
		}
		_, again := Split(shuffled(examples, seed), held, seed)
		want, got := ids(out), ids(again)
		slices.Sort(want)
		slices.Sort(got)
		if !slices.Equal(want, got) {
			t.Fatalf("in another order %v are held out, first it was %v", got, want)
		}
	})
}

func TestShotsNestedAndOrderFree(t *testing.T) {
	all := numbered(200)
	want := Shots(all, 128, 7)
	for _, k := range []int{0, 1, 8, 32, 128} {
		if diff := cmp.Diff(want[:k], Shots(shuffled(all, uint64(k)), k, 7), cmp.Transformer("ids", ids)); diff != "" {
			t.Errorf("k = %d: %s", k, diff)
		}
	}
	if cmp.Equal(ids(want), ids(Shots(all, 128, 8))) {
		t.Error("two seeds give the same sample")
	}
	if got := Shots(all, 1000, 7); len(got) != len(all) {
		t.Errorf("k above the number of examples gives %d, want all %d", len(got), len(all))
	}
	if got := Shots(all, -1, 7); len(got) != 0 {
		t.Errorf("k = −1 gives %d examples", len(got))
	}
}

// The values were made by this package; they hold it to giving the same sample on
// every platform and in later versions.
func TestShotsStay(t *testing.T) {
	got := ids(Shots(numbered(100), 8, 1))
	if want := []string{"81", "43", "45", "98", "4", "31", "52", "10"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestShotsPreferDistinctSources(t *testing.T) {
	examples := []task.Example{{ID: "a", Source: "Hello"}, {ID: "b", Source: "hello!"}, {ID: "c", Source: "Bye"}, {ID: "d", Source: "HELLO"}}
	keys := map[string]bool{}
	for _, e := range Shots(examples, 2, 3) {
		keys[normalKey(e.Source)] = true
	}
	if len(keys) != 2 {
		t.Errorf("two shots have %d different sources", len(keys))
	}
}

// A quarter of the hashes falls into each quarter: chi-squared with 3 degrees of
// freedom stays under 16.3 (p = 0.001).
func TestHashIsEven(t *testing.T) {
	const n = 10_000
	var count [4]float64
	for i := range n {
		count[int(4*unit(hashText(fmt.Sprint(i), 5)))]++
	}
	chi := 0.0
	for _, c := range count {
		chi += (c - n/4) * (c - n/4) / (n / 4)
	}
	if chi > 16.3 {
		t.Errorf("chi-squared %.1f of %v", chi, count)
	}
}

// A cut source keeps its first units, in each script its own, and what stood between them.
func TestCutSources(t *testing.T) {
	examples := []task.Example{
		{Source: "བོད་ཀྱི་སྐད་ཡིག །འདི་ནི་གསར་འགྱུར་ཡིན།", SourceLang: "bo"},
		{Source: "今天，天气很好。", SourceLang: "zh"},
		{Source: "Today, the weather is very fine.", SourceLang: "en"},
		{Source: "བོད་ཡིག", SourceLang: "bo"},
	}
	whole := slices.Clone(examples)
	CutSources(examples, 0)
	if diff := cmp.Diff(whole, examples); diff != "" {
		t.Errorf("cut after 0 (-want +got):\n%s", diff)
	}
	CutSources(examples, 5)
	for i, want := range []string{"བོད་ཀྱི་སྐད་ཡིག །འདི", "今天，天气很", "Today, the weather is very", "བོད་ཡིག"} {
		if got := examples[i].Source; got != want {
			t.Errorf("%q cut after 5: %q, want %q", whole[i].Source, got, want)
		}
	}
}
