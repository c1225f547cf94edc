package reward

import (
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestRepetitionRate(t *testing.T) {
	tests := []struct {
		text string
		want float64
	}{
		{"", 0}, {"a b c", 0}, {"a b c d", 0}, {"a b c d e f", 0},
		{"a a a a a", 0.5},
		{"a b c d a b c d", 1.0 / 5},
		{strings.Repeat("a ", 104), 100.0 / 101},
	}
	for _, test := range tests {
		if got := repetitionRate(strings.Fields(test.text), 4); math.Abs(got-test.want) > 1e-12 {
			t.Errorf("repetitionRate(%q) = %v, want %v", test.text, got, test.want)
		}
	}
}

func TestCopiedShare(t *testing.T) {
	tests := []struct {
		title, body string
		want        float64
	}{
		{"", "a b", 0}, {"a b", "", 0}, {"a b", "x a b y", 1}, {"b a", "a b", 0.5},
		{"a b c d", "a b x c d", 0.5}, {"x a b c", "a b a b c", 0.75}, {"a", "b", 0},
	}
	for _, test := range tests {
		if got := copiedShare(strings.Fields(test.title), strings.Fields(test.body)); got != test.want {
			t.Errorf("copiedShare(%q, %q) = %v, want %v", test.title, test.body, got, test.want)
		}
	}
}

// The span found is the longest: no other way of looking finds more.
func TestCopiedShareIsLongest(t *testing.T) {
	letters := rapid.StringOfN(rapid.SampledFrom([]rune("abc")), 1, 12, -1)
	rapid.Check(t, func(t *rapid.T) {
		title, body := letters.Draw(t, "title"), letters.Draw(t, "body")
		longest := 0
		for i := range title {
			for j := i + 1; j <= len(title); j++ {
				if strings.Contains(body, title[i:j]) {
					longest = max(longest, j-i)
				}
			}
		}
		want := float64(longest) / float64(len(title))
		if got := copiedShare(strings.Split(title, ""), strings.Split(body, "")); got != want {
			t.Fatalf("copiedShare(%q, %q) = %v, want %v", title, body, got, want)
		}
	})
}

func TestLengthExcess(t *testing.T) {
	tests := []struct {
		units    int
		expected float64
		finished bool
		want     float64
	}{
		{0, 10, true, 0}, {10, 10, true, 0}, {25, 10, true, 0}, {30, 10, true, 0.2}, {50, 10, true, 1}, {500, 10, true, 1},
		{10, 10, false, 0}, {11, 10, false, 1}, {2, 0, true, 0}, {5, 0, true, 1},
	}
	for _, test := range tests {
		if got := lengthExcess(test.units, test.expected, test.finished, 2.5, 5); math.Abs(got-test.want) > 1e-12 {
			t.Errorf("lengthExcess(%d, %v, %v) = %v, want %v", test.units, test.expected, test.finished, got, test.want)
		}
	}
}
