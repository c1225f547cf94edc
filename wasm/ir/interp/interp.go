// Package interp runs wasm/ir's plans in plain Go, one element after another: the
// reference that says what each step means, and the machine on which the compiler is
// tested where there is no other.
//
// In goes an ir.Plan; out come the bytes that every target must give, up to the
// rounding of its functions: float32 operations rounded one by one, sums in their
// order, integers that wrap.
//
// It mistrusts the plan. Outputs and the arena are filled with garbage before each
// run; every byte knows which value wrote it last, and a step that reads what its
// value did not write, or beyond its value, is an error that names step and value.
package interp

import (
	"fmt"
	"math"

	"github.com/gomlx/compute/dtypes"

	"github.com/dongyur/dongyur/wasm/ir"
)

type target struct{ limits ir.Limits }

// New gives the interpreter as a target without limits.
func New() ir.Target { return Limited(ir.Limits{Bindings: math.MaxInt32, ValueBytes: math.MaxInt32}) }

// Limited gives it with those of another machine; types are all that it has.
func Limited(limits ir.Limits) ir.Target {
	limits.DTypes = []dtypes.DType{dtypes.Bool, dtypes.Int8, dtypes.Int16, dtypes.Int32, dtypes.Int64,
		dtypes.Uint8, dtypes.Uint16, dtypes.Uint32, dtypes.Uint64, dtypes.Float16, dtypes.BFloat16, dtypes.Float32, dtypes.Float64}
	return &target{limits}
}

func (t *target) Name() string        { return "interp" }
func (t *target) Description() string { return "interpreter of compiled plans, for tests" }
func (t *target) Limits() ir.Limits   { return t.limits }
func (t *target) Close()              {}

type memory struct{ data []byte }

func (t *target) Allocate(size int64) (ir.Memory, error) {
	m := &memory{make([]byte, size)}
	poison(m.data)
	return m, nil
}

func (m *memory) Size() int64 { return int64(len(m.data)) }
func (m *memory) Free()       { m.data = nil }

func (t *target) Upload(m ir.Memory, data []byte) error {
	copy(m.(*memory).data, data)
	return nil
}

func (t *target) Download(m ir.Memory, data []byte) error {
	copy(data, m.(*memory).data)
	return nil
}

// poison fills with bytes that are NaN as any float and far out of range as any
// index.
func poison(data []byte) {
	for i := range data {
		data[i] = 0xFF
	}
}

type program struct {
	plan  *ir.Plan
	steps []runner
}

func (t *target) Compile(plan *ir.Plan) (ir.Program, error) {
	for i, s := range plan.Steps {
		reads, writes := s.Values()
		touched := map[int]bool{}
		for _, v := range append(reads, writes...) {
			touched[v] = true
		}
		if len(touched) > t.limits.Bindings && !nested(s) {
			return nil, fmt.Errorf("step %d, %T, touches %d values, more than the limit of %d", i, s, len(touched), t.limits.Bindings)
		}
	}
	return &program{plan, compileSteps(plan.Steps)}, nil
}

// nested says that a step is made of others, which have the limit each.
func nested(s ir.Step) bool {
	switch s.(type) {
	case *ir.While, *ir.If:
		return true
	}
	return false
}

func (p *program) Free() {}

// Run does the whole work before it returns.
func (p *program) Run(inputs, outputs []ir.Memory) (err error) {
	defer func() {
		if f, ok := recover().(fault); ok {
			err = fmt.Errorf("run %s: %s", p.plan.Name, string(f))
		}
	}()
	m := newMachine(p.plan, inputs, outputs)
	m.run(p.steps)
	return nil
}

// fault is what a run stops with.
type fault string

func fail(format string, args ...any) { panic(fault(fmt.Sprintf(format, args...))) }
