package ir

import (
	"slices"

	"github.com/gomlx/compute"
)

// Which nodes get a value of their own. Products, reductions, sorts, scatters and
// what control flow gives always do, and outputs. Every other node is computed where
// it is read, as long as that costs less than to store it once and load it again.

// Costs of one element, in arithmetic operations.
const (
	costLoad     = 3  // a load from memory
	costCached   = 1  // a load of what neighbours load too
	costFunction = 8  // exp, log, sin, …
	costDivision = 3  // div, rem, sqrt, rsqrt
	keepShared   = 12 // what two steps would compute is kept from here on
	keepRepeated = 5  // the same, loads not counted, where a broadcast repeats it
	manyTimes    = 8  // how many times makes a broadcast count
)

// isReduction tells the reductions, of one result over axes that go away.
func isReduction(n *Node) bool {
	switch n.Op {
	case compute.OpTypeReduceSum, compute.OpTypeReduceProduct, compute.OpTypeReduceMax, compute.OpTypeReduceMin,
		compute.OpTypeReduceBitwiseAnd, compute.OpTypeReduceBitwiseOr, compute.OpTypeReduceBitwiseXor,
		compute.OpTypeReduceLogicalAnd, compute.OpTypeReduceLogicalOr, compute.OpTypeReduceLogicalXor,
		compute.OpTypeArgMinMax:
		return true
	}
	return false
}

// isElementwise says that element i of n depends on elements i of its inputs.
func isElementwise(n *Node) bool {
	switch n.Op {
	case compute.OpTypeParameter, compute.OpTypeConstant, compute.OpTypeIota, OpItem, compute.OpTypeBitcast,
		compute.OpTypeDotGeneral, compute.OpTypeScatterSum, compute.OpTypeScatterMax, compute.OpTypeScatterMin,
		compute.OpTypeSort, compute.OpTypeWhile, compute.OpTypeIf, compute.OpTypeGather,
		compute.OpTypeConcatenate, compute.OpTypePad, compute.OpTypeDynamicSlice, compute.OpTypeDynamicUpdateSlice,
		compute.OpTypeFusedScaledDotProductAttention, compute.OpTypeFusedScaledDotProductAttentionVJP:
		return false
	}
	return !isReduction(n) && !isView(n)
}

// isView says that n is its input in another order, or a part of it, or repeated.
func isView(n *Node) bool {
	switch n.Op {
	case compute.OpTypeReshape, compute.OpTypeTranspose, compute.OpTypeBroadcastInDim, compute.OpTypeSlice,
		compute.OpTypeReverse:
		return true
	}
	return false
}

// isAnchor says that n takes a step of its own kind, unless it is of nothing.
func isAnchor(n *Node) bool {
	switch n.Op {
	case compute.OpTypeScatterSum, compute.OpTypeScatterMax, compute.OpTypeScatterMin, OpItem:
		return true
	case compute.OpTypeDotGeneral:
		return dotShape(n).k > 1 && n.Shape.Size() > 0
	}
	return isReduction(n) && n.Inputs[0].Shape.Size() > 0
}

// keeper decides for one graph.
type keeper struct {
	*compiler
	graph   *Graph
	outputs []*Node
	users   map[*Node][]*Node
	cost    map[*Node]int // of one element
	work    map[*Node]int // the same, loads not counted
	sinks   map[*Node][]*Node
}

// keep decides which nodes of g have values, and which Dots end in which node.
func (c *compiler) keep(g *Graph, outputs []*Node) {
	k := keeper{compiler: c, graph: g, outputs: outputs, users: map[*Node][]*Node{},
		cost: map[*Node]int{}, work: map[*Node]int{}, sinks: map[*Node][]*Node{}}
	for _, n := range g.Nodes {
		if n.Op == compute.OpTypeReshape {
			continue
		}
		for _, input := range n.Inputs {
			if x := storage(input); !slices.Contains(k.users[x], n) {
				k.users[x] = append(k.users[x], n)
			}
		}
	}
	for _, n := range outputs {
		k.kept[storage(n)] = true
	}
	for _, n := range g.Nodes {
		k.require(n)
	}
	// Of the products that one sum adds up the last one adds: none then waits for another.
	for _, n := range slices.Backward(g.Nodes) {
		if n.Op == compute.OpTypeDotGeneral && isAnchor(n) {
			k.extend(n)
		}
	}
	for _, n := range slices.Backward(g.Nodes) {
		k.sink(n)
	}
	for _, n := range g.Nodes {
		k.weigh(n)
	}
}

// require keeps what has to be in memory: anchors, and what steps read by strides or
// by name.
func (k *keeper) require(n *Node) {
	if isAnchor(n) || n.Op == compute.OpTypeConstant && !uniform(n) {
		k.kept[n] = true
	}
	switch n.Op {
	case compute.OpTypeReshape:
		if x := storage(n); n.Attr != nil && isElementwise(x) && !(x.Op == compute.OpTypeConstant && uniform(x)) {
			k.kept[x] = true
		}
	case compute.OpTypeDotGeneral:
		if isAnchor(n) {
			for side := range 2 {
				if base := k.operandBase(n, side); !k.unpacked(base) {
					k.kept[base] = true
				}
			}
		}
	case compute.OpTypeDynamicUpdateSlice:
		if x := storage(n.Inputs[0]); (x.Op == compute.OpTypeParameter || isAnchor(x)) && n.Inputs[1].Shape.Size() > 0 {
			k.kept[n], k.inPlace[n] = true, true
		}
	case compute.OpTypeWhile, compute.OpTypeIf,
		compute.OpTypeFusedScaledDotProductAttention, compute.OpTypeFusedScaledDotProductAttentionVJP:
		for _, input := range n.Inputs {
			k.kept[storage(input)] = true
		}
	}
	for _, closure := range closures(n) {
		for _, captured := range k.captured(closure) {
			k.kept[storage(captured)] = true
		}
	}
}

// unpacked says that x is computed from values that take less than half its own
// bytes, as dequantised weights are: a product then computes it as it reads, rather
// than let the whole of it be written out.
func (k *keeper) unpacked(x *Node) bool {
	if k.kept[x] || !isElementwise(x) {
		return false
	}
	bytes, leaves := int64(0), map[*Node]bool{}
	var walk func(n *Node)
	walk = func(n *Node) {
		n = storage(n)
		if leaves[n] {
			return
		}
		leaves[n] = true
		if n.Op == compute.OpTypeParameter || k.kept[n] || isAnchor(n) {
			bytes += n.Shape.ByteSize()
			return
		}
		if !isElementwise(n) && !isView(n) && n.Op != compute.OpTypeConstant && n.Op != compute.OpTypeIota && n.Op != compute.OpTypeBitcast {
			bytes += x.Shape.ByteSize()
			return
		}
		for _, input := range n.Inputs {
			walk(input)
		}
	}
	walk(x)
	return 2*bytes <= x.Shape.ByteSize() && bytes > 0
}

// captured are the nodes of graphs around g that it reads.
func (c *compiler) captured(g *Graph) []*Node {
	var found []*Node
	inside := map[*Graph]bool{}
	var walk func(g *Graph)
	walk = func(g *Graph) {
		inside[g] = true
		for _, n := range g.Nodes {
			for _, inner := range closures(n) {
				walk(inner)
			}
			for _, input := range n.Inputs {
				if !inside[c.owner[input]] && !slices.Contains(found, input) {
					found = append(found, input)
				}
			}
		}
		for _, n := range g.Outputs {
			if !inside[c.owner[n]] && !slices.Contains(found, n) {
				found = append(found, n)
			}
		}
	}
	walk(g)
	return found
}

// sink finds the kept nodes that compute n's elements as part of their own element:
// each computes it once, however many ways lead there.
func (k *keeper) sink(n *Node) {
	for _, user := range k.users[n] {
		to := []*Node{user}
		if !k.kept[user] && isElementwise(user) {
			to = k.sinks[user]
		}
		for _, s := range to {
			if !slices.Contains(k.sinks[n], s) {
				k.sinks[n] = append(k.sinks[n], s)
			}
		}
	}
}

// weigh keeps n where reading it again would cost too much.
func (k *keeper) weigh(n *Node) {
	if n.Op == compute.OpTypeReshape {
		return
	}
	total, work := cost(n), cost(n)
	for _, input := range n.Inputs {
		x := storage(input)
		inner := 0
		if !k.kept[x] {
			inner = k.work[x]
		}
		work += inner
		switch repeats := n.Op == compute.OpTypeBroadcastInDim && n.Shape.Size() >= manyTimes*x.Shape.Size(); {
		case repeats:
			total += costCached + inner
		case k.kept[x]:
			total += costLoad
		default:
			total += k.cost[x]
		}
	}
	k.cost[n], k.work[n] = min(total, 1000), min(work, 1000)
	if k.kept[n] || isView(n) || n.Items != nil || k.claimed[n] {
		return
	}
	k.kept[n] = k.cost[n] >= keepShared && k.readers(n, 0) > 1 ||
		k.work[n] >= keepRepeated && k.repeated(n, n.Shape.Size(), 0)
}

// readers counts which steps compute with n, seen through views.
func (k *keeper) readers(n *Node, depth int) (count int) {
	for _, s := range k.sinks[n] {
		if isView(s) && !k.kept[s] && depth < 20 {
			count += k.readers(s, depth+1)
		} else {
			count++
		}
	}
	return count
}

// repeated says that a view repeats each of n's elements many times for whoever
// computes with it.
func (k *keeper) repeated(n *Node, size, depth int) bool {
	return depth < 20 && slices.ContainsFunc(k.users[n], func(user *Node) bool {
		switch {
		case isView(user) && !k.kept[user]:
			return k.repeated(user, size, depth+1)
		case isReduction(user), user.Op == compute.OpTypeDotGeneral, !user.Shape.Ok():
			return false
		}
		return user.Shape.Size() >= manyTimes*size
	})
}

// cost is what n itself adds for one element.
func cost(n *Node) int {
	switch n.Op {
	case compute.OpTypeConstant, compute.OpTypeIota, compute.OpTypeParameter, compute.OpTypeReshape,
		compute.OpTypeTranspose, compute.OpTypeBroadcastInDim, compute.OpTypeSlice, compute.OpTypeReverse:
		return 0
	case compute.OpTypeExp, compute.OpTypeLog, compute.OpTypeSin, compute.OpTypeCos, compute.OpTypeTanh,
		compute.OpTypePow, compute.OpTypeErf, compute.OpTypeExpm1, compute.OpTypeLog1p, compute.OpTypeLogistic:
		return costFunction
	case compute.OpTypeDiv, compute.OpTypeRem, compute.OpTypeSqrt, compute.OpTypeRsqrt:
		return costDivision
	}
	if n.Items == nil && n.Shape.DType.Size() == 8 {
		return 4 // pairs of 32 bits
	}
	return 1
}

// extend finds how far the elementwise operations on a Dot's result can be done by
// the Dot itself, as it stores: as long as each result has one reader only.
func (k *keeper) extend(dot *Node) {
	last, chain := dot, []*Node{}
	for at := dot; ; {
		if at != dot && (k.kept[at] || k.claimed[at]) || len(k.users[at]) != 1 || slices.ContainsFunc(k.outputs, func(o *Node) bool { return storage(o) == at }) {
			break
		}
		next := k.users[at][0]
		if k.inPlace[next] && !k.claimed[next] && storage(next.Inputs[1]) == at && !slices.Contains(next.Inputs[2:], at) {
			chain, last = append(chain, next), next
			break
		}
		if next.Shape.Size() != dot.Shape.Size() || k.claimed[next] || !isElementwise(next) && next.Op != compute.OpTypeTranspose {
			break
		}
		chain = append(chain, next)
		if isElementwise(next) || k.kept[next] || k.readInOrder(next) {
			last = next
		}
		at = next
	}
	if last == dot {
		return
	}
	for _, n := range chain[:slices.Index(chain, last)+1] {
		k.claimed[n] = true
	}
	k.kept[dot], k.kept[last] = false, true
	k.dots[last] = dot
}

// readInOrder says that n, a transpose, is better stored as it is: there are those
// who read it element by element. A product reads what it is a view of as well.
func (k *keeper) readInOrder(n *Node) bool {
	return slices.ContainsFunc(k.users[n], isElementwise)
}
