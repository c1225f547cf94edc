package webgpu

import (
	"fmt"
	"slices"

	"github.com/dongyur/dongyur/wasm/ir"
)

// String names a tiling, apart from all others: kernel, sums of an invocation,
// invocations of a workgroup, and what else it does.
func (t dotTiling) String() string {
	text := fmt.Sprintf("%s %d×%d by %d", t.Kernel, t.TM, t.TN, t.Workgroup)
	for _, has := range []struct {
		is   bool
		name string
	}{{t.Flip, " flipped"}, {t.PackRows, " rows packed"}, {t.PackLanes, " lanes packed"}} {
		if has.is {
			text += has.name
		}
	}
	if t.Splits > 1 {
		text += fmt.Sprintf(" in %d parts", t.Splits)
	}
	return text
}

// tilings are those that a product may be given for the one by rule, which is the first.
// All of them add the products of a sum in the order of k, in as many parts, so that all
// give the same bits; a kernel that adds in another order, by rule, is alone.
func (c *coder) tilings(d *ir.Dot, rule dotTiling) []dotTiling {
	list := []dotTiling{rule}
	if rule.Kernel != "lanes" && rule.Kernel != "shared" || c.adapter.Software && c.inPieces(d) {
		return list
	}
	more := c.tilingsGPU(d, rule)
	if c.adapter.Software {
		more = c.tilingsSoftware(d, rule)
	}
	for _, t := range more {
		t.Splits = rule.Splits
		if !slices.Contains(list, t) && c.fits(d, t) {
			list = append(list, t)
		}
	}
	return list
}

// tilingsSoftware are other tiles, packed sides and directions of the kernel without
// barriers. An expression stays packed or not, as the rule has it: packing is where it
// is computed once.
func (c *coder) tilingsSoftware(d *ir.Dot, rule dotTiling) []dotTiling {
	var list []dotTiling
	rows, lanes, m, n := &d.A, &d.B, d.M, d.N
	if rule.Flip {
		rows, lanes, m, n = lanes, rows, n, m
	}
	for _, tile := range [][2]int{{16, 8}, {8, 8}, {4, 8}, {8, 4}, {4, 4}} {
		t := rule
		t.TM, t.TN = min(tile[0], powerWithin(m, mostRows)), min(tile[1], powerWithin(ceilDiv(n, laneGroup), mostLanes))
		if (t.TM >= 4 || !t.PackRows) && (t.TN >= 4 || !t.PackLanes) {
			list = append(list, t)
		}
	}
	if rule.TN >= mostLanes { // as wide, with half of the sums in twice the invocations
		t := rule
		t.TN, t.Workgroup = t.TN/2, 2*t.Workgroup
		list = append(list, t)
	}
	if rule.TM >= 4 && rows.Exp == nil && c.packs(d) {
		t := rule
		t.PackRows = !t.PackRows
		list = append(list, t)
	}
	if rule.TN >= 4 && lanes.Exp == nil && c.packs(d) {
		t := rule
		t.PackLanes = !t.PackLanes
		list = append(list, t)
	}
	if rows.Exp == nil && lanes.Exp == nil {
		list = append(list, c.tileLanes(d, !rule.Flip))
	}
	return list
}

// tilingsGPU are other tiles of workgroup memory, and the kernel without it, which suits
// some GPUs as well.
func (c *coder) tilingsGPU(d *ir.Dot, rule dotTiling) []dotTiling {
	var list []dotTiling
	rows := d.M
	if rule.Flip {
		rows = d.N
	}
	if c.adapter.Invocations >= sharedSide*sharedSide {
		for _, tile := range [][2]int{{4, 4}, {8, 8}, {8, 4}, {4, 8}} {
			list = append(list, dotTiling{Kernel: "shared", TM: tile[0], TN: tile[1], Workgroup: sharedSide * sharedSide, Flip: rule.Flip})
		}
	}
	height := powerWithin(rows, fewRowsOfGPU)
	for _, tile := range [][3]int{{height, 1, workgroupSize}, {height, 4, workgroupSize}, {min(height, 4), 4, workgroupSize}, {height, 1, 2 * workgroupSize}} {
		if tile[2] <= c.adapter.Invocations {
			list = append(list, dotTiling{Kernel: "lanes", TM: tile[0], TN: tile[1], Workgroup: tile[2], Flip: rule.Flip})
		}
	}
	return list
}
