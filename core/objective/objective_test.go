package objective

import (
	"math"
	"strings"
	"testing"

	. "github.com/gomlx/gomlx/core/graph"
)

// Every row of the table is whole, and is the run that its name asks for.
func TestTable(t *testing.T) {
	for _, m := range methods {
		if m.Help.En == "" || m.Help.Zh == "" || m.Title == "" || !strings.HasPrefix(m.Paper, "arXiv ") {
			t.Errorf("%s: help %q, paper %q", m.Name, m.Help, m.Paper)
		}
		if !strings.Contains(Help(), m.Name) || !strings.Contains(Help(), m.Paper) {
			t.Errorf("the help lacks %s", m.Name)
		}
		settings := m.Settings()
		if settings.Method != m.Name {
			t.Errorf("%s: the settings are %s's", m.Name, settings.Method)
		}
		if group := m.Learns == Groups; group != (settings.Group > 1) || group != (m.Surrogate != nil) || group != (m.Normalise != nil) {
			t.Errorf("%s learns from groups: %v; its settings or its loss say otherwise", m.Name, group)
		}
		if got, err := MethodNamed(m.Name); err != nil || got.Name != m.Name {
			t.Errorf("%s is found as %q, %v", m.Name, got.Name, err)
		}
	}
	if settings := dapo.Settings(); settings.Own.Number("resample") == 0 || settings.Own.Number("overlong") == 0 || settings.Beta != 0 {
		t.Errorf("dapo's settings %+v", settings)
	}
}

func TestSoftOverlong(t *testing.T) {
	for _, test := range []struct {
		length int
		want   float64
	}{{1, 0}, {80, 0}, {85, -0.25}, {90, -0.5}, {100, -1}, {120, -1}} {
		if got := SoftOverlong(test.length, 100, 0.2); math.Abs(got-test.want) > 1e-12 {
			t.Errorf("%d of 100 tokens: %v, want %v", test.length, got, test.want)
		}
	}
	if got := SoftOverlong(100, 100, 0); got != 0 {
		t.Errorf("without a zone: %v", got)
	}
}

func TestChunk(t *testing.T) {
	for _, test := range []struct{ rows, vocabulary, want int }{
		{1024, 8192, 0}, {1025, 8192, 512}, {320, 151_936, 27}, {1, 9 << 20, 1}, {0, 8192, 0},
	} {
		if got := Chunk(test.rows, test.vocabulary); got != test.want {
			t.Errorf("%d rows of %d: blocks of %d, want %d", test.rows, test.vocabulary, got, test.want)
		}
	}
}

// Rows that only fill a micro-batch up do not count, whatever they hold, and the
// parts of a batch add up.
func TestCLOMicroBatches(t *testing.T) {
	backend, g := open(t), readGoldens(t)
	c := g.CLO[0]
	config := CLOConfig{SFTShare: c.Share, Sharpness: c.Sharpness}
	out := run(t, backend, func(in []*Node) []*Node {
		whole, _ := CLOLoss(CLOInputs{LogP: in[0], Reference: in[1], Mask: in[2], Pairs: in[3], Tokens: in[4]}, config)
		sum := ScalarZero(whole.Graph(), whole.DType())
		for _, rows := range [][2]int{{0, 8}, {8, 12}} {
			part := func(x *Node) *Node { return SliceAxis(x, 0, AxisRange(rows[0], rows[1])) }
			filler := MulScalar(OnesLike(SliceAxis(in[0], 0, AxisRange(0, CLORows))), math.NaN())
			loss, _ := CLOLoss(CLOInputs{LogP: Concatenate([]*Node{part(in[0]), filler}, 0), Reference: Concatenate([]*Node{part(in[1]), filler}, 0),
				Mask: Concatenate([]*Node{part(in[2]), ZerosLike(filler)}, 0), Pairs: in[3], Tokens: in[4]}, config)
			sum = Add(sum, loss)
		}
		return []*Node{whole, sum, Gradient(whole, in[0])[0], Gradient(sum, in[0])[0]}
	}, c.LogP, c.Reference, c.Mask, 3.0, c.Tokens)
	near(t, "loss", out[1], out[0], 1e-13)
	near(t, "gradient", out[3], out[2], 1e-13)
}

func TestCLOConfigErrors(t *testing.T) {
	for _, test := range []struct {
		config CLOConfig
		want   string
	}{
		{CLOConfig{SFTShare: 1.1, Sharpness: 1}, "not in 0..1"}, {CLOConfig{SFTShare: math.NaN(), Sharpness: 1}, "not in 0..1"},
		{CLOConfig{SFTShare: 0.5}, "above 0"}, {CLOConfig{Sharpness: -1}, "above 0"},
	} {
		if err := test.config.Validate(); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%+v: error %v, want one with %q", test.config, err, test.want)
		}
	}
	if err := DefaultCLO.Validate(); err != nil {
		t.Error(err)
	}
}
