package simd

import (
	"github.com/gomlx/compute"

	"github.com/dongyur/dongyur/wasm/ir"
)

var scatterFolds = map[compute.OpType]compute.OpType{compute.OpTypeScatterSum: compute.OpTypeAdd,
	compute.OpTypeScatterMax: compute.OpTypeMax, compute.OpTypeScatterMin: compute.OpTypeMin}

// scatterStep writes the second half of a Scatter, the updates in their order; the
// first is a Map of the operand.
func (c *coder) scatterStep(values []int, step *ir.Scatter) *function {
	n := c.step(values)
	rows := len(step.Rows)
	n.variables(rows + 1)
	n.reduced = rows + 1
	dtype := step.Update.DType
	at := combine(opAdd, step.Start, index(rows, step.Window))
	sum := &ir.Exp{Kind: ir.Apply, Op: scatterFolds[step.Op], DType: dtype,
		Args: []*ir.Exp{{Kind: ir.Load, DType: dtype, N: step.Output, Args: []*ir.Exp{at}}, step.Update}}
	// Only what does not read the output may be computed ahead.
	roots := []*ir.Exp{step.Start, step.Update}
	if step.If != nil {
		roots = append(roots, step.If)
	}
	lane := -1
	if step.Window >= lanes && vectorisable(sum, at) {
		lane = rows
	}
	n.alone(func() {
		n.inLanes(lane, func() {
			n.hoist(0, roots...)
			n.loops(step.Rows, 0, roots, func(bool) {
				window := func() {
					n.scoped(func() {
						n.hoist(rows, step.Start, step.Update)
						n.loops([]int{step.Window}, rows, roots, func(vector bool) {
							n.share(sum.Args[1])
							n.write(step.Output, sum, at, vector)
						})
					})
				}
				if step.If == nil {
					window()
					return
				}
				n.push(step.If, false)
				n.f.when(window, nil)
			})
		})
	})
	return n.f
}
