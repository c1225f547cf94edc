//go:build !js

package webgpu

import (
	"os/exec"
	"strings"
	"testing"
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
		{"{UNKNOWN}", "", "is no number"},
		{"{1/ZERO}", "", "divides by 0"},
		{"//@while x\n//@end", "", "is unknown"},
	} {
		e := &expansion{name: "test", numbers: map[string]int{"N": 3, "ZERO": 0}}
		got := strings.TrimSpace(e.expand(strings.Split(test.text, "\n")))
		switch {
		case test.fault == "" && (e.err != nil || got != test.want):
			t.Errorf("%q gives %q and %v, want %q", test.text, got, e.err, test.want)
		case test.fault != "" && (e.err == nil || !strings.Contains(e.err.Error(), test.fault)):
			t.Errorf("%q gives %v, want a fault with %q", test.text, e.err, test.fault)
		}
	}
}
