//go:build !js

package webgpu

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/dongyur/dongyur/wasm/ir"
	"github.com/gomlx/compute/dtypes"
)

// TestKernelsCompile has every hand-written kernel, in every tiling that the tests
// reach, read by the compilers that browsers use.
func TestKernelsCompile(t *testing.T) {
	var plans []testPlan
	for _, size := range append(dotSizes(), dotSize{1, 520, 516, 24, sumFirst, rowsFirst, dotSizes()[0].dtype}) {
		plans = append(plans, dotTest(size))
	}
	for _, size := range attentionSizes() {
		plans = append(plans, attentionTest(size))
	}
	for _, program := range []string{"tint", "naga"} {
		path, err := exec.LookPath(program)
		if err != nil {
			t.Logf("%s is not installed: it reads every shader", program)
			continue
		}
		seen := map[string]bool{}
		for kind, adapter := range testAdapters {
			for _, test := range plans {
				a, err := assemble(test.plan, adapter, nil, false)
				if err != nil {
					t.Errorf("%s on %s: %v", test.name, kind, err)
					continue
				}
				for _, k := range a.kernels {
					if seen[k.source] || program == "naga" && strings.Contains(k.source, "enable subgroups;") {
						continue // naga has subgroups behind a setting of the device, not in the text
					}
					seen[k.source] = true
					check(t, path, test.name, k.source)
				}
			}
		}
	}
}

func TestFill(t *testing.T) {
	for _, test := range []struct{ text, want, fault string }{
		{"let a = {N*2+1};", "let a = 7;", ""},
		{"for (;;) { x{N} = v{.N}; }", "for (;;) { x3 = v.w; }", ""},
		{"//@each i 2\nf({i}, {i%2});\n//@end", "f(0, 0);\n  f(1, 1);", ""},
		{"//@if ZERO\nlost\n//@end\nkept // {N}", "kept // 3", ""},
		{"if (a) {", "if (a) {", ""},
		{"f({{N}}, {{N*2}}, {{N}});", "f(numbers[0].x, numbers[0].y, numbers[0].x);", ""},
		{"{UNKNOWN}", "", "is no number"},
		{"{1/ZERO}", "", "divides by 0"},
		{"//@while x\n//@end", "", "is unknown"},
	} {
		lifts := &shader{}
		lifts.lift()
		e := &expansion{name: "test", s: lifts, numbers: map[string]int{"N": 3, "ZERO": 0}}
		got := strings.TrimSpace(e.expand(strings.Split(test.text, "\n")))
		switch {
		case test.fault == "" && (e.err != nil || got != test.want):
			t.Errorf("%q gives %q and %v, want %q", test.text, got, e.err, test.want)
		case test.fault != "" && (e.err == nil || !strings.Contains(e.err.Error(), test.fault)):
			t.Errorf("%q gives %v, want a fault with %q", test.text, e.err, test.fault)
		}
	}
}

// TestSourcesShared: products that differ in their sizes alone have one source, and
// their sizes where it says.
func TestSourcesShared(t *testing.T) {
	for kind, adapter := range testAdapters {
		sources, numbers := map[string]bool{}, map[string]bool{}
		for _, size := range [][3]int{{64, 128, 96}, {192, 256, 40}, {512, 64, 352}} {
			m, n, k := size[0], size[1], size[2]
			p := newPlanner()
			x, y := p.value(ir.Input, dtypes.Float32, m, k), p.value(ir.Input, dtypes.Float32, k, n)
			out := p.value(ir.Output, dtypes.Float32, m, n)
			p.step(&ir.Dot{M: m, N: n, K: k, Sum: dtypes.Float32, A: ir.Operand{Value: x, DType: dtypes.Float32, RowStride: k, SumStride: 1},
				B:     ir.Operand{Value: y, DType: dtypes.Float32, RowStride: 1, SumStride: n},
				Store: ir.Store{Value: out, Exp: p.Accumulated(dtypes.Float32)}})
			a, err := assemble(p.plan, adapter, nil, false)
			if err != nil {
				t.Fatal(err)
			}
			last := a.kernels[len(a.kernels)-1]
			if last.name != "Dot" { // the sum of a split product
				last = a.kernels[len(a.kernels)-2]
			}
			sources[last.source] = true
			if at := len(last.bindings) - 1; !last.bindings[at].uniform || last.signature()[at] != 'u' {
				t.Fatalf("%s: bindings %v", kind, last.bindings)
			}
			numbers[string(a.constants)] = true
		}
		if len(sources) != 1 || len(numbers) != 3 {
			t.Errorf("%s: %d sources and %d lists of numbers for three products", kind, len(sources), len(numbers))
		}
	}
}
