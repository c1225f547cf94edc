package cells

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestCut(t *testing.T) {
	for _, test := range []struct {
		name, text string
		separator  byte
		quotes     bool
		want       [][]string
		wrong      map[int]string // row → what is said of it
	}{
		{"tabs", "a\tb\nc\td", '\t', true, [][]string{{"a", "b"}, {"c", "d"}}, nil},
		{"blank lines, empty cells", "a,b\n\n,\n  \nc,", ',', true, [][]string{{"a", "b"}, {""}, {"", ""}, {""}, {"c", ""}}, nil},
		{"quotes", "\"a\"\"b\"\t\"two\nlines\"\n\"c\td\"\te\n", '\t', true, [][]string{{`a"b`, "two\nlines"}, {"c\td", "e"}}, nil},
		{"quotes are letters", "\"a\"\tb\"\n", '\t', false, [][]string{{`"a"`, `b"`}}, nil},
		{"a quote inside a cell", "a\"b,c\n", ',', true, [][]string{{`a"b`, "c"}}, nil},
		{"space after a closing quote", "\"a\" ,b\n", ',', true, [][]string{{"a", "b"}}, nil},
		{"text after a closing quote", "\"a\"b,c\nd,e\n", ',', true, [][]string{{`"a"b`, "c"}, {"d", "e"}}, map[int]string{0: "after a closing"}},
		{"never closed", "a,b\n\"c,d\ne,f\n", ',', true, [][]string{{"a", "b"}, {`"c`, "d"}, {"e", "f"}}, map[int]string{1: "not closed"}},
		{"invisible ends", "\u00a0a\u00a0,\u200bb\ufeff", ',', true, [][]string{{"a", "b"}}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			var got [][]string
			for i, r := range Cut(test.text, test.separator, test.quotes, 1) {
				var texts []string
				for _, c := range r.Cells {
					texts = append(texts, c.Text)
				}
				got = append(got, texts)
				if want := test.wrong[i]; want == "" && r.Wrong != "" || !strings.Contains(r.Wrong, want) {
					t.Errorf("row %d: wrong is %q, want %q", i, r.Wrong, want)
				}
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestPlaces(t *testing.T) {
	rows := Cut("མ\t\"two\nlines\"\tc\n\n\tx", '\t', true, 3)
	var got [][3]int
	for _, r := range rows {
		for _, c := range r.Cells {
			got = append(got, [3]int{r.Line, c.Line, c.Column})
		}
	}
	if diff := cmp.Diff([][3]int{{3, 3, 1}, {3, 3, 3}, {3, 4, 8}, {5, 5, 1}, {6, 6, 1}, {6, 6, 2}}, got); diff != "" {
		t.Error(diff)
	}
}

// FuzzCut: no text is lost: the cells hold every letter of the text, in order, but for
// quotes and separators.
func FuzzCut(f *testing.F) {
	for _, seed := range []string{"", "a\tb\n", "\"a\"\"b\"\tc\n\"", "\"\n\"", "\"\"\"\t\"", "a\r\n\u200b\"b\"c", "\xff\"\x00"} {
		f.Add(seed, true)
		f.Add(seed, false)
	}
	letters := func(s string) string {
		return strings.Map(func(r rune) rune {
			if r == '"' || r == '\t' || Trim(string(r)) == "" {
				return -1
			}
			return r
		}, s)
	}
	f.Fuzz(func(t *testing.T, text string, quotes bool) {
		text = strings.ToValidUTF8(text, "?")
		var b strings.Builder
		lines := 1 + strings.Count(text, "\n")
		for _, r := range Cut(text, '\t', quotes, 1) {
			if len(r.Cells) == 0 || r.Line < 1 || r.Line > lines {
				t.Fatalf("row %+v of %d lines", r, lines)
			}
			for _, c := range r.Cells {
				b.WriteString(c.Text)
			}
		}
		if got, want := letters(b.String()), letters(text); got != want {
			t.Errorf("%q holds the letters %q, want %q", text, got, want)
		}
	})
}
