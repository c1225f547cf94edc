package ir

import (
	"encoding/binary"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
)

// elements gives single elements of nodes as expressions. A node in kept has a
// value of its own and is loaded, under its ID until values have their numbers; all
// others are computed where they are read.
type elements struct {
	*Scope
	kept map[*Node]bool
	memo map[element]*Exp
}

// element is the one of node at row-major position at.
type element struct {
	node *Node
	at   *Exp
}

// storage is the node whose bytes n has: a reshape is another name for them.
func storage(n *Node) *Node {
	for n.Op == compute.OpTypeReshape {
		n = n.Inputs[0]
	}
	return n
}

// at is element at of n.
func (l *elements) at(n *Node, at *Exp) *Exp {
	n = storage(n)
	key := element{n, at}
	if e := l.memo[key]; e != nil {
		return e
	}
	var e *Exp
	if l.kept[n] {
		e = l.Load(n.ID, n.Shape.DType, at)
	} else {
		e = l.compute(n, at)
	}
	l.memo[key] = e
	return e
}

// compute is element at of n from those of its inputs.
func (l *elements) compute(n *Node, at *Exp) *Exp {
	s, dims := l.Scope, n.Shape.Dimensions
	switch n.Op {
	case compute.OpTypeConstant:
		return s.Literal(n.Shape.DType, constantBits(n, 0))
	case compute.OpTypeIota:
		return s.Cast(s.Split(at, dims)[n.Attr.(IotaAttr).Axis], n.Shape.DType)
	case compute.OpTypeConvertDType:
		return s.Cast(l.at(n.Inputs[0], at), n.Shape.DType)
	case compute.OpTypeBitcast:
		return l.bitcast(n, at)
	case compute.OpTypeWhere:
		return s.Select(l.at(n.Inputs[0], at), l.at(n.Inputs[1], at), l.at(n.Inputs[2], at))
	case compute.OpTypeBroadcastInDim:
		return l.broadcast(n, s.Split(at, dims))
	case compute.OpTypeTranspose:
		return l.transpose(n, s.Split(at, dims))
	case compute.OpTypeSlice:
		return l.slice(n, s.Split(at, dims))
	case compute.OpTypeReverse:
		return l.reverse(n, s.Split(at, dims))
	case compute.OpTypePad:
		return l.pad(n, s.Split(at, dims))
	case compute.OpTypeConcatenate:
		return l.concatenate(n, s.Split(at, dims))
	case compute.OpTypeGather:
		return l.gather(n, s.Split(at, dims))
	case compute.OpTypeDynamicSlice:
		return l.dynamicSlice(n, s.Split(at, dims))
	case compute.OpTypeDynamicUpdateSlice:
		return l.dynamicUpdateSlice(n, at)
	}
	if n.Op == compute.OpTypeDotGeneral && dotShape(n).k == 1 {
		return l.outer(n, at)
	}
	if isReduction(n) || n.Op == compute.OpTypeDotGeneral { // of nothing
		return s.Identity(n.Op, n.Shape.DType)
	}
	args := make([]*Exp, len(n.Inputs))
	for i, input := range n.Inputs {
		args[i] = l.at(input, at)
	}
	return s.Apply(n.Op, args...)
}

// constantBits is element i of a Constant.
func constantBits(n *Node, i int) uint64 {
	data, size := n.Attr.(ConstantAttr).Data, n.Shape.DType.Size()
	var bits [8]byte
	copy(bits[:], data[i*size:(i+1)*size])
	return binary.LittleEndian.Uint64(bits[:])
}

// uniform says that all elements of a Constant are the same number.
func uniform(n *Node) bool {
	for i := range n.Shape.Size() {
		if constantBits(n, i) != constantBits(n, 0) {
			return false
		}
	}
	return true
}

// Identity is what a reduction of nothing gives.
func (s *Scope) Identity(op compute.OpType, dtype dtypes.DType) *Exp {
	switch op {
	case compute.OpTypeReduceProduct, compute.OpTypeReduceLogicalAnd:
		return s.Number(dtype, 1)
	case compute.OpTypeReduceBitwiseAnd:
		return s.Literal(dtype, mask(dtype))
	case compute.OpTypeReduceMax:
		return s.extreme(dtype, false)
	case compute.OpTypeReduceMin:
		return s.extreme(dtype, true)
	}
	return s.Number(dtype, 0)
}

// extreme is the largest or the smallest number of dtype, infinite for floats.
func (s *Scope) extreme(dtype dtypes.DType, largest bool) *Exp {
	switch {
	case dtype == dtypes.Bool:
		return s.Literal(dtype, truth(largest))
	case dtype.IsFloat() && largest:
		return s.Apply(compute.OpTypeDiv, s.Number(dtype, 1), s.Number(dtype, 0))
	case dtype.IsFloat():
		return s.Apply(compute.OpTypeDiv, s.Number(dtype, -1), s.Number(dtype, 0))
	case dtype.IsUnsigned() && largest:
		return s.Literal(dtype, mask(dtype))
	case dtype.IsUnsigned():
		return s.Literal(dtype, 0)
	case largest:
		return s.Literal(dtype, mask(dtype)>>1)
	}
	return s.Literal(dtype, mask(dtype)>>1+1)
}

// unsignedOf is the unsigned integer as wide as dtype.
func unsignedOf(dtype dtypes.DType) dtypes.DType {
	switch dtype.Size() {
	case 1:
		return dtypes.Uint8
	case 2:
		return dtypes.Uint16
	case 4:
		return dtypes.Uint32
	}
	return dtypes.Uint64
}

// bitcast reads bits as another type. To a narrower one, the last axis counts the
// parts of a number, the lowest bits first; to a wider one, it goes away.
func (l *elements) bitcast(n *Node, at *Exp) *Exp {
	s, x := l.Scope, n.Inputs[0]
	from, to := x.Shape.DType, n.Shape.DType
	wide, narrow := unsignedOf(from), unsignedOf(to)
	switch {
	case from.Size() == to.Size():
		return s.Bitcast(l.at(x, at), to)
	case from.Size() > to.Size():
		parts := from.Size() / to.Size()
		whole := s.Bitcast(l.at(x, s.Over(at, parts)), wide)
		shift := s.Cast(s.Times(s.Modulo(at, parts), to.Bits()), wide)
		return s.Bitcast(s.Cast(s.Apply(compute.OpTypeShiftRightLogical, whole, shift), narrow), to)
	}
	parts := to.Size() / from.Size()
	var whole *Exp
	for i := range parts {
		part := l.at(x, s.Sum(s.Times(at, parts), s.Int(i)))
		bits := s.Cast(s.Bitcast(part, wide), narrow)
		bits = s.Apply(compute.OpTypeShiftLeft, bits, s.Number(narrow, float64(i*from.Bits())))
		if whole == nil {
			whole = bits
		} else {
			whole = s.Apply(compute.OpTypeBitwiseOr, whole, bits)
		}
	}
	return s.Bitcast(whole, to)
}

func (l *elements) broadcast(n *Node, index []*Exp) *Exp {
	x := n.Inputs[0]
	from := make([]*Exp, x.Shape.Rank())
	for i, axis := range n.Attr.(BroadcastAttr).Axes {
		from[i] = index[axis]
		if x.Shape.Dimensions[i] == 1 {
			from[i] = l.Int(0)
		}
	}
	return l.at(x, l.Join(from, x.Shape.Dimensions))
}

func (l *elements) transpose(n *Node, index []*Exp) *Exp {
	x := n.Inputs[0]
	from := make([]*Exp, len(index))
	for i, axis := range n.Attr.(TransposeAttr).Permutation {
		from[axis] = index[i]
	}
	return l.at(x, l.Join(from, x.Shape.Dimensions))
}

func (l *elements) slice(n *Node, index []*Exp) *Exp {
	x, attr := n.Inputs[0], n.Attr.(SliceAttr)
	from := make([]*Exp, len(index))
	for i := range index {
		from[i] = l.Sum(l.Times(index[i], stride(attr, i)), l.Int(attr.Starts[i]))
	}
	return l.at(x, l.Join(from, x.Shape.Dimensions))
}

func stride(attr SliceAttr, axis int) int {
	if len(attr.Strides) == 0 {
		return 1
	}
	return attr.Strides[axis]
}

func (l *elements) reverse(n *Node, index []*Exp) *Exp {
	x := n.Inputs[0]
	for _, axis := range n.Attr.(ReverseAttr).Axes {
		index[axis] = l.Sum(l.Int(x.Shape.Dimensions[axis]-1), l.Times(index[axis], -1))
	}
	return l.at(x, l.Join(index, x.Shape.Dimensions))
}

// pad reads the operand where the index falls on one of its elements, else the
// number to fill with.
func (l *elements) pad(n *Node, index []*Exp) *Exp {
	s, x, fill := l.Scope, n.Inputs[0], l.at(n.Inputs[1], l.Int(0))
	if x.Shape.Size() == 0 {
		return fill
	}
	inside := s.True()
	and := func(e *Exp) { inside = s.Apply(compute.OpTypeLogicalAnd, inside, e) }
	for axis, pad := range n.Attr.(PadAttr).Axes {
		step := pad.Interior + 1
		span := (x.Shape.Dimensions[axis]-1)*step + 1
		i := index[axis]
		and(s.Apply(compute.OpTypeGreaterOrEqual, i, s.Int(pad.Start)))
		and(s.Apply(compute.OpTypeLessThan, i, s.Int(pad.Start+span)))
		i = s.Within(s.Sum(i, s.Int(-pad.Start)), span)
		and(s.Apply(compute.OpTypeEqual, s.Modulo(i, step), s.Int(0)))
		index[axis] = s.Over(i, step)
	}
	return s.Select(inside, l.at(x, s.Join(index, x.Shape.Dimensions)), fill)
}

func (l *elements) concatenate(n *Node, index []*Exp) *Exp {
	s, axis := l.Scope, n.Attr.(ConcatenateAttr).Axis
	i, end := index[axis], n.Shape.Dimensions[axis]
	var e *Exp
	for k := len(n.Inputs) - 1; k >= 0; k-- {
		x := n.Inputs[k]
		dim := x.Shape.Dimensions[axis]
		if dim == 0 {
			continue
		}
		index[axis] = s.Within(s.Sum(i, s.Int(dim-end)), dim)
		part := l.at(x, s.Join(index, x.Shape.Dimensions))
		if e == nil {
			e = part
		} else {
			e = s.Select(s.Apply(compute.OpTypeLessThan, i, s.Int(end)), part, e)
		}
		end -= dim
	}
	return e
}

// start is a position that is given by data, moved into 0 … limit-1.
func (s *Scope) start(e *Exp, limit int) *Exp {
	if e.DType == dtypes.Int32 {
		return s.Within(e, limit)
	}
	if limit <= 1 {
		return s.Int(0)
	}
	e = s.Apply(compute.OpTypeClamp, s.Number(e.DType, 0), e, s.Number(e.DType, float64(limit-1)))
	return s.Within(s.Cast(e, dtypes.Int32), limit)
}

// gather follows compute's Gather: the result's axes that are not offsets say which
// index vector, the offsets which element of the slice that starts there.
func (l *elements) gather(n *Node, index []*Exp) *Exp {
	s, x, starts, attr := l.Scope, n.Inputs[0], n.Inputs[1], n.Attr.(GatherAttr)
	isOffset := map[int]bool{}
	for _, axis := range attr.OffsetOutputAxes {
		isOffset[axis] = true
	}
	var batch []*Exp
	for axis := range index {
		if !isOffset[axis] {
			batch = append(batch, index[axis])
		}
	}
	from := make([]*Exp, x.Shape.Rank())
	collapsed := map[int]bool{}
	for _, axis := range attr.CollapsedSliceAxes {
		collapsed[axis] = true
		from[axis] = s.Int(0)
	}
	offset := 0
	for axis := range from {
		if !collapsed[axis] {
			from[axis] = index[attr.OffsetOutputAxes[offset]]
			offset++
		}
	}
	for k, axis := range attr.StartIndexMap {
		e := l.indexVector(starts, attr.IndexVectorAxis, batch, k)
		from[axis] = s.Sum(from[axis], s.start(e, x.Shape.Dimensions[axis]-attr.SliceSizes[axis]+1))
	}
	return l.at(x, s.Join(from, x.Shape.Dimensions))
}

// indexVector is component k of the index vector of indices at batch. Where the
// vector's axis is beyond the last, each element is a vector of one.
func (l *elements) indexVector(indices *Node, axis int, batch []*Exp, k int) *Exp {
	position := append([]*Exp{}, batch...)
	if axis < indices.Shape.Rank() {
		position = append(position[:axis], append([]*Exp{l.Int(k)}, batch[axis:]...)...)
	}
	return l.at(indices, l.Join(position, indices.Shape.Dimensions))
}

func (l *elements) dynamicSlice(n *Node, index []*Exp) *Exp {
	x := n.Inputs[0]
	for axis := range index {
		index[axis] = l.Sum(index[axis], l.startOf(n.Inputs[1+axis], x.Shape.Dimensions[axis]-n.Shape.Dimensions[axis]))
	}
	return l.at(x, l.Join(index, x.Shape.Dimensions))
}

// startOf is where a slice starts that can be moved by room.
func (l *elements) startOf(scalar *Node, room int) *Exp {
	if room == 0 {
		return l.Int(0)
	}
	return l.start(l.at(scalar, l.Int(0)), room+1)
}

// dynamicUpdateSlice chooses for each element between the update and the operand. A
// step that writes in place avoids it: see inPlace.
func (l *elements) dynamicUpdateSlice(n *Node, at *Exp) *Exp {
	s, x, update := l.Scope, n.Inputs[0], n.Inputs[1]
	whole := l.at(x, at)
	if update.Shape.Size() == 0 {
		return whole
	}
	inside, index := s.True(), s.Split(at, n.Shape.Dimensions)
	for axis, i := range index {
		size := update.Shape.Dimensions[axis]
		start := l.startOf(n.Inputs[2+axis], n.Shape.Dimensions[axis]-size)
		inside = s.Apply(compute.OpTypeLogicalAnd, inside, s.Apply(compute.OpTypeGreaterOrEqual, i, start))
		inside = s.Apply(compute.OpTypeLogicalAnd, inside, s.Apply(compute.OpTypeLessThan, i, s.Sum(start, s.Int(size))))
		index[axis] = s.Within(s.Sum(i, s.Times(start, -1)), size)
	}
	return s.Select(inside, l.at(update, s.Join(index, update.Shape.Dimensions)), whole)
}
