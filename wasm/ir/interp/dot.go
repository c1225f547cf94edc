package interp

import (
	"math"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"

	"github.com/dongyur/dongyur/wasm/ir"
)

type runDot struct {
	*ir.Dot
	a, b  side
	store stores
}

// side reads an operand.
type side struct {
	ir.Operand
	code *code
}

func newDot(s *ir.Dot) *runDot {
	return &runDot{s, newSide(s.A), newSide(s.B), compileStores([]ir.Store{s.Store})}
}

func newSide(o ir.Operand) side {
	s := side{Operand: o}
	if o.Exp != nil {
		s.code = compile(o.Exp)
	}
	return s
}

func (r *runDot) name() string { return "Dot" }

// matrix gives rows×k elements of a side for one batch, in the type of the sum.
func (r *runDot) matrix(m *machine, s *state, x side, rows int) []uint64 {
	convert := ir.Conversion(x.DType, r.Sum)
	if x.Exp != nil {
		convert = ir.Conversion(x.Exp.DType, r.Sum)
	}
	base := x.Offset
	for i, stride := range x.BatchStrides {
		base += s.loop[i] * stride
	}
	to := make([]uint64, 0, rows*r.K)
	n := len(r.Batch)
	for row := range rows {
		for k := range r.K {
			if x.Exp == nil {
				to = append(to, convert(m.load(x.Value, uint64(uint32(base+row*x.RowStride+k*x.SumStride)))))
				continue
			}
			s.loop[n], s.loop[n+1] = row, k
			to = append(to, convert(x.code.run(m, s)[0]))
		}
	}
	return to
}

func (r *runDot) run(m *machine) {
	s := &state{loop: make([]int, len(r.Batch)+2)}
	n := len(r.Batch)
	multiply, add := ir.Operation(compute.OpTypeMul, r.Sum), ir.Operation(compute.OpTypeAdd, r.Sum)
	each(s, 0, r.Batch, func(batch int) {
		a, b := r.matrix(m, s, r.a, r.M), r.matrix(m, s, r.b, r.N)
		for i := range r.M {
			for j := range r.N {
				left, right := a[i*r.K:(i+1)*r.K], b[j*r.K:(j+1)*r.K]
				if r.Sum == dtypes.Float32 {
					s.accumulated = dotFloat32(left, right)
				} else {
					s.accumulated = 0
					for k := range r.K {
						s.accumulated = add([]uint64{s.accumulated, multiply([]uint64{left[k], right[k]})})
					}
				}
				s.loop[n], s.loop[n+1] = i, j
				r.store.run(m, s, (batch*r.M+i)*r.N+j)
			}
		}
	})
}

func dotFloat32(a, b []uint64) uint64 {
	var sum float32
	for k := range a {
		sum += math.Float32frombits(uint32(a[k])) * math.Float32frombits(uint32(b[k]))
	}
	return uint64(math.Float32bits(sum))
}
