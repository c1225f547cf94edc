package data

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/dongyur/dongyur/core/task"
)

func sources(texts ...string) []task.Example {
	var out []task.Example
	for _, s := range texts {
		out = append(out, task.Example{Source: s})
	}
	return out
}

func TestDuplicates(t *testing.T) {
	got := Duplicates(sources(
		"The quick brown fox jumps over the lazy dog today",   // 0
		"THE quick brown fox jumps over the lazy dog, today!", // exact of 0
		"The quick brown fox jumps over the lazy cat today",   // 7 of 11 shingles of 0
		"Nothing of that", // alone
		"Save 3 files",    // 4
		"Save 12 files",   // exact of 4
		"དེ་རིང་རྫོང་གི་སློབ་འབྲིང་ལ་དཔེ་མཛོད་ཁང་གསར་པ་ཞིག་སྒོ་ཕྱེས་པ་རེད།", // 6
		"དེ་རིང་རྫོང་གི་སློབ་འབྲིང་ལ་དཔེ་མཛོད་ཁང་གསར་པ་གཉིས་སྒོ་ཕྱེས་པ་རེད", // 14 of 18 shingles of 6
		"我们今天在学校里学习藏文", // 8
		"我们今天在学校里学习汉文", // 9 of 13 shingles of 8
		"!!", "??",     // no units: different
		"!!",   // exact
		"", "", // empty texts are no copies
	))
	want := []Match{
		{1, 0, "source", true, 1}, {2, 0, "source", false, 7.0 / 11}, {5, 4, "source", true, 1},
		{7, 6, "source", false, 14.0 / 18}, {9, 8, "source", false, 9.0 / 13}, {12, 10, "source", true, 1},
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateApprox(0, 1e-12)); diff != "" {
		t.Error(diff)
	}
}

func TestLeaks(t *testing.T) {
	train := []task.Example{{Source: "Open the file", Reference: "打开文件"}, {Source: "Close", Reference: "关闭"}}
	held := []task.Example{{Source: "Quit", Reference: "退出"}, {Source: "open the file!", Reference: "打开此档案"}, {Source: "Shut", Reference: "关闭。"}}
	want := []Match{{1, 0, "source", true, 1}, {2, 1, "reference", true, 1}}
	if diff := cmp.Diff(want, Leaks(train, held)); diff != "" {
		t.Error(diff)
	}
}

func TestSplitLeavesNoExactLeak(t *testing.T) {
	train, held := Split(Starter(task.Translate, "bo", "zh"), 0.25, 1)
	for _, m := range Leaks(train, held) {
		if m.Exact {
			t.Errorf("%+v is trained on as %+v", held[m.Index], train[m.Of])
		}
	}
}

// Property: the index finds what comparing all pairs finds.
func TestDuplicatesEqualsAllPairs(t *testing.T) {
	words := rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "c", "d", "e"}), 0, 9)
	rapid.Check(t, func(t *rapid.T) {
		var texts []string
		for range rapid.IntRange(0, 12).Draw(t, "texts") {
			s := ""
			for _, w := range words.Draw(t, "text") {
				s += w + " "
			}
			texts = append(texts, s)
		}
		got := map[int]float64{}
		for _, m := range Duplicates(sources(texts...)) {
			got[m.Index] = m.Shared
		}
		for i, a := range texts {
			best := 0.0
			for _, b := range texts[:i] {
				best = max(best, slowShare(a, b))
			}
			if best < nearShare {
				best = 0
			}
			if got[i] != best {
				t.Fatalf("text %d of %q: similarity %v, all pairs give %v", i, texts, got[i], best)
			}
		}
	})
}

// slowShare is the Jaccard similarity by its definition.
func slowShare(a, b string) float64 {
	if normalKey(a) == "" {
		return 0
	}
	if normalKey(a) == normalKey(b) {
		return 1
	}
	shingles := func(s string) map[string]bool {
		out := map[string]bool{}
		units := normalUnits(s)
		for i := 0; i+1 < len(units); i++ {
			out[units[i]+" "+units[i+1]] = true
		}
		return out
	}
	x, y := shingles(a), shingles(b)
	both := 0.0
	for s := range x {
		if y[s] {
			both++
		}
	}
	if both == 0 {
		return 0
	}
	return both / (float64(len(x)+len(y)) - both)
}
