package ir

import (
	"fmt"
	"slices"

	"github.com/gomlx/compute/shapes"
)

// SizeError says that a tensor is larger than a target can hold, or than a step that
// touches it can bind.
type SizeError struct {
	Tensor   string // the parameter's name, or the operation that makes it
	Shape    shapes.Shape
	Size     int64 // in bytes
	Limit    int64 // of a tensor, or of one binding of it
	Bindings int   // that a step has, where they are too few for the tensor's pieces; else 0
}

func (e *SizeError) Error() string {
	limit := fmt.Sprintf("more than the %d that a tensor can have on this device", e.Limit)
	if e.Bindings > 0 {
		limit = fmt.Sprintf("which a step cannot read or write with %d bindings of at most %d bytes on this device", e.Bindings, e.Limit)
	}
	return fmt.Sprintf("%s, %s, has %d bytes, %s: use a smaller batch, sequence or model", e.Tensor, e.Shape, e.Size, limit)
}

// pieces is how many bindings a value of a shape takes.
func (l Limits) pieces(shape shapes.Shape) int {
	if size := shape.ByteSize(); l.BindingBytes > 0 && size > l.BindingBytes {
		return int((size + l.BindingBytes - 1) / l.BindingBytes)
	}
	return 1
}

// tensor names n for people.
func tensor(n *Node) string {
	if p, ok := n.Attr.(ParameterAttr); ok {
		return fmt.Sprintf("parameter %q", p.Name)
	}
	return n.Op.String()
}

// fits refuses values that are larger than a target can hold.
func (f *fusion) fits(n *Node) error {
	most := f.limits.ValueBytes
	for _, s := range append([]shapes.Shape{n.Shape}, n.Items...) {
		if s.Ok() && most > 0 && (f.kept[n] || n.Items != nil) && s.ByteSize() > most {
			return &SizeError{Tensor: tensor(n), Shape: s, Size: s.ByteSize(), Limit: most}
		}
	}
	return nil
}

// bindings is how many bindings a step needs: one for each value that it touches, and
// one for each piece of a large one.
func (f *fusion) bindings(s Step) int {
	count := 0
	for _, id := range values(s) {
		count += f.limits.pieces(f.shapes[id])
	}
	return count
}

// values are those that a step touches, each once.
func values(s Step) []int {
	reads, writes := s.Values()
	for _, w := range writes {
		if !slices.Contains(reads, w) {
			reads = append(reads, w)
		}
	}
	return reads
}

// tooMany explains that n's step touches more than can be bound: by the largest value
// that is in pieces, where one is.
func (f *fusion) tooMany(n *Node, s Step) error {
	e := &SizeError{Bindings: f.limits.Bindings, Limit: f.limits.BindingBytes}
	for _, id := range values(s) {
		if shape := f.shapes[id]; f.limits.pieces(shape) > 1 && shape.ByteSize() > e.Size {
			e.Tensor, e.Shape, e.Size = f.tensorOf(n, id), shape, shape.ByteSize()
		}
	}
	if e.Size > 0 {
		return e
	}
	return fmt.Errorf("%s %s touches %d values, more than the %d that a step can on this device", n.Op, n.Shape, f.bindings(s), f.limits.Bindings)
}

// tensorOf names the value with an ID: that of a node in n's graph, or n's own.
func (f *fusion) tensorOf(n *Node, id int) string {
	if g := f.owner[n]; g != nil {
		for _, other := range slices.Concat(g.Params, g.Nodes) {
			if other.ID == id {
				return tensor(other)
			}
		}
	}
	return tensor(n)
}
