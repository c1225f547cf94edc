package metric

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
)

// Samples is the usual number of bootstrap samples.
const Samples = 1000

// Interval is a value and its 95 % interval.
type Interval struct {
	Value float64 `json:"value"`
	Low   float64 `json:"low"`
	High  float64 `json:"high"`
}

// Paired is what a paired bootstrap says of B against A.
type Paired struct {
	Delta Interval `json:"delta"` // B's score less A's
	// P is the p-value of "no difference" by sacreBLEU's rule: how often the
	// size of the resampled difference exceeds its mean by the observed size or
	// more. Equal systems get 1 here.
	P float64 `json:"p"`
	// Wins is the share of samples in which B scores higher than A.
	Wins float64 `json:"wins"`
}

// Bootstrap returns statistic over all n items and the percentile interval of
// statistic over samples, each of n items drawn with replacement. The same
// seed gives the same interval on every machine. With fewer than one item or
// sample the interval is the value, or 0.
func Bootstrap(n, samples int, seed uint64, statistic func(items []int) float64) Interval {
	if n < 1 {
		return Interval{}
	}
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	drawn := draw(n, samples, seed, statistic)
	return percentiles(statistic(all), drawn)
}

// draw returns the statistic of each sample.
func draw(n, samples int, seed uint64, statistic func(items []int) float64) []float64 {
	// The second word only has to be fixed: PCG's streams differ by the first.
	rng := rand.New(rand.NewPCG(seed, 0x646f6e67797572))
	items := make([]int, n)
	drawn := make([]float64, max(samples, 0))
	for s := range drawn {
		for i := range items {
			items[i] = rng.IntN(n)
		}
		drawn[s] = statistic(items)
	}
	return drawn
}

// percentiles sorts drawn and returns value with the 2.5th and 97.5th
// percentile, by sacreBLEU's rule: a fortieth is cut off at each end.
func percentiles(value float64, drawn []float64) Interval {
	if len(drawn) == 0 {
		return Interval{value, value, value}
	}
	slices.Sort(drawn)
	cut := len(drawn) / 40
	return Interval{value, drawn[cut], drawn[len(drawn)-1-cut]}
}

// MeanInterval returns the mean of values and its bootstrap interval. For a
// paired comparison of two runs, pass the differences item by item.
func MeanInterval(values []float64, samples int, seed uint64) Interval {
	return Bootstrap(len(values), samples, seed, func(items []int) float64 {
		var total float64
		for _, i := range items {
			total += values[i]
		}
		return total / float64(len(items))
	})
}

// CorpusInterval returns the corpus score and its bootstrap interval over
// segments. Errors are those of Rows.
func CorpusInterval(m Metric, hyp, ref []string, samples int, seed uint64) (Interval, error) {
	rows, err := Rows(m, hyp, ref)
	if err != nil {
		return Interval{}, err
	}
	return Bootstrap(len(rows), samples, seed, func(items []int) float64 {
		return m.Score(sumOf(rows, items))
	}), nil
}

// PairedBootstrap compares the systems a and b on the same references, drawing
// the same segments for both. Errors are those of Rows.
func PairedBootstrap(m Metric, a, b, ref []string, samples int, seed uint64) (Paired, error) {
	rowsA, err := Rows(m, a, ref)
	if err != nil {
		return Paired{}, fmt.Errorf("system A: %w", err)
	}
	rowsB, err := Rows(m, b, ref)
	if err != nil {
		return Paired{}, fmt.Errorf("system B: %w", err)
	}
	delta := func(items []int) float64 {
		return m.Score(sumOf(rowsB, items)) - m.Score(sumOf(rowsA, items))
	}
	observed := m.Score(sum(rowsB)) - m.Score(sum(rowsA))
	return paired(observed, draw(len(rowsA), samples, seed, delta)), nil
}

// PairedMeans compares two runs by the means of values taken on the same
// items. It fails if there are not as many values in both.
func PairedMeans(a, b []float64, samples int, seed uint64) (Paired, error) {
	if len(a) != len(b) || len(a) == 0 {
		return Paired{}, fmt.Errorf("paired bootstrap: %d values against %d: give one of each run for every item", len(a), len(b))
	}
	delta := func(items []int) float64 {
		var total float64
		for _, i := range items {
			total += b[i] - a[i]
		}
		return total / float64(len(items))
	}
	var observed float64
	for i := range a {
		observed += (b[i] - a[i]) / float64(len(a))
	}
	return paired(observed, draw(len(a), samples, seed, delta)), nil
}

// paired sums up the differences drawn around the observed one.
func paired(observed float64, drawn []float64) Paired {
	if len(drawn) == 0 {
		return Paired{Delta: Interval{observed, observed, observed}, P: 1}
	}
	var mean, wins, beyond float64
	for _, d := range drawn {
		mean += math.Abs(d) / float64(len(drawn))
		if d > 0 {
			wins++
		}
	}
	for _, d := range drawn {
		if math.Abs(d)-mean >= math.Abs(observed) {
			beyond++
		}
	}
	n := float64(len(drawn))
	return Paired{Delta: percentiles(observed, drawn), P: (beyond + 1) / (n + 1), Wins: wins / n}
}

// Wilson returns the share wins/n and its 95 % score interval (Wilson 1927).
// Ties may count as half a win. Without a comparison it is 0 to 1 around ½.
func Wilson(wins float64, n int) Interval {
	if n < 1 {
		return Interval{0.5, 0, 1}
	}
	const z = 1.959963984540054 // 97.5th percentile of the normal distribution
	total := float64(n)
	share := wins / total
	denominator := 1 + z*z/total
	centre := (share + z*z/(2*total)) / denominator
	half := z / denominator * math.Sqrt(share*(1-share)/total+z*z/(4*total*total))
	return Interval{share, max(0, centre-half), min(1, centre+half)}
}

func sumOf(rows [][]float64, items []int) []float64 {
	total := make([]float64, len(rows[0]))
	for _, i := range items {
		for k, v := range rows[i] {
			total[k] += v
		}
	}
	return total
}
