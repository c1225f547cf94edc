package webgpu

import (
	"github.com/dongyur/dongyur/wasm/ir"
	"github.com/gomlx/compute/dtypes"
)

// tile chooses how a product is cut up on this adapter.
func (c *coder) tile(d *ir.Dot) dotTiling {
	plain := dotTiling{Kernel: "plain"}
	if d.Sum != dtypes.Float32 && !isHalf(d.Sum) || !readable(&d.A) || !readable(&d.B) || d.K == 0 {
		return plain
	}
	t := c.tileLanes(d)
	rows, lanes := d.M, d.N
	if t.Flip {
		rows, lanes = lanes, rows
	}
	limit := c.adapter.Workgroups
	if ceilDiv(rows, t.TM) > limit || ceilDiv(lanes, t.TN*t.Workgroup) > limit || product(d.Batch)*t.Splits > limit {
		return plain
	}
	return t
}

// readable says that an operand's numbers are floats, or become floats exactly.
func readable(o *ir.Operand) bool { return isFloat(o.DType) }

// Figures of software adapters, measured with 512³ on lavapipe and SwiftShader.
const (
	laneGroup   = 8       // invocations of a workgroup: lavapipe's subgroup with AVX2, two of SwiftShader's
	mostSums    = 8       // rows and lanes of an invocation's tile
	packFrom    = 64      // a side is packed where each of its numbers is read by so many workgroups' rows or lanes
	enoughTiles = 16      // workgroups that keep a processor's cores busy
	leastChunk  = 256     // of k, worth a part of its own
	splitFrom   = 1 << 23 // operations from which a second dispatch pays
)

// tileLanes is the tiling of the kernel without barriers.
func (c *coder) tileLanes(d *ir.Dot) dotTiling {
	t := dotTiling{Kernel: "lanes", Workgroup: laneGroup, Splits: 1}
	t.Flip = d.N < laneGroup && d.M > d.N
	rows, lanes := d.M, d.N
	a, b := dotSide{Operand: d.A, rows: d.M}, dotSide{Operand: d.B, rows: d.N}
	if t.Flip {
		rows, lanes, a, b = lanes, rows, b, a
	}
	t.TM, t.TN = powerWithin(rows, mostSums), powerWithin(ceilDiv(lanes, laneGroup), mostSums)
	t.PackRows = t.TM >= 4 && lanes >= packFrom && !(rows%t.TM == 0 && a.aligned())
	t.PackLanes = t.TN >= 4 && rows >= packFrom && !(lanes%4 == 0 && b.aligned())
	tiles := product(d.Batch) * ceilDiv(rows, t.TM) * ceilDiv(lanes, t.TN*laneGroup)
	if tiles < enoughTiles && 2*rows*lanes*d.K*product(d.Batch) >= splitFrom {
		t.Splits = max(1, min(ceilDiv(enoughTiles, tiles), d.K/leastChunk))
	}
	return t
}

// powerWithin is the smallest power of two that is not below n, or most.
func powerWithin(n, most int) int {
	p := 1
	for p < n && p < most {
		p *= 2
	}
	return p
}
