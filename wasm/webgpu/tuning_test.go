//go:build !js

package webgpu

import (
	"encoding/json"
	"fmt"
	"maps"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/dongyur/dongyur/wasm/ir"
	"github.com/gomlx/compute/dtypes"
)

// dotOf is the product of a plan made by dotTest, and a coder for it.
func dotOf(test testPlan, adapter *Adapter) (*coder, *ir.Dot) {
	return newCoder(test.plan, adapter, nil), test.plan.Steps[0].(*ir.Dot)
}

// TestTilings: those of a product begin with the rule's, are cut into as many parts, and
// are all kernels that a browser's compiler takes.
func TestTilings(t *testing.T) {
	tint, err := exec.LookPath("tint")
	if err != nil {
		t.Log("tint is not installed: it reads every shader")
	}
	seen := map[string]bool{}
	for kind, adapter := range testAdapters {
		several := 0
		for _, size := range append(dotSizes(), dotSize{1, 520, 516, 24, sumFirst, rowsFirst, dtypes.Float32}) {
			test := dotTest(size)
			c, d := dotOf(test, adapter)
			rule := c.tileByRule(d)
			list, names := c.tilings(d, rule), map[string]bool{}
			if list[0] != rule {
				t.Errorf("%s on %s: the first tiling is %v, the rule's is %v", test.name, kind, list[0], rule)
			}
			if (rule.Kernel == "rows" || rule.Kernel == "plain") && len(list) > 1 {
				t.Errorf("%s on %s: %v adds in an order of its own and has others: %v", test.name, kind, rule, list[1:])
			}
			if len(list) > 3 {
				several++
			}
			for _, tiling := range list {
				if tiling.Splits != rule.Splits || names[tiling.String()] {
					t.Errorf("%s on %s: %v has other parts than %v, or is there twice", test.name, kind, tiling, rule)
				}
				names[tiling.String()] = true
				with := *adapter
				with.tiling = &tiling
				a, err := assemble(test.plan, &with, nil, false)
				if err != nil {
					t.Fatalf("%s on %s, %v: %v", test.name, kind, tiling, err)
				}
				for _, k := range a.kernels {
					if tint != "" && !seen[k.source] {
						seen[k.source] = true
						check(t, tint, test.name+", "+tiling.String(), k.source)
					}
				}
			}
		}
		if several < 8 {
			t.Errorf("on %s only %d products have more than three tilings", kind, several)
		}
	}
}

// TestTuned: what was measured is taken where it is still one of the product's tilings,
// and for products of the same shape alone.
func TestTuned(t *testing.T) {
	size := dotSize{1, 128, 128, 40, sumFirst, sumFirst, dtypes.Float32}
	for kind, adapter := range testAdapters {
		with := *adapter
		c, d := dotOf(dotTest(size), &with)
		rule := c.tileByRule(d)
		other := c.tilings(d, rule)[1]
		have := TunedProduct{Product: c.productShape(d), Rule: rule.String(), Best: other.String(), RuleTime: 2, BestTime: 1}
		for _, test := range []struct {
			name   string
			change func(p *TunedProduct)
			want   dotTiling
		}{
			{"measured", func(*TunedProduct) {}, other},
			{"of another size", func(p *TunedProduct) { p.Product = strings.Replace(p.Product, "40", "41", 1) }, rule},
			{"measured beside another rule", func(p *TunedProduct) { p.Rule += " in 2 parts" }, rule},
			{"a tiling that there is no more", func(p *TunedProduct) { p.Best = "shared 3×3 by 9" }, rule},
			{"no better", func(p *TunedProduct) { p.Best = p.Rule }, rule},
		} {
			p := have
			test.change(&p)
			with.products = map[string]TunedProduct{p.Product: p}
			if got := c.tile(d); got != test.want {
				t.Errorf("%s, %s: the tiling is %v, want %v", kind, test.name, got, test.want)
			}
		}
	}
}

// TestProductShape: products that are read alike have one name, others have others.
func TestProductShape(t *testing.T) {
	names := map[string]string{}
	for _, size := range dotSizes() {
		c, d := dotOf(dotTest(size), testAdapters["gpu"])
		name := c.productShape(d)
		if again, e := dotOf(dotTest(size), testAdapters["gpu"]); again.productShape(e) != name {
			t.Errorf("%v is %q and %q", size, name, again.productShape(e))
		}
		if before, taken := names[name]; taken {
			t.Errorf("%v and %s are both %q", size, before, name)
		}
		names[name] = size.String()
	}
	c, d := dotOf(dotTest(dotSize{3, 70, 66, 8, rowsFirst, shared, dtypes.Float32}), testAdapters["gpu"])
	if got, want := c.productShape(d), "3×70×66×8 float32 8,1 kept · float32 8,1 repeated kept"; got != want {
		t.Errorf("the shape is %q, want %q", got, want)
	}
}

func TestTuningIsKept(t *testing.T) {
	adapter := Adapter{Vendor: "mesa", Description: "llvmpipe"}
	adapter.learn(TunedProduct{"b", "shared 4×4 by 256", "shared 8×8 by 256", 2 * time.Millisecond, time.Millisecond})
	adapter.learn(TunedProduct{"a", "lanes 8×8 by 8", "lanes 8×8 by 8", time.Second, time.Second})
	data, err := json.Marshal(adapter.tuning())
	if err != nil {
		t.Fatal(err)
	}
	other := Adapter{Vendor: "mesa", Description: "llvmpipe"}
	if err := other.setTuning(data); err != nil || !maps.Equal(other.products, adapter.products) {
		t.Fatalf("%s gives %v and %v", data, other.products, err)
	}
	if again := other.tuning(); again.Products[0].Product != "a" || len(again.Products) != 2 {
		t.Errorf("kept again: %+v", again)
	}
	for name, test := range map[string]struct{ data, fault string }{
		"cut":               {string(data[:len(data)-9]), "unexpected EOF"},
		"no JSON":           {"tuning", "invalid character"},
		"nothing":           {"", "EOF"},
		"two":               {string(data) + string(data), "more behind its end"},
		"later":             {strings.Replace(string(data), `"version":1`, `"version":2`, 1), "version 2, this build reads 1"},
		"another adapter":   {strings.Replace(string(data), "llvmpipe", "ada", 1), `measured on "mesa ada", this adapter is "mesa llvmpipe"`},
		"unknown field":     {strings.Replace(string(data), `"rule"`, `"law"`, 1), "law"},
		"no tiling":         {strings.Replace(string(data), "lanes 8×8 by 8", "", 1), `product 0 ("a")`},
		"no time":           {strings.Replace(string(data), "2000000", "0", 1), `product 1 ("b")`},
		"best is slower":    {strings.Replace(string(data), `"best_ns":1000000}`, `"best_ns":3000000}`, 1), `product 1 ("b")`},
		"time is no number": {strings.Replace(string(data), "2000000", `"2ms"`, 1), "rule_ns"},
	} {
		if err := other.setTuning([]byte(test.data)); err == nil || !strings.Contains(err.Error(), test.fault) {
			t.Errorf("%s: %v, want a fault with %q", name, err, test.fault)
		}
		if !maps.Equal(other.products, adapter.products) {
			t.Fatalf("%s: what was refused has changed the tuning: %v", name, other.products)
		}
	}
}

func TestNewTunedProduct(t *testing.T) {
	tilings := []dotTiling{{Kernel: "lanes", TM: 8, TN: 8, Workgroup: 8}, {Kernel: "lanes", TM: 4, TN: 8, Workgroup: 8}, {Kernel: "lanes", TM: 4, TN: 4, Workgroup: 8}}
	for _, test := range []struct {
		times []time.Duration
		best  int
		text  string
	}{
		{[]time.Duration{1000, 995, 1200}, 0, "lanes 8×8 by 8 stays, 1µs"},
		{[]time.Duration{1000, 950, 920}, 0, "stays"},
		{[]time.Duration{1000, 950, 800}, 2, "lanes 4×4 by 8 in place of lanes 8×8 by 8, 800ns in place of 1µs, ×1.25"},
		{[]time.Duration{1000, 700, 800}, 1, "×1.43"},
	} {
		got, err := newTunedProduct("1×2×3×4", tilings, test.times)
		if err != nil || got.Best != tilings[test.best].String() || got.Changed() != (test.best > 0) || got.RuleTime != 1000 || !strings.Contains(got.String(), test.text) {
			t.Errorf("%v gives %s and %v, want tiling %d", test.times, got, err, test.best)
		}
	}
	if _, err := newTunedProduct("1×2×3×4", tilings, []time.Duration{0, 0, 0}); err == nil {
		t.Error("a clock that stands still is no error")
	}
}

func TestTuningOption(t *testing.T) {
	for _, test := range []struct {
		config string
		limit  time.Duration
		fault  bool
	}{{"", 0, false}, {"tune", tuneTime, false}, {"tune=30s", 30 * time.Second, false}, {"tune=", 0, true}, {"tune=-1s", 0, true}, {"tune=0s", 0, true}, {"turn", 0, true}, {"tune,x", 0, true}} {
		limit, err := tuningOption(test.config)
		if limit != test.limit || (err != nil) != test.fault || err != nil && !strings.Contains(err.Error(), fmt.Sprintf("%q", test.config)) {
			t.Errorf("%q gives %v and %v", test.config, limit, err)
		}
	}
}
