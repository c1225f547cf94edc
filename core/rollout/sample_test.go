package rollout

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"github.com/dongyur/dongyur/core/engine"
	"github.com/dongyur/dongyur/core/task"
)

// reference is sampling on the host in float64: which tokens are kept and with
// what probability each is drawn.
type reference struct {
	full    []float64 // probabilities over the vocabulary
	kept    []bool
	mass    float64
	entropy float64
}

func newReference(logits []float32, s task.Sampling) reference {
	temperature := s.Temperature
	if temperature == 0 {
		temperature = 1
	}
	highest, total := math.Inf(-1), 0.0
	for _, l := range logits {
		highest = max(highest, float64(l)/temperature)
	}
	r := reference{full: make([]float64, len(logits)), kept: make([]bool, len(logits))}
	for i, l := range logits {
		r.full[i] = math.Exp(float64(l)/temperature - highest)
		total += r.full[i]
	}
	for i := range r.full {
		r.full[i] /= total
		r.kept[i] = true
		if r.full[i] > 0 {
			r.entropy -= r.full[i] * math.Log(r.full[i])
		}
	}
	if s.TopK > 0 {
		r.keep(func(float64) float64 { return 1 }, float64(s.TopK))
	}
	if s.TopP > 0 && s.TopP < 1 {
		r.keep(func(p float64) float64 { return p }, s.TopP*r.sum())
	}
	r.mass = r.sum()
	return r
}

func (r *reference) sum() (total float64) {
	for i, p := range r.full {
		if r.kept[i] {
			total += p
		}
	}
	return total
}

// keep drops what is below the largest bfloat16 number whose tokens reach want.
func (r *reference) keep(weigh func(p float64) float64, want float64) {
	for code := uint32(thresholdHigh); code >= thresholdLow; code-- {
		t, total := float64(math.Float32frombits(code<<16)), 0.0
		for i, p := range r.full {
			if r.kept[i] && p >= t {
				total += weigh(p)
			}
		}
		if total >= want || code == thresholdLow {
			for i, p := range r.full {
				r.kept[i] = r.kept[i] && p >= t
			}
			return
		}
	}
}

// smallest is how many tokens the smallest set of mass top_p has.
func (r reference) smallest(topP float64) int {
	sorted := slices.Clone(r.full)
	slices.SortFunc(sorted, func(a, b float64) int {
		if a > b {
			return -1
		}
		return 1
	})
	total := 0.0
	for i, p := range sorted {
		if total += p; total >= topP {
			return i + 1
		}
	}
	return len(sorted)
}

// drawn is what the graph gives for one row.
type drawn struct {
	token                  int
	logProb, full, entropy float64
}

// drawRows draws one token for every pair of logits row and u.
func drawRows(t testing.TB, logits [][]float32, u []float32, s task.Sampling) []drawn {
	t.Helper()
	backend, err := engine.Open("go")
	if err != nil {
		t.Fatal(err)
	}
	exec := MustNewExec(backend, func(logits, parameters, u *Node) *Node {
		return outputs(sample(modeOf(s), logits, parameters, u))[1]
	})
	out, err := exec.Call(logits, settings(s), u)
	if err != nil {
		t.Fatal(err)
	}
	values := tensors.MustCopyFlatData[float32](out[0])
	rows := make([]drawn, len(u))
	for i := range rows {
		v := values[4*i:]
		rows[i] = drawn{int(v[0]), float64(v[1]), float64(v[2]), float64(v[3])}
	}
	return rows
}

func randomLogits(random *rand.Rand, vocab int, spread float64) []float32 {
	logits := make([]float32, vocab)
	for i := range logits {
		logits[i] = float32(random.NormFloat64() * spread)
	}
	return logits
}

var samplings = []struct {
	name string
	s    task.Sampling
}{
	{"greedy", task.Sampling{}},
	{"plain", task.Sampling{Temperature: 1}},
	{"hot", task.Sampling{Temperature: 1.7}},
	{"cold", task.Sampling{Temperature: 0.3, TopP: 1}},
	{"top_p", task.Sampling{Temperature: 0.8, TopP: 0.9}},
	{"top_p small", task.Sampling{Temperature: 1, TopP: 1e-6}},
	{"top_p large", task.Sampling{Temperature: 1, TopP: 0.9999}},
	{"top_k", task.Sampling{Temperature: 1, TopK: 5}},
	{"top_k above the vocabulary", task.Sampling{Temperature: 1, TopK: 1 << 20}},
	{"both", task.Sampling{Temperature: 0.9, TopK: 20, TopP: 0.8}},
}

// Every token that the graph draws is the one at u of the reference's cumulative
// distribution, with its probabilities.
func TestSampleAgainstReference(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for _, vocab := range []int{1, 2, 7, 64, 100, 1000} {
		for _, spread := range []float64{0.01, 1, 3, 8} {
			logits := make([][]float32, 10)
			u := make([]float32, len(logits))
			for i := range logits {
				logits[i] = randomLogits(random, vocab, spread)
				u[i] = float32(random.IntN(1<<24)) * 0x1p-24
			}
			u[0], u[1] = 0, 1-0x1p-24
			for _, test := range samplings {
				for i, got := range drawRows(t, logits, u, test.s) {
					want := newReference(logits[i], test.s)
					checkDraw(t, got, want, logits[i], float64(u[i]), test.s)
					if t.Failed() {
						t.Fatalf("%s, vocabulary %d, spread %g, row %d", test.name, vocab, spread, i)
					}
				}
			}
		}
	}
}

func checkDraw(t *testing.T, got drawn, want reference, logits []float32, u float64, s task.Sampling) {
	t.Helper()
	p := want.full[got.token]
	if diff := math.Abs(got.full - math.Log(p)); diff > 2e-5 {
		t.Errorf("full log-probability %v, want %v", got.full, math.Log(p))
	}
	if diff := math.Abs(got.entropy - want.entropy); diff > 1e-4 {
		t.Errorf("entropy %v, want %v", got.entropy, want.entropy)
	}
	if s.Temperature == 0 {
		if logits[got.token] != slices.Max(logits) || got.logProb != 0 {
			t.Errorf("greedy token %d with log-probability %v is not the highest", got.token, got.logProb)
		}
		return
	}
	if !want.kept[got.token] {
		t.Errorf("token %d of probability %v is not among those kept", got.token, p)
	}
	if diff := math.Abs(got.logProb - math.Log(p/want.mass)); diff > 2e-5 {
		t.Errorf("log-probability %v, want %v", got.logProb, math.Log(p/want.mass))
	}
	before := 0.0
	for i := range got.token {
		if want.kept[i] {
			before += want.full[i]
		}
	}
	if target := u * want.mass; target < before-1e-5 || target > before+p+1e-5 {
		t.Errorf("token %d covers %v to %v of the distribution, and u·mass is %v", got.token, before, before+p, target)
	}
}

// The set that the threshold keeps is the smallest but for near ties.
func TestTopPKeepsTheSmallestSet(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	for range 40 {
		logits := randomLogits(random, 2000, 0.5+4*random.Float64())
		for _, topP := range []float64{0.3, 0.9, 0.99} {
			r := newReference(logits, task.Sampling{Temperature: 1, TopP: topP})
			all := newReference(logits, task.Sampling{Temperature: 1})
			sorted := slices.Sorted(slices.Values(all.full))
			slices.Reverse(sorted)
			least := r.smallest(topP)
			kept := 0
			for i, k := range r.kept {
				if !k {
					continue
				}
				kept++
				if r.full[i] < sorted[least-1]*(1-1.0/128) {
					t.Fatalf("top_p %g keeps a token of probability %v, the last one needed has %v", topP, r.full[i], sorted[least-1])
				}
			}
			if kept < least || r.mass < topP {
				t.Fatalf("top_p %g keeps %d tokens of mass %v, needs %d", topP, kept, r.mass, least)
			}
		}
	}
}

// Over all values of u, frequencies follow the reference (Pearson's chi-square),
// and the probabilities of what can be drawn sum to one.
func TestSampleFrequencies(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	logits := randomLogits(random, 50, 1.5)
	const draws = 4000
	rows, u := make([][]float32, draws), make([]float32, draws)
	for i := range rows {
		rows[i] = logits
		u[i] = float32(Uniform(77, uint32(i), 3))
	}
	for _, test := range samplings[1:] {
		want := newReference(logits, test.s)
		seen, logProb := make([]int, len(logits)), map[int]float64{}
		for _, d := range drawRows(t, rows, u, test.s) {
			seen[d.token]++
			logProb[d.token] = d.logProb
		}
		square, degrees, sum := 0.0, -1, 0.0
		for i, p := range want.full {
			if !want.kept[i] {
				if seen[i] > 0 {
					t.Errorf("%s: token %d was drawn and is not kept", test.name, i)
				}
				continue
			}
			p /= want.mass
			if l, ok := logProb[i]; ok {
				sum += math.Exp(l)
			} else {
				sum += p
			}
			if expected := p * draws; expected >= 5 {
				square += (float64(seen[i]) - expected) * (float64(seen[i]) - expected) / expected
				degrees++
			}
		}
		if math.Abs(sum-1) > 1e-5 {
			t.Errorf("%s: probabilities of the kept tokens sum to %v", test.name, sum)
		}
		// Wilson and Hilferty's bound for a chance of 1e-5; the seed is fixed.
		if n := float64(max(degrees, 1)); square > n*math.Pow(1-2/(9*n)+4.26*math.Sqrt(2/(9*n)), 3) {
			t.Errorf("%s: chi-square %v with %d degrees of freedom", test.name, square, degrees)
		}
	}
}

func TestSampleNaN(t *testing.T) {
	nan := float32(math.NaN())
	for _, test := range samplings {
		for _, d := range drawRows(t, [][]float32{{nan, nan, nan}, {1, nan, 2}}, []float32{0.5, 0.9}, test.s) {
			if !math.IsNaN(d.full) && !math.IsInf(d.full, 0) || d.token < 0 || d.token > 2 {
				t.Errorf("%s: token %d, log-probability %v from logits that are not numbers", test.name, d.token, d.full)
			}
		}
	}
}

func BenchmarkSample(b *testing.B) {
	backend, err := engine.Open("go")
	if err != nil {
		b.Fatal(err)
	}
	random := rand.New(rand.NewPCG(1, 2))
	const rows, vocab = 32, 8192
	flat, u := make([]float32, 0, rows*vocab), make([]float32, rows)
	for i := range rows {
		flat = append(flat, randomLogits(random, vocab, 2)...)
		u[i] = random.Float32()
	}
	logits := tensors.FromFlatDataAndDimensions(flat, rows, vocab)
	for _, test := range samplings {
		b.Run(test.name, func(b *testing.B) {
			exec := MustNewExec(backend, func(logits, parameters, u *Node) *Node {
				return outputs(sample(modeOf(test.s), logits, parameters, u))[1]
			})
			for b.Loop() {
				out, err := exec.Call(logits, settings(test.s), u)
				if err != nil {
					b.Fatal(err)
				}
				out[0].MustFinalizeAll()
			}
		})
	}
}
