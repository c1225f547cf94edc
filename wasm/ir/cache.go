package ir

import (
	"crypto/sha256"
	"fmt"
	"hash"
	"sync"
)

// A session builds the same graphs again: a second run's, or a model's that is loaded
// once more. Compiling takes a second and finding a plan that was made before a
// fraction of that.

// Plans are few and small but for their constants: large ones are not worth keeping.
const (
	keptPlans     = 64
	keptConstants = 1 << 20 // bytes of one plan
)

// plans are those that a backend has compiled, by what they were compiled from.
type plans struct {
	mu    sync.Mutex
	made  map[[sha256.Size]byte]*Plan
	order [][sha256.Size]byte // the oldest first
}

// compile gives main's plan, the one that was made before where there is one. Nobody
// changes a plan, so executables may share it.
func (p *plans) compile(main *Graph, limits Limits) (*Plan, error) {
	key := fingerprint(main)
	p.mu.Lock()
	defer p.mu.Unlock()
	if plan := p.made[key]; plan != nil {
		return plan, nil
	}
	plan, err := Compile(main, limits)
	if err != nil {
		return nil, err
	}
	constants := 0
	for _, v := range plan.Values {
		constants += len(v.Data)
	}
	if constants > keptConstants {
		return plan, nil
	}
	if p.made == nil {
		p.made = map[[sha256.Size]byte]*Plan{}
	}
	if len(p.order) == keptPlans {
		delete(p.made, p.order[0])
		p.order = p.order[1:]
	}
	p.made[key] = plan
	p.order = append(p.order, key)
	return plan, nil
}

// fingerprint is the same for two recorded graphs if and only if all is the same that
// a plan is made from.
func fingerprint(main *Graph) (sum [sha256.Size]byte) {
	w := &fingerprinter{Hash: sha256.New(), nodes: map[*Node]int{}, graphs: map[*Graph]int{}}
	w.graph(main)
	return [sha256.Size]byte(w.Sum(nil))
}

// fingerprinter writes graphs into a hash. Nodes and graphs are numbered as they come.
type fingerprinter struct {
	hash.Hash
	nodes  map[*Node]int
	graphs map[*Graph]int
	text   []byte
}

func (w *fingerprinter) say(format string, values ...any) {
	w.text = fmt.Appendf(w.text[:0], format, values...)
	w.Write(w.text)
}

func (w *fingerprinter) graph(g *Graph) {
	if g == nil {
		w.say("none;")
		return
	}
	if number, ok := w.graphs[g]; ok {
		w.say("graph %d;", number)
		return
	}
	w.graphs[g] = len(w.graphs)
	w.say("graph %q of %d nodes;", g.Name, len(g.Nodes))
	for _, n := range g.Nodes {
		w.say("%d %v %v%v:", n.Op, n.Shape, n.Items, w.numbers(n.Inputs))
		w.attribute(n.Attr)
		w.nodes[n] = len(w.nodes)
	}
	w.say("takes %v, gives %v;", w.numbers(g.Params), w.numbers(g.Outputs))
}

func (w *fingerprinter) numbers(nodes []*Node) []int {
	list := make([]int, len(nodes))
	for i, n := range nodes {
		list[i] = w.nodes[n]
	}
	return list
}

func (w *fingerprinter) attribute(attr any) {
	switch attr := attr.(type) {
	case nil:
		w.say(";")
	case ParameterAttr:
		w.say("parameter %d %q;", attr.Index, attr.Name)
	case ConstantAttr:
		w.say("%d bytes:", len(attr.Data))
		w.Write(attr.Data)
	case CapturedAttr:
		w.say("captured %d;", w.nodes[attr.Node])
	case SortAttr:
		w.say("sort %d;", attr.Axis)
		w.graph(attr.Comparator)
	case WhileAttr:
		w.graph(attr.Condition)
		w.graph(attr.Body)
	case IfAttr:
		w.graph(attr.Then)
		w.graph(attr.Else)
	case CallAttr:
		w.graph(attr.Function)
	default: // numbers and lists of them
		w.say("%T%v;", attr, attr)
	}
}
