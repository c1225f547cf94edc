package metric

import (
	"math"
	"math/rand/v2"
	"testing"
)

func TestBootstrap(t *testing.T) {
	values := make([]float64, 400)
	rng := rand.New(rand.NewPCG(1, 2))
	for i := range values {
		values[i] = 3 + rng.NormFloat64()
	}
	got := MeanInterval(values, Samples, 1)
	if again := MeanInterval(values, Samples, 1); again != got {
		t.Errorf("the same seed gives %v and %v", got, again)
	}
	if other := MeanInterval(values, Samples, 2); other == got {
		t.Errorf("seeds 1 and 2 both give %v", got)
	}
	// The mean of 400 normal values has a standard error of 1/20.
	if half := (got.High - got.Low) / 2; math.Abs(half-1.96/20) > 0.015 {
		t.Errorf("half width %.3f, want about 0.098", half)
	}
	if got.Low > got.Value || got.High < got.Value {
		t.Errorf("%v does not hold its value", got)
	}
}

// TestCoverage draws data whose mean is known and counts how often a 95 %
// interval holds it.
func TestCoverage(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	held := 0
	for trial := range 200 {
		values := make([]float64, 100)
		for i := range values {
			values[i] = rng.Float64()
		}
		if got := MeanInterval(values, 400, uint64(trial)); got.Low <= 0.5 && got.High >= 0.5 {
			held++
		}
	}
	if held < 180 || held > 199 {
		t.Errorf("%d of 200 intervals hold the mean, want about 190", held)
	}
}

func TestBootstrapFew(t *testing.T) {
	for _, c := range []struct {
		values  []float64
		samples int
		want    Interval
	}{
		{nil, 10, Interval{}},
		{[]float64{2}, 10, Interval{2, 2, 2}},
		{[]float64{1, 3}, 0, Interval{2, 2, 2}},
	} {
		if got := MeanInterval(c.values, c.samples, 1); got != c.want {
			t.Errorf("%v: %v, want %v", c.values, got, c.want)
		}
	}
}

func TestPercentiles(t *testing.T) {
	drawn := make([]float64, 1000)
	for i := range drawn {
		drawn[i] = float64(999 - i)
	}
	if got := percentiles(500, drawn); got != (Interval{500, 25, 974}) {
		t.Errorf("%v, want 25 to 974", got)
	}
}

func TestPairedBootstrap(t *testing.T) {
	_, hyp, ref := readGolden(t)
	same, err := PairedBootstrap(ChrFPlusPlus, hyp, hyp, ref, 200, 1)
	if err != nil {
		t.Fatal(err)
	}
	if same.Delta != (Interval{}) || same.Wins != 0 || same.P < 0.5 {
		t.Errorf("a system against itself: %+v", same)
	}
	better, err := PairedBootstrap(ChrFPlusPlus, hyp, ref, ref, 200, 1)
	if err != nil {
		t.Fatal(err)
	}
	if better.Delta.Low <= 0 || better.Wins != 1 || better.P > 0.05 {
		t.Errorf("references against hypotheses: %+v", better)
	}
	score, err := CorpusInterval(ChrFPlusPlus, hyp, ref, 200, 1)
	if err != nil {
		t.Fatal(err)
	}
	if want := 100 - score.Value; math.Abs(better.Delta.Value-want) > 1e-9 {
		t.Errorf("difference %g, want %g", better.Delta.Value, want)
	}
}

func TestPairedMeans(t *testing.T) {
	a := make([]float64, 100)
	b := make([]float64, 100)
	for i := range a {
		a[i] = float64(i % 7)
		b[i] = a[i] + 1
	}
	got, err := PairedMeans(a, b, 500, 1)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range []float64{got.Delta.Value, got.Delta.Low, got.Delta.High} {
		if math.Abs(v-1) > 1e-9 {
			t.Errorf("%+v, want a difference of 1 in every sample", got)
		}
	}
}

// TestWilson compares with statsmodels 0.15.0's proportion_confint(method="wilson").
func TestWilson(t *testing.T) {
	for _, c := range []struct {
		wins float64
		n    int
		want Interval
	}{
		{0, 0, Interval{0.5, 0, 1}},
		{0, 10, Interval{0, 0, 0.277532799863}},
		{10, 10, Interval{1, 0.722467200137, 1}},
		{5, 10, Interval{0.5, 0.236593090513, 0.763406909487}},
		{62, 100, Interval{0.62, 0.522097552955, 0.709024007475}},
		{1.5, 3, Interval{0.5, 0.125334471910, 0.874665528090}},
		{512, 1000, Interval{0.512, 0.481032554406, 0.542875603390}},
	} {
		got := Wilson(c.wins, c.n)
		for i, v := range [][2]float64{{got.Value, c.want.Value}, {got.Low, c.want.Low}, {got.High, c.want.High}} {
			if math.Abs(v[0]-v[1]) > 1e-9 {
				t.Errorf("Wilson(%g, %d)[%d] = %.10f, want %.10f", c.wins, c.n, i, v[0], v[1])
			}
		}
	}
}
