package interp

import (
	"fmt"
	"sort"
	"strings"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"

	"github.com/dongyur/dongyur/wasm/ir"
)

// runner is a compiled step.
type runner interface {
	name() string
	run(m *machine)
}

func compileSteps(steps []ir.Step) []runner {
	to := make([]runner, len(steps))
	for i, s := range steps {
		to[i] = compileStep(s)
	}
	return to
}

func compileStep(s ir.Step) runner {
	switch s := s.(type) {
	case *ir.Map:
		return &runMap{s, s.Dims, compileStores(s.Stores)}
	case *ir.Update:
		return &runMap{s, s.Dims, compileStores([]ir.Store{s.Store})}
	case *ir.Row:
		return newRow(s)
	case *ir.Dot:
		return newDot(s)
	case *ir.Scatter:
		return &runScatter{s, compile(s.Operand), compile(s.Start, s.If), compile(s.Update)}
	case *ir.Sort:
		return &runSort{s, compile(s.Keys...), compile(s.Less)}
	case *ir.Copy:
		return &runCopy{s}
	case *ir.While:
		return &runWhile{s, compileSteps(s.Before), compileSteps(s.Body)}
	case *ir.If:
		return &runIf{s, compileSteps(s.Then), compileSteps(s.Else)}
	case *ir.Attention:
		return &runAttention{s}
	case *ir.AttentionVJP:
		return &runAttentionVJP{s}
	}
	panic(fmt.Sprintf("a step that the interpreter does not know: %T", s))
}

func nameOf(s ir.Step) string { return strings.TrimPrefix(fmt.Sprintf("%T", s), "*ir.") }

// runMap is a Map or an Update.
type runMap struct {
	step   ir.Step
	dims   []int
	stores stores
}

func (r *runMap) name() string { return nameOf(r.step) }

func (r *runMap) run(m *machine) {
	s := &state{}
	each(s, 0, r.dims, func(position int) { r.stores.run(m, s, position) })
}

type runRow struct {
	*ir.Row
	folded     []*code
	once, each stores
}

func newRow(s *ir.Row) *runRow {
	r := &runRow{Row: s, once: compileStores(s.Once), each: compileStores(s.Each)}
	for _, reduction := range s.Reductions {
		r.folded = append(r.folded, compile(reduction.Exp))
	}
	return r
}

func (r *runRow) name() string { return "Row" }

func (r *runRow) run(m *machine) {
	s := &state{}
	inner, length := len(r.Outer), 1
	for _, d := range r.Inner {
		length *= d
	}
	each(s, 0, r.Outer, func(row int) {
		s.reduced = make([]uint64, len(r.Reductions))
		for i, reduction := range r.Reductions {
			f := newFold(reduction)
			each(s, inner, r.Inner, func(position int) { f.add(position, r.folded[i].run(m, s)[0]) })
			s.reduced[i] = f.result()
		}
		r.once.run(m, s, row)
		if len(r.Each) > 0 {
			each(s, inner, r.Inner, func(position int) { r.each.run(m, s, row*length+position) })
		}
	})
}

// fold is a reduction under way. Sums of 16-bit floats are made in float32.
type fold struct {
	ir.Reduction
	in, sum dtypes.DType
	apply   func([]uint64) uint64
	better  func([]uint64) uint64
	so      uint64
	at      int
	started bool
}

func newFold(r ir.Reduction) *fold {
	f := &fold{Reduction: r, in: r.Exp.DType, sum: r.Exp.DType}
	if f.in == dtypes.Float16 || f.in == dtypes.BFloat16 {
		f.sum = dtypes.Float32
	}
	if r.Op == compute.OpTypeArgMinMax {
		f.better = ir.Operation(compute.OpTypeGreaterThan, f.in)
		if r.IsMin {
			f.better = ir.Operation(compute.OpTypeLessThan, f.in)
		}
		return f
	}
	f.apply = ir.Operation(folding[r.Op], f.sum)
	if f.apply == nil {
		fail("there is no %s of %s", r.Op, f.sum)
	}
	return f
}

// folding is the operation that a reduction repeats.
var folding = map[compute.OpType]compute.OpType{
	compute.OpTypeReduceSum: compute.OpTypeAdd, compute.OpTypeReduceProduct: compute.OpTypeMul,
	compute.OpTypeReduceMax: compute.OpTypeMax, compute.OpTypeReduceMin: compute.OpTypeMin,
	compute.OpTypeReduceBitwiseAnd: compute.OpTypeBitwiseAnd, compute.OpTypeReduceBitwiseOr: compute.OpTypeBitwiseOr,
	compute.OpTypeReduceBitwiseXor: compute.OpTypeBitwiseXor, compute.OpTypeReduceLogicalAnd: compute.OpTypeLogicalAnd,
	compute.OpTypeReduceLogicalOr: compute.OpTypeLogicalOr, compute.OpTypeReduceLogicalXor: compute.OpTypeLogicalXor,
}

func (f *fold) add(position int, bits uint64) {
	isNaN := func(b uint64) bool {
		return f.in.IsFloat() && ir.Operation(compute.OpTypeIsNaN, f.in)([]uint64{b}) != 0
	}
	switch {
	case f.better != nil:
		if !f.started || !isNaN(f.so) && (isNaN(bits) || f.better([]uint64{bits, f.so}) != 0) {
			f.so, f.at = bits, position
		}
	case !f.started:
		f.so = ir.Conversion(f.in, f.sum)(bits)
	default:
		f.so = f.apply([]uint64{f.so, ir.Conversion(f.in, f.sum)(bits)})
	}
	f.started = true
}

func (f *fold) result() uint64 {
	switch {
	case f.better != nil:
		return ir.Conversion(dtypes.Int64, f.DType)(uint64(f.at))
	case !f.started:
		return ir.NewScope().Identity(f.Op, f.DType).Bits
	}
	return ir.Conversion(f.sum, f.DType)(f.so)
}

type runScatter struct {
	*ir.Scatter
	operand, start, update *code
}

func (r *runScatter) name() string { return "Scatter" }

func (r *runScatter) run(m *machine) {
	out := m.values[r.Output]
	s := &state{}
	each(s, 0, []int{out.count}, func(position int) { m.store(r.Output, uint64(position), r.operand.run(m, s)[0]) })
	operation := map[compute.OpType]compute.OpType{compute.OpTypeScatterSum: compute.OpTypeAdd,
		compute.OpTypeScatterMax: compute.OpTypeMax, compute.OpTypeScatterMin: compute.OpTypeMin}[r.Op]
	apply := ir.Operation(operation, out.dtype)
	if apply == nil {
		fail("there is no %s of %s", r.Op, out.dtype)
	}
	each(s, 0, r.Rows, func(int) {
		where := r.start.run(m, s)
		start, in := where[0], r.If == nil || where[1] != 0
		each(s, len(r.Rows), []int{r.Window}, func(position int) {
			bits := r.update.run(m, s)[0]
			if at := start + uint64(position); in {
				m.store(r.Output, at, apply([]uint64{m.load(r.Output, at), bits}))
			}
		})
	})
}

type runSort struct {
	*ir.Sort
	keys, less *code
}

func (r *runSort) name() string { return "Sort" }

func (r *runSort) run(m *machine) {
	s, compare := &state{}, &state{reduced: make([]uint64, 2*len(r.Keys))}
	each(s, 0, r.Outer, func(row int) {
		var items [][]uint64
		each(s, len(r.Outer), []int{r.Length}, func(int) { items = append(items, r.keys.run(m, s)) })
		sort.SliceStable(items, func(i, j int) bool {
			copy(compare.reduced, items[i])
			copy(compare.reduced[len(r.Keys):], items[j])
			return r.less.run(m, compare)[0] != 0
		})
		for k, v := range r.Stores {
			if v < 0 {
				continue
			}
			for i, item := range items[:r.Take] {
				m.store(v, uint64(row*r.Take+i), item[k])
			}
		}
	})
}

type runCopy struct{ *ir.Copy }

func (r *runCopy) name() string { return "Copy" }

func (r *runCopy) run(m *machine) {
	from := m.values[r.From]
	to := m.values[r.To]
	if len(to.data) != len(from.data) {
		fail("values %d and %d have %d and %d bytes", r.From, r.To, len(from.data), len(to.data))
	}
	for i := range from.data {
		if from.writer[i] != from.owner {
			fail("byte %d of value %d is copied, which value %d wrote last (-1: none)", i, r.From, from.writer[i])
		}
	}
	copy(to.data, from.data)
	clear(to.owner, to.writer)
}

type runWhile struct {
	*ir.While
	before, body []runner
}

func (r *runWhile) name() string { return "While" }

// run does one round more than the condition asks for, as a target may that queues
// rounds before it reads the condition.
func (r *runWhile) run(m *machine) {
	m.run(r.before)
	for m.load(r.Condition, 0) != 0 {
		m.run(r.body)
	}
	m.run(r.body)
}

type runIf struct {
	*ir.If
	then, otherwise []runner
}

func (r *runIf) name() string { return "If" }

func (r *runIf) run(m *machine) {
	if m.load(r.Predicate, 0) != 0 {
		m.run(r.then)
	} else {
		m.run(r.otherwise)
	}
}
