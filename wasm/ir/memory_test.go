package ir

import (
	"math/rand/v2"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
)

// randomPlan makes steps that each write one temporary from some that were written
// before, now and then inside a While.
func randomPlan(r *rand.Rand) *Plan {
	s, p := NewScope(), &Plan{}
	value := func() int {
		p.Values = append(p.Values, Value{Shape: shapes.Make(dtypes.Float32, 1+r.IntN(300)), Place: Temporary, Alias: -1, Donor: -1})
		return len(p.Values) - 1
	}
	var made []int
	steps := func(n int) (list []Step) {
		for range n {
			e := s.Number(dtypes.Float32, 1)
			for range min(len(made), r.IntN(3)) {
				v := made[len(made)-1-r.IntN(min(len(made), 6))]
				e = s.Apply(compute.OpTypeAdd, e, s.Load(v, dtypes.Float32, s.Int(0)))
			}
			to := value()
			list = append(list, &Map{Dims: []int{1}, Stores: []Store{{Value: to, Exp: e}}})
			made = append(made, to)
		}
		return list
	}
	for range 2 + r.IntN(12) {
		p.Steps = append(p.Steps, steps(1+r.IntN(4))...)
		if r.IntN(4) == 0 {
			state, condition := value(), value()
			before := steps(1)
			made = append(made, state)
			loop := &While{Condition: condition, State: []int{state}, Before: append(before, &Copy{From: made[0], To: condition}),
				Body: append(steps(1+r.IntN(4)), &Copy{From: made[len(made)-1], To: state})}
			p.Steps = append(p.Steps, loop)
		}
	}
	return p
}

// overlapping finds two temporaries that are alive at the same time in the same
// bytes.
func overlapping(p *Plan) (a, b int, found bool) {
	lives := p.lifetimes()
	size := func(v int) int64 { return p.Values[v].Shape.ByteSize() }
	for a, x := range lives {
		for b, y := range lives {
			va, vb := p.Values[a], p.Values[b]
			if a < b && va.Place == Temporary && vb.Place == Temporary && x.first <= y.last && y.first <= x.last &&
				va.Offset < vb.Offset+size(b) && vb.Offset < va.Offset+size(a) {
				return a, b, true
			}
		}
	}
	return 0, 0, false
}

func TestLayOut(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	for trial := range 500 {
		p := randomPlan(r)
		p.layOut()
		if a, b, found := overlapping(p); found {
			t.Fatalf("trial %d: values %d and %d share bytes while both live:\n%s", trial, a, b, p)
		}
		for i, v := range p.Values {
			if v.Offset%Alignment != 0 || v.Offset+v.Shape.ByteSize() > p.Arena {
				t.Fatalf("trial %d: value %d lies at %d of %d bytes", trial, i, v.Offset, p.Arena)
			}
		}
		if p.Arena < p.Bound() {
			t.Fatalf("trial %d: an arena of %d bytes, below the bound of %d", trial, p.Arena, p.Bound())
		}
	}
}

// TestLoopKeepsWhatItReads: what a While reads of before must outlive its last round,
// though its body reads it first of all.
func TestLoopKeepsWhatItReads(t *testing.T) {
	s, p := NewScope(), &Plan{}
	for range 5 {
		p.Values = append(p.Values, Value{Shape: shapes.Make(dtypes.Float32, 64), Place: Temporary, Alias: -1, Donor: -1})
	}
	set := func(to, from int) Step {
		return &Map{Dims: []int{64}, Stores: []Store{{Value: to, Exp: s.Load(from, dtypes.Float32, s.Index(0, 64))}}}
	}
	p.Steps = []Step{set(0, 0), &While{Condition: 1, State: []int{2}, Before: []Step{set(2, 0), set(1, 0)},
		Body: []Step{set(3, 0), set(4, 3), set(2, 4), set(1, 2)}}}
	p.layOut()
	if a, b, found := overlapping(p); found {
		t.Fatalf("values %d and %d share bytes", a, b)
	}
	if l := p.lifetimes(); l[0].last < l[4].last {
		t.Errorf("value 0, which every round reads, ends at %d, before %d", l[0].last, l[4].last)
	}
}
