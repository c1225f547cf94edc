//go:build js && wasm

package webgpu

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"syscall/js"
	"testing"
	"time"

	"github.com/dongyur/dongyur/wasm/ir"
	"github.com/gomlx/compute/dtypes"
)

// TestTilingsGiveTheSameBits: whichever tiling a product is given, its result has the
// bits of the rule's, on this adapter with the kernels for software and for GPUs.
func TestTilingsGiveTheSameBits(t *testing.T) {
	target := open(t)
	own := target.adapter
	for _, software := range []bool{true, false} {
		for _, size := range []dotSize{
			{1, 128, 128, 40, sumFirst, sumFirst, dtypes.Float32},
			{2, 72, 100, 17, rowsFirst, rowsFirst, dtypes.Float32},
			{1, 32, 32, 8200, rowsFirst, sumFirst, dtypes.Float32},
			{2, 70, 66, 8, expressed, sumFirst, dtypes.Float32},
		} {
			test := dotTest(size)
			adapter := *own
			adapter.Software = software
			c := newCoder(test.plan, &adapter, nil)
			d := test.plan.Steps[0].(*ir.Dot)
			t.Run(fmt.Sprintf("%s software %v", test.name, software), func(t *testing.T) {
				target.adapter = &adapter
				want := runPlan(t, target, test.plan, test.inputs)
				for _, tiling := range c.tilings(d, c.tileByRule(d))[1:] {
					forced := adapter
					forced.tiling = &tiling
					target.adapter = &forced
					if got := runPlan(t, target, test.plan, test.inputs); !bytes.Equal(got[0], want[0]) {
						t.Errorf("%v gives other bits than the rule's tiling", tiling)
					}
				}
			})
		}
	}
}

// twoProducts is a plan of two products that are worth measuring.
func twoProducts() testPlan {
	p := newPlanner()
	for _, k := range []int{192, 128} {
		const m, n = 256, 256
		a, b := floats(ramp(m*k, wave)...), floats(ramp(n*k, func(i int) float32 { return wave(i + 7) })...)
		x, y, out := p.input(a, dtypes.Float32, m, k), p.input(b, dtypes.Float32, k, n), p.value(ir.Output, dtypes.Float32, m, n)
		p.step(&ir.Dot{M: m, N: n, K: k, Sum: dtypes.Float32, A: ir.Operand{Value: x, DType: dtypes.Float32, RowStride: k, SumStride: 1},
			B: ir.Operand{Value: y, DType: dtypes.Float32, RowStride: 1, SumStride: n}, Store: ir.Store{Value: out, Exp: p.Accumulated(dtypes.Float32)}})
	}
	return p.test("two products", 0)
}

// TestTune: a plan's products are measured before it first runs, once; what was measured
// changes no bit, goes from device to device as JSON, and is measured no more there.
func TestTune(t *testing.T) {
	target := open(t)
	test := twoProducts()
	want := runPlan(t, target, test.plan, test.inputs)
	if found := target.Tuning().Products; len(found) != 0 {
		t.Fatalf("a device that was not asked to tune has measured %v", found)
	}
	idle, _ := target.Held()
	target.Tune(time.Nanosecond) // is over after the first
	if got := runPlan(t, target, test.plan, test.inputs); !bytes.Equal(got[0], want[0]) || !bytes.Equal(got[1], want[1]) {
		t.Error("tuning changes results")
	}
	if found := target.Tuning().Products; len(found) != 1 || found[0].Product != "1×256×256×192 float32 192,1 kept · float32 1,256 kept" {
		t.Fatalf("within no time were measured %v, want the larger product", found)
	}
	target.Tune(time.Minute)
	got := runPlan(t, target, test.plan, test.inputs)
	for _, p := range target.Tuning().Products {
		t.Log(p)
	}
	if found := target.Tuning().Products; len(found) != 2 || !bytes.Equal(got[0], want[0]) || !bytes.Equal(got[1], want[1]) {
		t.Errorf("measured are %v, or results differ", found)
	}
	if held, packed := target.Held(); held-packed > idle {
		t.Errorf("%d bytes are held after tuning, %d before", held-packed, idle)
	}
	data, err := json.Marshal(target.Tuning())
	if err != nil {
		t.Fatal(err)
	}
	next := open(t)
	if err := next.SetTuning(data[1:]); err == nil {
		t.Error("a damaged tuning is taken")
	}
	if err := next.SetTuning(data); err != nil || !slices.Equal(next.Tuning().Products, target.Tuning().Products) {
		t.Errorf("the other device has %v and %v", next.Tuning(), err)
	}
	next.Tune(time.Minute)
	if got := runPlan(t, next, test.plan, test.inputs); next.tuner.spent != 0 || !bytes.Equal(got[0], want[0]) || !bytes.Equal(got[1], want[1]) {
		t.Errorf("what is known was measured again for %v, or results differ", next.tuner.spent)
	}
}

// TestOtherBitsAreLeftOut: a tiling that adds in another order is not measured.
func TestOtherBitsAreLeftOut(t *testing.T) {
	target := open(t)
	test := twoProducts()
	s := samples(test.plan, target.adapter, nil)[0]
	m := &measurement{sample: s, target: target, program: program{target: target, plan: alone(test.plan, s.dot)}}
	defer m.free()
	if err := m.fill(); err != nil {
		t.Fatal(err)
	}
	other, again := s.tilings[0], s.tilings[0]
	other.Splits = 3
	if err := m.compile([]dotTiling{s.tilings[0], other, again}); err != nil {
		t.Fatal(err)
	}
	if len(m.trials) != 2 || m.trials[1].tiling != again {
		t.Errorf("%d tilings are measured, want the rule's twice, not the one in parts", len(m.trials))
	}
}

// TestTuneUnseen: a profile of work that tunes has the work's kernels alone.
func TestTuneUnseen(t *testing.T) {
	target := open(t)
	if !target.adapter.Timestamps {
		t.Skip("this adapter has no timestamp-query")
	}
	test := twoProducts()
	target.Tune(time.Nanosecond)
	profile, err := target.Profile(func() error { runPlan(t, target, test.plan, test.inputs); return nil })
	if err != nil || len(target.Tuning().Products) != 1 {
		t.Fatalf("measured are %v: %v", target.Tuning(), err)
	}
	counts := map[string]int{}
	for _, k := range profile {
		counts[k.Kernel] = k.Count
	}
	if packs := counts["DotPack"]; counts["Dot"] != 2 || len(profile) > 2 || packs > 4 {
		t.Errorf("the profile of two products has\n%s", profile)
	}
}

// TestTuneByHost measures without the device's clock, as in browsers that lend none.
func TestTuneByHost(t *testing.T) {
	target := open(t)
	noClock := js.FuncOf(func(_ js.Value, args []js.Value) any { return args[0].String() != "timestamp-query" })
	defer noClock.Release()
	target.device.Set("has", noClock)
	test := twoProducts()
	target.Tune(time.Nanosecond)
	runPlan(t, target, test.plan, test.inputs)
	if found := target.Tuning().Products; len(found) != 1 || found[0].RuleTime < time.Microsecond {
		t.Errorf("measured are %v", found)
	}
}

// TestRememberTuning: a GPU goes on from what was kept and keeps what it finds; what is
// kept and damaged is written anew; software is left alone.
func TestRememberTuning(t *testing.T) {
	defer func() { remembered.limit = 0 }()
	kept := []byte(`{"version":1,"adapter":"another"`)
	RememberTuning(time.Nanosecond, func() ([]byte, error) { return kept, nil }, func(found Tuning) { kept, _ = json.Marshal(found) })
	target := open(t)
	if target.adapter.Software && target.tuner.limit != 0 {
		t.Error("an adapter in software tunes by itself")
	}
	adapter := *target.adapter
	adapter.Software = false
	test := twoProducts()
	for measured := 1; measured <= 3; measured++ {
		again := adapter
		target.adapter = &again
		target.recall()
		runPlan(t, target, test.plan, test.inputs)
		var found Tuning
		if err := json.Unmarshal(kept, &found); err != nil || len(found.Products) != min(measured, 2) {
			t.Fatalf("opened %d times, %s is kept: %v", measured, kept, err)
		}
	}
}
