package webgpu

import (
	"github.com/dongyur/dongyur/wasm/ir"
	"github.com/gomlx/compute/dtypes"
)

// tile is how a product is cut up on this adapter: as measuring has shown, else by
// rule.
func (c *coder) tile(d *ir.Dot) dotTiling {
	if c.adapter.tiling != nil {
		return *c.adapter.tiling
	}
	return c.tuned(d, c.tileByRule(d))
}

// tileByRule is the tiling that nothing was measured for.
func (c *coder) tileByRule(d *ir.Dot) dotTiling {
	plain := dotTiling{Kernel: "plain"}
	if d.Sum != dtypes.Float32 && !isHalf(d.Sum) || !readable(&d.A) || !readable(&d.B) || d.K == 0 {
		return plain
	}
	t := c.tileLanes(d, d.N < laneGroup && d.M > d.N)
	if !c.adapter.Software {
		t = c.tileGPU(d)
	}
	if int64(product(d.Batch)*d.M*d.N*t.Splits*4) > c.adapter.BindingBytes {
		t.Splits = 1 // the parts' sums are one value
	}
	if !c.fits(d, t) {
		return plain
	}
	return t
}

// fits says that the adapter has room for a tiling's workgroups.
func (c *coder) fits(d *ir.Dot, t dotTiling) bool {
	rows, lanes := d.M, d.N
	if t.Flip {
		rows, lanes = lanes, rows
	}
	limit := c.adapter.Workgroups
	switch {
	case ceilDiv(rows, t.TM) > limit || product(d.Batch)*t.Splits > limit:
		return false
	case t.Kernel == "lanes":
		return ceilDiv(lanes, t.TN*t.Workgroup) <= limit
	case t.Kernel == "shared":
		return ceilDiv(lanes, sharedSide) <= limit && c.adapter.WorkgroupBytes >= (t.TM+t.TN)*sharedSide*sharedDepth*4
	}
	return true
}

// readable says that an operand's numbers are floats, or become floats exactly.
func readable(o *ir.Operand) bool { return isFloat(o.DType) }

// Figures of software adapters, measured with 512³ on lavapipe and SwiftShader.
const (
	laneGroup    = 8       // invocations of a workgroup: lavapipe's subgroup with AVX2, two of SwiftShader's
	mostRows     = 16      // of an invocation's tile: what a workgroup shares is cheap to read
	mostLanes    = 8       // and what each of its invocations reads alone is not
	sumsUnrolled = 4       // of k in one step of a loop
	packFrom     = 64      // a side is packed where each of its numbers is read by so many workgroups' rows or lanes
	enoughTiles  = 16      // workgroups that keep a processor's cores busy
	leastChunk   = 256     // of k, worth a part of its own
	splitFrom    = 1 << 23 // operations from which a second dispatch pays
)

// tileLanes is the tiling of the kernel without barriers.
func (c *coder) tileLanes(d *ir.Dot, flip bool) dotTiling {
	t := dotTiling{Kernel: "lanes", Workgroup: laneGroup, Splits: 1, Flip: flip}
	rows, lanes := d.M, d.N
	a, b := dotSide{Operand: d.A, rows: d.M}, dotSide{Operand: d.B, rows: d.N}
	if t.Flip {
		rows, lanes, a, b = lanes, rows, b, a
	}
	t.TM, t.TN = powerWithin(rows, mostRows), powerWithin(ceilDiv(lanes, laneGroup), mostLanes)
	if c.inPieces(d) {
		t.TM, t.TN = min(t.TM, 4), 1
	}
	packs := c.packs(d)
	t.PackRows = packs && t.TM >= 4 && lanes >= packFrom && !(rows%t.TM == 0 && a.aligned(c.adapter))
	t.PackLanes = packs && t.TN >= 4 && rows >= packFrom && !(lanes%4 == 0 && b.aligned(c.adapter))
	tiles := product(d.Batch) * ceilDiv(rows, t.TM) * ceilDiv(lanes, t.TN*laneGroup)
	if tiles < enoughTiles && 2*rows*lanes*d.K*product(d.Batch) >= splitFrom {
		t.Splits = max(1, min(ceilDiv(enoughTiles, tiles), d.K/leastChunk))
	}
	return t
}

// packs says that the adapter has room for packed sides.
func (c *coder) packs(d *ir.Dot) bool {
	return max(d.K, product(d.Batch)) <= c.adapter.Workgroups &&
		int64(product(d.Batch)*(max(d.M, d.N)+mostRows)*d.K*4) <= c.adapter.BindingBytes
}

// powerWithin is the smallest power of two that is not below n, or most.
func powerWithin(n, most int) int {
	p := 1
	for p < n && p < most {
		p *= 2
	}
	return p
}

// Figures of GPUs: the tile of 64 × 64 or 128 × 128 sums that fits the 16 KiB of
// workgroup memory that every adapter has, and what keeps some 100 cores busy.
const (
	sharedSide   = 16 // invocations along each side of a tile
	sharedDepth  = 16 // of k in workgroup memory
	fewRowsOfGPU = 8
	bigTileFrom  = 512 // rows and lanes from which tiles are 128 × 128
	busyTiles    = 128
)

// tileGPU is the tiling on a GPU: workgroup memory for whole matrices; for few rows a
// workgroup a lane row that is dense in k, else an invocation a lane row.
func (c *coder) tileGPU(d *ir.Dot) dotTiling {
	t := dotTiling{Kernel: "shared", TM: 4, TN: 4, Workgroup: sharedSide * sharedSide, Splits: 1, Flip: d.N < fewRowsOfGPU && d.M > d.N}
	rows, lanes, b := d.M, d.N, &d.B
	if t.Flip {
		rows, lanes, b = lanes, rows, &d.A
	}
	batch := product(d.Batch)
	tiles := 0
	switch {
	case rows <= fewRowsOfGPU && b.Exp == nil && b.SumStride == 1 && d.K >= workgroupSize:
		t.Kernel, t.TM, t.TN, t.Workgroup = "rows", rows, 1, workgroupSize
		return t
	case rows <= fewRowsOfGPU || c.adapter.Invocations < t.Workgroup:
		t.Kernel, t.TM, t.TN, t.Workgroup = "lanes", powerWithin(rows, fewRowsOfGPU), 1, workgroupSize
		tiles = batch * ceilDiv(lanes, workgroupSize) * ceilDiv(rows, t.TM)
	default:
		if min(rows, lanes) >= bigTileFrom && c.adapter.WorkgroupBytes >= 2*8*sharedSide*sharedDepth*4 {
			t.TM, t.TN = 8, 8
		}
		tiles = batch * ceilDiv(rows, t.TM*sharedSide) * ceilDiv(lanes, t.TN*sharedSide)
	}
	if tiles < busyTiles {
		t.Splits = max(1, min(ceilDiv(busyTiles, tiles), d.K/leastChunk))
	}
	return t
}
