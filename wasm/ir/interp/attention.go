package interp

import (
	"math"

	"github.com/gomlx/compute/dtypes"

	"github.com/dongyur/dongyur/wasm/ir"
)

// number reads an element of a float value.
func (m *machine) number(v, at int) float64 {
	return math.Float64frombits(ir.Conversion(m.values[v].dtype, dtypes.Float64)(m.load(v, uint64(at))))
}

// setNumber writes one.
func (m *machine) setNumber(v, at int, x float64) {
	m.store(v, uint64(at), ir.Conversion(dtypes.Float64, m.values[v].dtype)(math.Float64bits(x)))
}

// position is where element d of a head's vector lies.
func position(t ir.AttentionTensor, b, h, i, d int) int {
	return b*t.Strides[0] + h*t.Strides[1] + i*t.Strides[2] + d
}

// product is scale-free: Σ_d of the vectors of two tensors.
func (m *machine) product(dim int, x ir.AttentionTensor, b, hx, i int, y ir.AttentionTensor, hy, j int) float64 {
	sum := 0.0
	for d := range dim {
		sum += m.number(x.Value, position(x, b, hx, i, d)) * m.number(y.Value, position(y, b, hy, j, d))
	}
	return sum
}

// score is that of query i and key j of head h, masks applied: -Inf where the query
// does not see the key.
func (m *machine) score(s *ir.AttentionShape, query, key ir.AttentionTensor, b, h, i, j int) float64 {
	hidden := s.Causal && j > i ||
		s.QueryLengths >= 0 && i >= int(int32(m.load(s.QueryLengths, uint64(b)))) ||
		s.KeyLengths >= 0 && j >= int(int32(m.load(s.KeyLengths, uint64(b))))
	at := func(strides [4]int) int { return b*strides[0] + h*strides[1] + i*strides[2] + j*strides[3] }
	bias := 0.0
	for mask, strides := range map[int][4]int{s.Mask: s.MaskStrides, s.Bias: s.BiasStride} {
		switch {
		case mask < 0:
		case m.values[mask].dtype == dtypes.Bool:
			hidden = hidden || m.load(mask, uint64(at(strides))) == 0
		default:
			bias += m.number(mask, at(strides))
		}
	}
	if hidden {
		return math.Inf(-1)
	}
	return s.Scale*m.product(s.Dim, query, b, h, i, key, h/(s.Heads/s.KVHeads), j) + bias
}

type runAttention struct{ *ir.Attention }

func (r *runAttention) name() string { return "Attention" }

func (r *runAttention) run(m *machine) {
	each(&state{}, 0, []int{r.Batch, r.Heads, r.Queries}, func(at int) {
		b, h, i := at/r.Queries/r.Heads, at/r.Queries%r.Heads, at%r.Queries
		scores := make([]float64, r.Keys)
		most := math.Inf(-1)
		for j := range scores {
			scores[j] = m.score(&r.AttentionShape, r.Query, r.Key, b, h, i, j)
			most = max(most, scores[j])
		}
		sum := 0.0
		for j := range scores {
			if !math.IsInf(most, -1) {
				scores[j] = math.Exp(scores[j] - most)
			} else {
				scores[j] = 0
			}
			sum += scores[j]
		}
		for d := range r.Dim {
			out := 0.0
			for j := range scores {
				if scores[j] > 0 {
					out += scores[j] / sum * m.number(r.Value.Value, position(r.Value, b, h/(r.Heads/r.KVHeads), j, d))
				}
			}
			m.setNumber(r.Output.Value, position(r.Output, b, h, i, d), out)
		}
		if r.LogSumExp >= 0 {
			m.setNumber(r.LogSumExp, at, most+math.Log(sum))
		}
	})
}

type runAttentionVJP struct{ *ir.AttentionVJP }

func (r *runAttentionVJP) name() string { return "AttentionVJP" }

func (r *runAttentionVJP) run(m *machine) {
	gradients := map[int][]float64{}
	add := func(t ir.AttentionTensor, b, h, i, d int, x float64) {
		gradients[t.Value][position(t, b, h, i, d)] += x
	}
	for _, t := range []ir.AttentionTensor{r.GradQuery, r.GradKey, r.GradValue} {
		gradients[t.Value] = make([]float64, m.values[t.Value].count)
	}
	each(&state{}, 0, []int{r.Batch, r.Heads, r.Queries}, func(at int) {
		b, h, i := at/r.Queries/r.Heads, at/r.Queries%r.Heads, at%r.Queries
		kv, logSum := h/(r.Heads/r.KVHeads), m.number(r.LogSumExp, at)
		delta := m.product(r.Dim, r.GradOutput, b, h, i, r.Output, h, i)
		m.setNumber(r.Delta, at, delta)
		for j := range r.Keys {
			score := m.score(&r.AttentionShape, r.Query, r.Key, b, h, i, j)
			if math.IsInf(score, -1) || math.IsInf(logSum, -1) {
				continue
			}
			weight := math.Exp(score - logSum)
			gradScore := r.Scale * weight * (m.product(r.Dim, r.GradOutput, b, h, i, r.Value, kv, j) - delta)
			for d := range r.Dim {
				add(r.GradValue, b, kv, j, d, weight*m.number(r.GradOutput.Value, position(r.GradOutput, b, h, i, d)))
				add(r.GradQuery, b, h, i, d, gradScore*m.number(r.Key.Value, position(r.Key, b, kv, j, d)))
				add(r.GradKey, b, kv, j, d, gradScore*m.number(r.Query.Value, position(r.Query, b, h, i, d)))
			}
		}
	})
	for v, numbers := range gradients {
		for i, x := range numbers {
			m.setNumber(v, i, x)
		}
	}
}
