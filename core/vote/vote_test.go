package vote

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"github.com/dongyur/dongyur/core/task"
)

// file is one rater's votes on four pairs: b for the second system, a for the first, t
// for a tie, - for none.
func file(rater, votes string) File {
	f := File{Format: Format, Version: Version, Rater: rater, Systems: []System{{Name: "before"}, {Name: "run 1"}}}
	for i, said := range votes {
		source, first, second := strings.Repeat("s", i+1), "old", "new"
		row := Row{ID: PairID(source, first, second), Example: task.Example{Source: source}, A: first, B: second, SystemA: "before", SystemB: "run 1"}
		v := Unrated()
		v.Ratings[0][AdequacyOf], v.Ratings[1][AdequacyOf] = 40, 80
		switch said {
		case 'b':
			v.Choice, row.Preferred = ChooseB, "run 1"
			v.Spans = []Span{{Side: 0, Start: 0, End: 1, Category: "omission"}}
		case 'a':
			v.Choice, row.Preferred = ChooseA, "before"
		case 't':
			v.Choice = ChooseTie
		}
		if said != '-' {
			row.Vote = &v
		}
		f.Pairs = append(f.Pairs, row)
	}
	return f
}

func TestCount(t *testing.T) {
	out := Count([]File{file("one", "bbat"), file("two", "bb-a")})
	p := out.Pooled
	if p.Win != 4 || p.Loss != 2 || p.Tie != 1 || p.N() != 7 || p.Adequacy != [2]float64{40, 80} || p.Errors[0]["omission"] != 4 || len(p.Errors[1]) != 0 {
		t.Errorf("%+v", p)
	}
	// Wilson's interval for 4.5 wins of 7.
	if math.Abs(p.Rate.Value-4.5/7) > 1e-12 || math.Abs(p.Rate.Low-0.3001) > 5e-3 || math.Abs(p.Rate.High-0.8843) > 5e-3 {
		t.Errorf("%+v", p.Rate)
	}
	// By hand: three pairs with two votes, values run 1 four times, tie and before once;
	// observed agreement 4 of 6, expected (4·3)/(6·5): alpha = 1 − (5·2)/(36−18).
	if want := 1 - 5*2.0/18; !out.Agreed || math.Abs(out.Alpha-want) > 1e-12 {
		t.Errorf("alpha %g, want %g", out.Alpha, want)
	}
	if len(out.Raters) != 2 || out.Raters[1].Rater != "two" || out.Raters[1].N() != 3 {
		t.Errorf("%+v", out.Raters)
	}
}

func TestReadLines(t *testing.T) {
	var lines []byte
	for _, f := range []File{file("one", "ab"), file("two", "bb")} {
		data, err := json.Marshal(f)
		if err != nil {
			t.Fatal(err)
		}
		lines = append(append(lines, data...), '\n')
	}
	files, err := Read(lines)
	if err != nil || len(files) != 2 || files[1].Rater != "two" {
		t.Fatalf("%+v, %v", files, err)
	}
	for _, test := range []struct{ name, old, new, want string }{
		{"another format", Format, "x", "format"},
		{"a later version", `"version":1`, `"version":9`, "version"},
		{"an edited text", `"a":"old"`, `"a":"odd"`, "not those that were voted on"},
		{"a rating out of range", "40", "400", "0 to 100"},
		{"another choice", `"choice":"A"`, `"choice":"X"`, "choice"},
		{"cut off", "}", "", "JSON"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if _, err := Read([]byte(strings.Replace(string(lines), test.old, test.new, 1))); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want one with %q", err, test.want)
			}
		})
	}
}
