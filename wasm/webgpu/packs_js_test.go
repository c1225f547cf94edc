//go:build js && wasm

package webgpu

import (
	"bytes"
	"slices"
	"syscall/js"
	"testing"

	"github.com/dongyur/dongyur/wasm/ir"
)

// counted makes the target count what it dispatches.
func counted(t *testing.T, target *Target) *int {
	count, run := new(int), target.run
	counting := js.FuncOf(func(_ js.Value, args []js.Value) any {
		*count += args[3].Int() - args[2].Int()
		return run.Invoke(args[0], args[1], args[2], args[3])
	})
	target.run = counting.Value
	t.Cleanup(counting.Release)
	return count
}

// give makes buffers of data.
func give(t *testing.T, target *Target, list [][]byte) (memories []ir.Memory) {
	t.Helper()
	for _, data := range list {
		m, err := target.Allocate(int64(len(data)))
		if err == nil {
			err = target.Upload(m, data)
		}
		if err != nil {
			t.Fatal(err)
		}
		memories = append(memories, m)
	}
	return memories
}

// TestPackedOnce packs weights once for many runs and programs, again where they
// change, and gives the bits that packing in each run gives.
func TestPackedOnce(t *testing.T) {
	target := open(t)
	target.adapter.Software = true
	dispatched := counted(t, target)
	test := weights{[]read{{0, "plain"}, {1, "scaled"}, {0, "plain"}}, -1}.plan()
	in := give(t, target, test.inputs)
	compile := func(test testPlan) *program { return newProgram(t, target, test) }
	results := func(p *program, in []ir.Memory) (list [][]byte) {
		t.Helper()
		var out []ir.Memory
		for _, v := range p.plan.Outputs {
			m, err := target.Allocate(p.plan.Values[v].Shape.ByteSize())
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, m)
		}
		*dispatched = 0
		if err := p.Run(in, out); err != nil {
			t.Fatal(err)
		}
		for _, m := range out {
			data := make([]byte, m.Size())
			if err := target.Download(m, data); err != nil {
				t.Fatal(err)
			}
			list = append(list, data)
			m.Free()
		}
		return list
	}
	// without computes the same with no copy kept.
	without := func() [][]byte {
		target.adapter.KeptBytes = 0
		defer func() { target.adapter.KeptBytes = keptBytes }()
		p := compile(test)
		defer p.Free()
		got := results(p, in)
		if *dispatched != 9 {
			t.Fatalf("%d dispatches where nothing is kept, want 9: three products, each of two packed sides", *dispatched)
		}
		return got
	}
	p := compile(test)
	check := func(when string, packs int) {
		t.Helper()
		got := results(p, in)
		if *dispatched != 3+packs {
			t.Errorf("%s: %d dispatches, want %d", when, *dispatched, 3+packs)
		}
		for i, want := range without() {
			if !bytes.Equal(got[i], want) {
				t.Errorf("%s: output %d has other bits than when it is packed in each run", when, i)
			}
		}
	}
	check("first run", 3)
	check("second run", 0)
	if got := p.Dispatches(); got != 3 {
		t.Errorf("the program says that it takes %d dispatches, want 3", got)
	}
	buffers := target.device.Get("buffers").Get("size").Int()
	p.Free()
	p = compile(test)
	check("another program", 0)

	if err := target.Upload(in[1], floats(ramp(packLanes*packSum, func(i int) float32 { return wave(5 * i) })...)); err != nil {
		t.Fatal(err)
	}
	check("another weight uploaded", 1)
	check("and kept", 0)

	// A third program writes weight 1 in its own place.
	writes := weights{[]read{{0, "plain"}, {1, "scaled"}}, 1}.plan()
	writer := compile(writes)
	var out []ir.Memory
	for _, v := range writes.plan.Outputs {
		if writes.plan.Values[v].Donor >= 0 {
			out = append(out, in[2])
			continue
		}
		m, err := target.Allocate(writes.plan.Values[v].Shape.ByteSize())
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, m)
	}
	if err := writer.Run(in, out); err != nil {
		t.Fatal(err)
	}
	for _, m := range out[:2] {
		m.Free()
	}
	check("a weight written in place", 1)
	check("and kept too", 0)
	if now := target.device.Get("buffers").Get("size").Int(); now != buffers {
		t.Errorf("%d buffers, %d after the first runs", now, buffers)
	}

	held := target.pool.held
	copies := target.copies.bytes
	in[1].Free()
	if now := target.pool.held; now >= held-packBytes || target.copies.bytes >= copies {
		t.Errorf("%d bytes are held after a weight was freed, %d before; copies %d, before %d", now, held, target.copies.bytes, copies)
	}
	in[0].Free()
	in[2].Free()
	if all, packed := target.Held(); all != 0 || packed != 0 || len(target.copies.all) != 0 {
		t.Errorf("%d bytes are held after all were freed, copies of %d", target.pool.held, target.copies.bytes)
	}
}

// TestPackedBound: copies never take more than they may, and those in use stay.
func TestPackedBound(t *testing.T) {
	target := open(t)
	target.adapter.Software = true
	dispatched := counted(t, target)
	test := weights{[]read{{0, "plain"}}, -1}.plan()
	target.adapter.KeptBytes = 4*packRows*packSum + 2*packBytes
	p := newProgram(t, target, test)
	var models [][]ir.Memory
	for range 4 {
		models = append(models, give(t, target, test.inputs))
	}
	var first []byte
	for round := range 3 {
		for i, in := range slices.Concat(models, models[3:]) {
			m, err := target.Allocate(4 * packRows * packLanes)
			if err != nil {
				t.Fatal(err)
			}
			*dispatched = 0
			if err := p.Run(in, []ir.Memory{m}); err != nil {
				t.Fatal(err)
			}
			data := make([]byte, m.Size())
			if err := target.Download(m, data); err != nil {
				t.Fatal(err)
			}
			m.Free()
			if first == nil {
				first = data
			}
			if !bytes.Equal(data, first) {
				t.Errorf("round %d: model %d gives other bits", round, i)
			}
			if target.copies.bytes > target.adapter.KeptBytes {
				t.Errorf("copies take %d bytes of %d", target.copies.bytes, target.adapter.KeptBytes)
			}
			if again := i == len(models); again != (*dispatched == 1) {
				t.Errorf("round %d, model %d: %d dispatches", round, i, *dispatched)
			}
		}
	}
}

// TestPackedShort: where there is no memory for copies, a program does without.
func TestPackedShort(t *testing.T) {
	target := open(t)
	target.adapter.Software = true
	test := weights{[]read{{0, "plain"}}, -1}.plan()
	in := give(t, target, test.inputs)
	p := newProgram(t, target, test)
	v, err := p.variant(map[int]int{}, false)
	if err != nil || len(v.packings) != 2 {
		t.Fatalf("%d copies, %v", len(v.packings), err)
	}
	if held, err := target.copies.hold(v, in); err != nil {
		t.Fatal(err)
	} else {
		target.copies.release(held)
	}
	if target.short(&DeviceError{"else"}, v) || !target.short(&MemoryError{Size: 1}, v) {
		t.Error("not every fault is one of memory, and one of memory is")
	}
	if target.copies.bytes != 0 {
		t.Errorf("copies take %d bytes", target.copies.bytes)
	}
	if v, err = p.variant(map[int]int{}, false); err != nil || len(v.packings) != 0 {
		t.Errorf("%d copies where there is no memory for them, %v", len(v.packings), err)
	}
}

func newProgram(t *testing.T, target *Target, test testPlan) *program {
	t.Helper()
	made, err := target.Compile(test.plan)
	if err != nil {
		t.Fatal(err)
	}
	return made.(*program)
}
