package ir

import (
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
)

// scatter makes the step of ScatterSum, -Max or -Min. Where updates write whole runs
// of the output, as the gradient of an embedding writes rows, those runs are the
// step's windows.
func (c *compiler) scatter(n *Node) *Scatter {
	operand, indices, updates, attr := n.Inputs[0], n.Inputs[1], n.Inputs[2], n.Attr.(ScatterAttr)
	w := c.windows(n, attr)

	rows := c.Split(c.Index(0, size(w.rows)), w.rows)
	index := make([]*Exp, updates.Shape.Rank())
	var batch []*Exp
	for axis := range index {
		if !slices.Contains(attr.UpdateWindowAxes, axis) {
			index[axis] = rows[len(batch)]
			batch = append(batch, index[axis])
		}
	}
	for i, axis := range w.outer {
		index[w.updateAxis[axis]] = rows[len(batch)+i]
	}
	for i, e := range c.Split(c.Index(1, w.window), w.inner) {
		index[w.updateAxis[operand.Shape.Rank()-len(w.inner)+i]] = e
	}

	step := &Scatter{Op: n.Op, Output: n.ID, Rows: []int{size(w.rows)}, Window: w.window}
	step.Operand = c.at(operand, c.Index(0, operand.Shape.Size()))
	step.Update = c.at(updates, c.Join(index, updates.Shape.Dimensions))
	at := make([]*Exp, operand.Shape.Rank())
	for axis := range at {
		at[axis] = c.Int(0)
		if slices.Contains(w.outer, axis) {
			at[axis] = index[w.updateAxis[axis]]
		}
	}
	inside := c.True()
	for k, axis := range attr.ScatterAxesToOperandAxes {
		start := c.indexVector(indices, attr.IndexVectorAxis, batch, k)
		room := operand.Shape.Dimensions[axis] - w.size(axis)
		inside = c.Apply(compute.OpTypeLogicalAnd, inside, c.starts(start, room))
		at[axis] = c.Sum(at[axis], c.start(start, room+1))
	}
	step.Start = c.Join(at, operand.Shape.Dimensions)
	if inside.Kind != Literal {
		step.If = inside
	} else if inside.Bits == 0 {
		step.If = inside
	}
	return step
}

// starts says that start lies in 0 … room.
func (c *compiler) starts(start *Exp, room int) *Exp {
	low := c.True()
	if !start.DType.IsUnsigned() {
		low = c.Apply(compute.OpTypeGreaterOrEqual, start, c.Number(start.DType, 0))
	}
	if most := c.Cast(c.Int(room), start.DType); c.Cast(most, dtypes.Int32) == c.Int(room) {
		return c.Apply(compute.OpTypeLogicalAnd, low, c.Apply(compute.OpTypeLessOrEqual, start, most))
	}
	return low // the type holds no larger number
}

// windows is how a scatter's updates lie in its output.
type windows struct {
	updateAxis map[int]int // of an operand's axis, where it is part of the window
	dims       map[int]int // and how long it is in the window
	inner      []int       // dimensions of the last axes that make one run
	outer      []int       // the operand's other axes in the window
	rows       []int       // dimensions of the updates' other axes, then of outer
	window     int
}

func (w windows) size(axis int) int {
	if d, ok := w.dims[axis]; ok {
		return d
	}
	return 1
}

func (c *compiler) windows(n *Node, attr ScatterAttr) windows {
	operand, updates := n.Inputs[0].Shape.Dimensions, n.Inputs[2].Shape.Dimensions
	w := windows{updateAxis: map[int]int{}, dims: map[int]int{}, window: 1}
	next := 0
	for axis := range operand {
		if !slices.Contains(attr.InsertedWindowAxes, axis) {
			w.updateAxis[axis] = attr.UpdateWindowAxes[next]
			w.dims[axis] = updates[attr.UpdateWindowAxes[next]]
			next++
		}
	}
	run := len(operand)
	for run > 0 {
		d, inWindow := w.dims[run-1]
		if !inWindow {
			break
		}
		run--
		w.inner = append([]int{d}, w.inner...)
		w.window *= d
		if d != operand[run] {
			break // a part of this axis is a run, but no more axes join it
		}
	}
	for axis, d := range updates {
		if !slices.Contains(attr.UpdateWindowAxes, axis) {
			w.rows = append(w.rows, d)
		}
	}
	for axis := range run {
		if d, inWindow := w.dims[axis]; inWindow {
			w.outer = append(w.outer, axis)
			w.rows = append(w.rows, d)
		}
	}
	return w
}
