//go:build js && wasm

package webgpu

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/dongyur/dongyur/wasm/ir"
	"github.com/gomlx/compute/dtypes"
)

// TestLosses takes a device away 20 times, each time with work queued, and opens it
// again.
func TestLosses(t *testing.T) {
	test := rowTests()[1]
	for range 20 {
		target := open(t)
		if got := runPlan(t, target, test.plan, test.inputs); len(got) != len(test.want) {
			t.Fatalf("%d results", len(got))
		}
		m, err := target.Allocate(1 << 12)
		if err != nil {
			t.Fatal(err)
		}
		target.Lose()
		err = target.Download(m, make([]byte, 16))
		var lost *LostError
		if !errors.As(err, &lost) || !lost.DeviceLost() {
			t.Fatalf("reading from a lost device: %v", err)
		}
		if _, err = target.Allocate(16); !errors.As(err, &lost) {
			t.Fatalf("allocating on a lost device: %v", err)
		}
		if _, err = target.Compile(test.plan); !errors.As(err, &lost) {
			t.Fatalf("compiling for a lost device: %v", err)
		}
		m.Free()
		target.Close()
	}
}

// TestLimits asks for more than the device has.
func TestLimits(t *testing.T) {
	target := open(t)
	var limit *LimitError
	if _, err := target.Allocate(1 << 40); !errors.As(err, &limit) || limit.Size != 1<<40 {
		t.Errorf("a buffer of a terabyte: %v", err)
	}
	p := newPlanner()
	n := int(target.adapter.BufferBytes/4) + 4
	in, out := p.input(floats(1), dtypes.Float32, 1), p.value(ir.Output, dtypes.Float32, n)
	p.step(&ir.Map{Dims: []int{n}, Stores: []ir.Store{{Value: out, Exp: p.Load(in, dtypes.Float32, p.Int(0))}}})
	m, err := target.Allocate(4)
	if err != nil {
		t.Fatal(err)
	}
	program, err := target.Compile(p.plan)
	if err == nil {
		err = program.Run([]ir.Memory{m}, []ir.Memory{m})
	}
	if !errors.As(err, &limit) || !strings.Contains(err.Error(), "Float32") || !strings.Contains(err.Error(), "limit") {
		t.Errorf("a tensor larger than a buffer: %v", err)
	}
}

// TestRefusedShader names the kernel and the line of a fault.
func TestRefusedShader(t *testing.T) {
	target := open(t)
	test := mapTests()[0]
	p := &program{target: target, plan: test.plan, variants: map[string]*variant{}}
	v := &variant{assembly: &assembly{kernels: []kernel{{name: "Broken", source: "fn main() {\n  nonsense;\n}\n"}}}}
	number := target.device.Call("pipeline", v.kernels[0].source, "main", "", "Broken").Int()
	entry := target.device.Get("pipelines").Index(number)
	wrong, err := await(entry.Get("ready"))
	if err != nil {
		t.Fatal(err)
	}
	var refused *CompileError
	if err := v.refused("0:" + wrong.String()); !errors.As(err, &refused) || refused.Kernel != "Broken" || refused.Line != 2 || refused.Message == "" {
		t.Errorf("a shader with a fault in line 2: %v", err)
	}
	p.Free()
}

// TestMemoryIsReused runs a plan many times: no buffer is made after the first.
func TestMemoryIsReused(t *testing.T) {
	target := open(t)
	test := mapTests()[1]
	runPlan(t, target, test.plan, test.inputs)
	before := target.device.Get("buffers").Get("size").Int()
	for range 50 {
		if got := runPlan(t, target, test.plan, test.inputs); !bytes.Equal(got[1], test.want[1]) {
			t.Fatal("a later run gives something else")
		}
	}
	if after := target.device.Get("buffers").Get("size").Int(); after != before {
		t.Errorf("%d buffers after the first run, %d after 50 more", before, after)
	}
}

// TestProfiled times the kernels of a plan.
func TestProfiled(t *testing.T) {
	target := open(t)
	if !target.adapter.Timestamps {
		t.Skip("the adapter has no timestamp-query")
	}
	test := rowTests()[2]
	p, err := target.Profile(func() error {
		runPlan(t, target, test.plan, test.inputs)
		return nil
	})
	if err != nil || len(p) == 0 || !strings.HasPrefix(p[0].Kernel, "Row") || p.Total() <= 0 {
		t.Errorf("profile %v, %v", p, err)
	}
}
