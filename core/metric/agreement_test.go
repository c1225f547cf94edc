package metric

import (
	"math"
	"strings"
	"testing"
)

// columns turns raters' rows, "." for no rating, into ratings by item.
func columns(rows ...string) [][]string {
	var items [][]string
	for _, row := range rows {
		for i, value := range strings.Fields(row) {
			if i == len(items) {
				items = append(items, nil)
			}
			if value == "." {
				value = ""
			}
			items[i] = append(items[i], value)
		}
	}
	return items
}

func TestAlpha(t *testing.T) {
	for _, test := range []struct {
		name string
		rows []string
		want float64
		ok   bool
	}{
		// Krippendorff 2011, sections A to C.
		{"two observers, two values", []string{"0 1 0 0 0 0 0 0 1 0", "1 1 1 0 0 1 0 0 0 0"}, 0.095, true},
		{"two observers, five values", []string{"a a b b d c c c e d d a", "b a b b b c c c e d d d"}, 0.692, true},
		{"four observers, missing values", []string{
			"1 2 3 3 2 1 4 1 2 . . .", "1 2 3 3 2 2 4 1 2 5 . 3", ". 3 3 3 2 3 4 2 2 5 1 .", "1 2 3 3 2 4 4 1 2 5 1 ."}, 0.743, true},
		{"all alike", []string{"a b a", "a b a"}, 1, true},
		{"one value", []string{"a a", "a a"}, 1, true},
		{"always different", []string{"a b", "b a"}, -0.5, true},
		{"one rater", []string{"a b c"}, 0, false},
		{"nobody", nil, 0, false},
		{"no item twice", []string{"a .", ". b"}, 0, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			alpha, ok := Alpha(columns(test.rows...))
			if math.Abs(alpha-test.want) > 5e-4 || ok != test.ok {
				t.Errorf("alpha %.4f, %v; want %.3f, %v", alpha, ok, test.want, test.ok)
			}
		})
	}
}
