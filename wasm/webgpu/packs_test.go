package webgpu

import (
	"testing"

	"github.com/dongyur/dongyur/wasm/ir"
	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
)

// Sizes of the products that packing is tested with; both sides of such a product are
// worth packing on a software adapter.
const (
	packRows, packLanes, packSum = 96, 80, 20
	packBytes                    = 4 * packLanes * packSum // of a packed copy of a weight
)

// weights is a plan of products of x and weights, each [lanes, k] and read as it says.
// Of the results, which are added up, the last is written in the place of weight donor.
type weights struct {
	reads []read
	donor int // -1: none
}

type read struct {
	weight int
	form   string // "plain", "scaled" as a quantised one is, "made" in the plan, "turned": as [k, lanes]
}

// plan gives also the inputs of the weights, as numbers of the run's inputs.
func (w weights) plan() testPlan {
	p := newPlanner()
	x := p.input(floats(ramp(packRows*packSum, wave)...), dtypes.Float32, packRows, packSum)
	var inputs []int
	for _, r := range w.reads {
		for len(inputs) <= r.weight {
			shift := 7 * len(inputs)
			inputs = append(inputs, p.input(floats(ramp(packLanes*packSum, func(i int) float32 { return wave(i + shift) })...), dtypes.Float32, packLanes, packSum))
		}
	}
	for _, r := range w.reads {
		value := inputs[r.weight]
		b := ir.Operand{Value: value, DType: dtypes.Float32, RowStride: packSum, SumStride: 1}
		load := p.Load(value, dtypes.Float32, p.Join([]*ir.Exp{p.Index(0, packLanes), p.Index(1, packSum)}, []int{packLanes, packSum}))
		twice := p.Apply(compute.OpTypeMul, load, p.Number(dtypes.Float32, 2))
		lanes, k := packLanes, packSum
		switch r.form {
		case "scaled":
			b.Exp = twice
		case "made":
			b.Value = p.value(ir.Temporary, dtypes.Float32, packLanes, packSum)
			p.step(&ir.Map{Dims: []int{packLanes, packSum}, Stores: []ir.Store{{Value: b.Value, Exp: twice}}})
		case "turned":
			b.Offset, lanes, k = 1, packLanes-1, packSum-1 // neither is dense in whole fours
		}
		out := p.value(ir.Output, dtypes.Float32, packRows, lanes)
		p.step(&ir.Dot{M: packRows, N: lanes, K: k, Sum: dtypes.Float32, B: b,
			A:     ir.Operand{Value: x, DType: dtypes.Float32, RowStride: packSum, SumStride: 1},
			Store: ir.Store{Value: out, Exp: p.Accumulated(dtypes.Float32)}})
	}
	if w.donor >= 0 {
		next := p.value(ir.Output, dtypes.Float32, packLanes, packSum)
		p.plan.Values[next].Donor = inputs[w.donor]
		at := p.Join([]*ir.Exp{p.Index(0, packLanes), p.Index(1, packSum)}, []int{packLanes, packSum})
		p.step(&ir.Map{Dims: []int{packLanes, packSum}, Stores: []ir.Store{{Value: next,
			Exp: p.Apply(compute.OpTypeNeg, p.Load(inputs[w.donor], dtypes.Float32, at))}}})
	}
	return p.test("weights", 0)
}

// packer is a software adapter that keeps copies.
func packer(bytes int64) *Adapter {
	return &Adapter{Software: true, StorageBuffers: 10, BindingBytes: 1 << 27, BufferBytes: 1 << 30, WorkgroupBytes: 32768,
		Invocations: 256, WorkgroupSizeX: 256, Workgroups: 65535, KeptBytes: bytes}
}

func TestPackings(t *testing.T) {
	plain := func(weights ...int) (list []read) {
		for _, w := range weights {
			list = append(list, read{w, "plain"})
		}
		return list
	}
	const xBytes = 4 * packRows * packSum
	for _, test := range []struct {
		name  string
		of    weights
		bytes int64
		packs int // copies that outlive the run
		own   int // kernels of the plan
	}{
		{"a weight and x", weights{plain(0), -1}, 1 << 20, 2, 1},
		{"nothing is kept", weights{plain(0), -1}, 0, 0, 3},
		{"room for x alone", weights{plain(0), -1}, xBytes, 1, 2},
		{"two weights", weights{plain(0, 1), -1}, 1 << 20, 3, 2},
		{"one weight twice", weights{plain(0, 0), -1}, 1 << 20, 2, 2},
		{"in two layouts", weights{[]read{{0, "plain"}, {0, "turned"}}, -1}, 1 << 20, 4, 2},
		{"computed as it is read", weights{[]read{{0, "scaled"}}, -1}, 1 << 20, 2, 1},
		{"made by the plan", weights{[]read{{0, "made"}}, -1}, 1 << 20, 1, 3},
		{"one of two is written", weights{plain(0, 1), 1}, 1 << 20, 2, 4},
	} {
		plan := test.of.plan().plan
		donated := map[int]int{}
		for _, out := range plan.Outputs {
			if donor := plan.Values[out].Donor; donor >= 0 {
				donated[out] = donor
			}
		}
		a, err := assemble(plan, packer(test.bytes), donated, false)
		if err != nil {
			t.Fatal(err)
		}
		bytes := int64(0)
		for _, p := range a.packings {
			bytes += p.size
		}
		if len(a.packings) != test.packs || a.own != test.own || bytes > test.bytes {
			t.Errorf("%s: %d copies of %d bytes and %d kernels, want %d of at most %d and %d", test.name, len(a.packings), bytes, a.own, test.packs, test.bytes, test.own)
		}
		if last := a.flow[len(a.flow)-1].last; last != a.own {
			t.Errorf("%s: a run ends with kernel %d of %d", test.name, last, a.own)
		}
	}
}
