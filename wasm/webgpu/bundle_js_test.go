//go:build js && wasm

package webgpu

import (
	"bytes"
	"slices"
	"testing"

	"github.com/dongyur/dongyur/wasm/ir"
	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
)

// run is a program with its memory, whose outputs take their inputs' places.
type run struct {
	t       *testing.T
	target  *Target
	test    testPlan
	program *program
	in, out []ir.Memory
}

func newRun(t *testing.T, target *Target, test testPlan, donated map[int]int) *run {
	t.Helper()
	r := &run{t: t, target: target, test: test}
	made, err := target.Compile(test.plan)
	if err != nil {
		t.Fatal(err)
	}
	r.program = made.(*program)
	for _, data := range test.inputs {
		m, err := target.Allocate(int64(len(data)))
		if err == nil {
			err = target.Upload(m, data)
		}
		if err != nil {
			t.Fatal(err)
		}
		r.in = append(r.in, m)
	}
	for _, v := range test.plan.Outputs {
		r.out = append(r.out, r.in[slices.Index(test.plan.Inputs, donated[v])])
	}
	return r
}

func (r *run) results() (list [][]byte) {
	r.t.Helper()
	for i, m := range r.out {
		data := make([]byte, len(r.test.want[i]))
		if err := r.target.Download(m, data); err != nil {
			r.t.Fatal(err)
		}
		list = append(list, data)
	}
	return list
}

// TestBundlesRun updates in slabs: right the first time, the same bits as without
// slabs each time, and in buffers that stay as many as they are.
func TestBundlesRun(t *testing.T) {
	for name, u := range bundles {
		t.Run(name, func(t *testing.T) {
			target := open(t)
			test, donated := u.plan()
			slabs, plain := newRun(t, target, test, donated), newRun(t, target, test, donated)
			buffers := 0
			for round := range 4 {
				if err := slabs.program.Run(slabs.in, slabs.out); err != nil {
					t.Fatal(err)
				}
				if n := slabs.program.Dispatches(); n >= len(test.plan.Steps) {
					t.Fatalf("%d dispatches for %d steps", n, len(test.plan.Steps))
				}
				if got, _ := plain.program.variant(donated, true); got != nil {
					// The variant without slabs, as for inputs that are handed in twice.
					if err := plain.program.run(got, plain.in, plain.out); err != nil {
						t.Fatal(err)
					}
				}
				got, want := slabs.results(), plain.results()
				for i := range got {
					if !bytes.Equal(got[i], want[i]) {
						t.Fatalf("round %d: output %d is not the same in a slab", round, i)
					}
					if round == 0 {
						compare(t, dtypes.Float32, got[i], test.want[i], test.tolerance)
					}
				}
				if now := target.device.Get("buffers").Get("size").Int(); round > 0 && now != buffers {
					t.Errorf("round %d: %d buffers, %d before", round, now, buffers)
				} else {
					buffers = now
				}
			}
			separated(t, target, slabs)
			for _, m := range slices.Concat(slabs.in, plain.in) {
				m.Free()
			}
			if target.pool.held != 0 {
				t.Errorf("%d bytes are held after all were freed", target.pool.held)
			}
		})
	}
}

// separated lets another program read one input of a slab and write another in place,
// which no kernel can while they share a buffer.
func separated(t *testing.T, target *Target, r *run) {
	t.Helper()
	n := r.test.plan.Values[r.test.plan.Inputs[1]].Shape.Size()
	m := r.test.plan.Values[r.test.plan.Inputs[4]].Shape.Size()
	from, to := r.in[1].(*buffer), r.in[4].(*buffer) // two x, of n and m elements
	if from.shared == nil || from.shared != to.shared || to.id != from.id {
		t.Fatal("the inputs are in no slab")
	}
	x, y := make([]byte, 4*n), make([]byte, 4*m)
	for memory, data := range map[*buffer][]byte{from: x, to: y} {
		if err := target.Download(memory, data); err != nil {
			t.Fatal(err)
		}
	}
	p := newPlanner()
	a, b := p.value(ir.Input, dtypes.Float32, n), p.value(ir.Input, dtypes.Float32, m)
	out := p.value(ir.Output, dtypes.Float32, m)
	p.plan.Values[out].Donor = b
	p.step(&ir.Map{Dims: []int{m}, Stores: []ir.Store{{Value: out, Exp: p.Apply(compute.OpTypeAdd,
		p.Load(b, dtypes.Float32, p.Index(0, m)), p.Load(a, dtypes.Float32, p.Int(n-1)))}}})
	program, err := target.Compile(p.plan)
	if err != nil {
		t.Fatal(err)
	}
	if err := program.Run([]ir.Memory{from, to}, []ir.Memory{to}); err != nil {
		t.Fatal(err)
	}
	got := make([]byte, 4*m)
	if err := target.Download(to, got); err != nil {
		t.Fatal(err)
	}
	want := make([]float32, m)
	for i := range want {
		want[i] = float32(floatAt(dtypes.Float32, y, i) + floatAt(dtypes.Float32, x, n-1))
	}
	compare(t, dtypes.Float32, got, floats(want...), 1e-6)
	if to.shared != nil {
		t.Error("what is written still shares the buffer of what is read")
	}
}
