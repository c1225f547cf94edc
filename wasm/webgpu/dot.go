package webgpu

import (
	"fmt"

	"github.com/dongyur/dongyur/wasm/ir"
	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
)

// dotPlain computes one element of the result in each invocation: any types, any
// strides, any expression as an operand.
func (c *coder) dotPlain(d *ir.Dot) ([]kernel, error) {
	dims := append(append([]int(nil), d.Batch...), d.M, d.N)
	total := product(dims)
	if total == 0 {
		return nil, nil
	}
	groups := spread(ceilDiv(total, workgroupSize), c.adapter.Workgroups)
	k, err := c.kernel("Dot", workgroupSize, groups, int64(total)*int64(2*d.K+1), func(s *shader, b *scope) {
		p := b.invocation(groups, total)
		vars := b.loopVars(p, dims)
		batch, m, n := vars[:len(d.Batch)], vars[len(vars)-2], vars[len(vars)-1]
		sum := s.fresh()
		b.line("var %s = %s;", sum, b.literalText(d.Sum, 0))
		k := operand{s.fresh(), dtypes.Int32, 1}
		loop := b.block()
		x := loop.operand(&d.A, batch, m, k)
		y := loop.operand(&d.B, batch, n, k)
		at := loop.block()
		add := at.multiplyAdd(d.Sum, operand{sum, d.Sum, 1}, at.cast(x, d.Sum), at.cast(y, d.Sum))
		loop.text.WriteString(at.text.String())
		loop.line("%s = %s;", sum, add)
		loop.close("for (var %s = 0; %s < %d; %s++)", k.text, k.text, d.K, k.text)
		b.bind(vars...)
		b.accumulate(operand{sum, d.Sum, 1})
		b.stores([]ir.Store{d.Store}, p)
	})
	return []kernel{k}, err
}

// operand reads an element of one side of a Dot: of its row, at position k.
func (b *scope) operand(o *ir.Operand, batch []operand, row, k operand) operand {
	if o.Exp != nil {
		inner := b.block(append(append([]operand(nil), batch...), row, k)...)
		inner.first = 0
		inner.parent = nil
		result := inner.emit(o.Exp)
		b.text.WriteString(inner.text.String())
		return result
	}
	at := fmt.Sprint(o.Offset)
	for i, v := range batch {
		at += stride(v.text, o.BatchStrides[i])
	}
	at += stride(row.text, o.RowStride) + stride(k.text, o.SumStride)
	return b.one(o.Value, o.DType, "("+at+")")
}

func stride(index string, n int) string {
	switch n {
	case 0:
		return ""
	case 1:
		return " + " + index
	}
	return fmt.Sprintf(" + %s * %d", index, n)
}

// multiplyAdd writes sum + x·y.
func (b *scope) multiplyAdd(t dtypes.DType, sum, x, y operand) string {
	switch {
	case t == dtypes.Bool:
		return fmt.Sprintf("%s | (%s & %s)", sum.text, x.text, y.text)
	case isWide(t):
		return b.wide(compute.OpTypeAdd, t, []string{sum.text, b.wide(compute.OpTypeMul, t, []string{x.text, y.text})})
	case isFloat(t):
		return fmt.Sprintf("fma(%s, %s, %s)", x.text, y.text, sum.text)
	}
	return b.rounded(t, 1, fmt.Sprintf("%s + %s * %s", sum.text, x.text, y.text))
}
