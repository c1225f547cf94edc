package ir

import (
	"github.com/gomlx/compute"
	"github.com/gomlx/compute/shapes"
)

// OpItem takes one result of a node that has several (Sort, While, If, Call,
// RNGBitGenerator, attention with its states). It follows compute's own kinds.
const OpItem = compute.OpTypeLast + 1

// Node is one recorded operation. Nodes are made in an order in which inputs come
// first, and are not changed once others read them.
type Node struct {
	ID     int            // position in Graph.Nodes
	Op     compute.OpType // or OpItem
	Shape  shapes.Shape   // of its one result; invalid where Items is set
	Items  []shapes.Shape // shapes of several results, read through OpItem nodes
	Inputs []*Node
	Attr   any // what else the operation takes: one of the attribute structs in attr.go, or nil
}

// Graph is one function: what main, a named function or a closure computes.
type Graph struct {
	Name    string
	Parent  *Graph // of a closure, else nil
	Nodes   []*Node
	Params  []*Node
	Outputs []*Node
}
