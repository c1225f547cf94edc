package webgpu

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/dongyur/dongyur/wasm/ir"
)

// Which tiling of a product is the fastest depends on the adapter in ways that no rule
// knows. A Target that tunes (Target.Tune) measures the tilings that a product may have,
// keeps the best of them where it is clearly better than the rule's, and remembers it.
// What tuning finds changes times alone: all tilings of a product give the same bits.

// tuningVersion counts changes to what the names of products and tilings mean, and to
// how they are measured.
const tuningVersion = 1

// Tuning is what was measured of products on one adapter.
type Tuning struct {
	Version  int            `json:"version"`
	Adapter  string         `json:"adapter"`
	Products []TunedProduct `json:"products"`
}

// TunedProduct is a matrix product that was measured.
type TunedProduct struct {
	Product  string        `json:"product"` // batch×m×n×k, then how each side lies in memory
	Rule     string        `json:"rule"`    // the tiling that is taken where nothing was measured
	Best     string        `json:"best"`    // the one that is taken now; the rule's unless it is clearly slower
	RuleTime time.Duration `json:"rule_ns"`
	BestTime time.Duration `json:"best_ns"`
}

// Changed says that tuning takes another tiling than the rule.
func (p TunedProduct) Changed() bool { return p.Best != p.Rule }

// String says what tuning has found, for people.
func (p TunedProduct) String() string {
	if !p.Changed() {
		return fmt.Sprintf("%s: %s stays, %v", p.Product, p.Rule, p.RuleTime)
	}
	return fmt.Sprintf("%s: %s in place of %s, %v in place of %v, ×%.2f", p.Product, p.Best, p.Rule, p.BestTime, p.RuleTime,
		float64(p.RuleTime)/float64(max(p.BestTime, 1)))
}

// clearly is how many times faster than the rule's a tiling must be to be taken: less is
// within what times differ from run to run.
const clearly = 1.1

// newTunedProduct picks the best of a product's tilings, of which the rule's is the first.
func newTunedProduct(shape string, tilings []dotTiling, times []time.Duration) (TunedProduct, error) {
	if slices.Min(times) <= 0 {
		return TunedProduct{}, errors.New("webgpu: measure a product: the device's clock stands still")
	}
	best := slices.Index(times, slices.Min(times))
	if float64(times[best])*clearly > float64(times[0]) {
		best = 0
	}
	return TunedProduct{Product: shape, Rule: tilings[0].String(), Best: tilings[best].String(), RuleTime: times[0], BestTime: times[best]}, nil
}

// learn keeps what was found.
func (a *Adapter) learn(p TunedProduct) {
	if a.products == nil {
		a.products = map[string]TunedProduct{}
	}
	a.products[p.Product] = p
}

// productShape is all of a product that its speed depends on, but for the expressions
// around it: its size and how its sides are read. Two of the same shape get one tiling.
func (c *coder) productShape(d *ir.Dot) string {
	return fmt.Sprintf("%d×%d×%d×%d %s · %s", product(d.Batch), d.M, d.N, d.K, c.sideShape(&d.A), c.sideShape(&d.B))
}

// sideShape is the type and strides of one side, whether fours of it can be aligned,
// and whether a packed copy of it would outlive a run.
func (c *coder) sideShape(o *ir.Operand) string {
	text := strings.ToLower(o.DType.String())
	if o.Exp != nil {
		text += " computed"
	} else {
		text += fmt.Sprintf(" %d,%d", o.RowStride, o.SumStride)
		odd := o.Offset%4 != 0
		for _, stride := range o.BatchStrides {
			odd = odd || stride%4 != 0
		}
		if odd {
			text += " odd"
		}
		if len(o.BatchStrides) > 0 && (&dotSide{Operand: *o}).repeated() {
			text += " repeated"
		}
	}
	if c.lasting(o) {
		text += " kept"
	}
	return text
}

// tuned is the tiling that measuring has shown to be better than the rule's, where it
// still is one of a product's.
func (c *coder) tuned(d *ir.Dot, rule dotTiling) dotTiling {
	if len(c.adapter.products) == 0 {
		return rule
	}
	have, known := c.adapter.products[c.productShape(d)]
	if !known || !have.Changed() || have.Rule != rule.String() {
		return rule
	}
	for _, t := range c.tilings(d, rule) {
		if t.String() == have.Best {
			return t
		}
	}
	return rule
}

// tuning is all that was measured on the adapter, by name.
func (a *Adapter) tuning() Tuning {
	t := Tuning{Version: tuningVersion, Adapter: a.String(), Products: []TunedProduct{}}
	for _, key := range slices.Sorted(maps.Keys(a.products)) {
		t.Products = append(t.Products, a.products[key])
	}
	return t
}

// setTuning takes over what was measured before. It refuses what is damaged or was
// measured on another adapter, and then changes nothing.
func (a *Adapter) setTuning(data []byte) error {
	var t Tuning
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&t); err != nil {
		return fmt.Errorf("webgpu: read a tuning: %w; leave it out, and what is run is measured again", err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return errors.New("webgpu: read a tuning: there is more behind its end; leave it out, and what is run is measured again")
	}
	switch {
	case t.Version != tuningVersion:
		return fmt.Errorf("webgpu: a tuning has version %d, this build reads %d; leave it out, and what is run is measured again", t.Version, tuningVersion)
	case t.Adapter != a.String():
		return fmt.Errorf("webgpu: a tuning was measured on %q, this adapter is %q; leave it out, and what is run is measured again", t.Adapter, a.String())
	}
	products := map[string]TunedProduct{}
	maps.Copy(products, a.products)
	for i, p := range t.Products {
		if p.Product == "" || p.Rule == "" || p.Best == "" || p.RuleTime <= 0 || p.BestTime <= 0 || p.BestTime > p.RuleTime {
			return fmt.Errorf("webgpu: a tuning's product %d (%q) lacks a name, a tiling or a time, or is best where it is slower; leave the tuning out", i, p.Product)
		}
		products[p.Product] = p
	}
	a.products = products
	return nil
}

// tuneTime is how long a device tunes in all, where nothing else is said.
const tuneTime = 10 * time.Second

// tuningOption reads the backend's configuration: "tune", "tune=30s" or nothing.
func tuningOption(config string) (limit time.Duration, err error) {
	if config == "" {
		return 0, nil
	}
	name, value, given := strings.Cut(config, "=")
	limit = tuneTime
	if given {
		limit, err = time.ParseDuration(value)
	}
	if name != "tune" || err != nil || limit <= 0 {
		return 0, fmt.Errorf("webgpu: the option %q is unknown: there is tune, which measures products for %v in all, and tune=30s for another time", config, tuneTime)
	}
	return limit, nil
}
