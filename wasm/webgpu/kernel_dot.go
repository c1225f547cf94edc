package webgpu

import (
	"fmt"
	"strings"

	"github.com/dongyur/dongyur/wasm/ir"
	"github.com/gomlx/compute/dtypes"
)

// dotSide is one side of a Dot as a kernel reads it: as the step says, or packed.
type dotSide struct {
	ir.Operand
	rows  int  // of this side
	fours bool // four neighbouring rows are one aligned read
}

// dotTiling is how one product is cut up. The same step on the same adapter always
// gets the same, so its sums have one order.
type dotTiling struct {
	Kernel    string // "lanes", "shared", "rows" or "plain"
	TM, TN    int    // sums of an invocation
	Workgroup int    // invocations
	Flip      bool   // neighbouring invocations take neighbouring m, not n
	PackRows  bool   // lay the side out anew that a workgroup shares
	PackLanes bool   // and the other one
	Splits    int    // parts that k is cut into
}

// dot writes the kernels of a matrix product.
func (c *coder) dot(d *ir.Dot) ([]kernel, error) {
	if product(d.Batch)*d.M*d.N == 0 {
		return nil, nil
	}
	t := c.tile(d)
	switch t.Kernel {
	case "lanes", "shared", "rows":
		return c.dotTiled(d, t)
	}
	return c.dotPlain(d)
}

// dotWork is what a tiled product is written from.
type dotWork struct {
	*ir.Dot
	dotTiling
	batch       int
	rows, lanes dotSide
	partial     int // value of the splits' sums, where there are several
}

// dotTiled writes the packing, the product and the sum over splits.
func (c *coder) dotTiled(d *ir.Dot, t dotTiling) ([]kernel, error) {
	w := &dotWork{Dot: d, dotTiling: t, batch: product(d.Batch), partial: -1}
	w.rows, w.lanes = dotSide{Operand: d.A, rows: d.M}, dotSide{Operand: d.B, rows: d.N}
	if t.Flip {
		w.rows, w.lanes = w.lanes, w.rows
	}
	var kernels []kernel
	add := func(k kernel, err error) error {
		kernels = append(kernels, k)
		return err
	}
	pack := func(o *dotSide, unit int) error {
		k, lasts, err := c.dotPack(w, o, unit)
		if err != nil || lasts {
			return err
		}
		return add(k, nil)
	}
	if t.PackRows {
		if err := pack(&w.rows, t.TM); err != nil {
			return nil, err
		}
	}
	if t.PackLanes {
		if err := pack(&w.lanes, 4); err != nil {
			return nil, err
		}
	}
	w.readFours(c)
	if t.Splits > 1 {
		w.partial = c.scratch(dtypes.Float32, t.Splits, w.batch, d.M, d.N)
	}
	if err := add(c.dotProduct(w)); err != nil {
		return nil, err
	}
	if t.Splits > 1 {
		if err := add(c.dotSum(w)); err != nil {
			return nil, err
		}
	}
	return kernels, nil
}

// readFours finds which sides the kernel without barriers reads in fours; the others
// read numbers one by one.
func (w *dotWork) readFours(c *coder) {
	if w.Kernel != "lanes" {
		return
	}
	w.rows.fours = w.rows.fours || w.TM%4 == 0 && w.rows.rows%w.TM == 0 && w.rows.aligned(c.adapter)
	w.lanes.fours = w.lanes.fours || w.TN%4 == 0 && w.lanes.rows%4 == 0 && w.lanes.aligned(c.adapter)
	if w.rows.Exp == nil && w.lanes.Exp == nil && c.root(w.rows.Value) == c.root(w.lanes.Value) {
		w.rows.fours, w.lanes.fours = false, false // one array has one type of elements
	}
}

// aligned says that four neighbouring rows lie in one aligned vec4, of f32 or of the
// adapter's own f16.
func (o *dotSide) aligned(a *Adapter) bool {
	if o.Exp != nil || o.DType != dtypes.Float32 && (o.DType != dtypes.Float16 || !a.Float16) || o.RowStride != 1 || o.SumStride%4 != 0 || o.Offset%4 != 0 {
		return false
	}
	for _, stride := range o.BatchStrides {
		if stride%4 != 0 {
			return false
		}
	}
	return true
}

// repeated says that all of the batch reads the same matrix.
func (o *dotSide) repeated() bool {
	if o.Exp != nil {
		return false
	}
	for _, stride := range o.BatchStrides {
		if stride != 0 {
			return false
		}
	}
	return true
}

// dotPack lays a side out as [batch, k, row] and makes it the packed one. A copy that
// outlives the run has no kernel among the step's.
func (c *coder) dotPack(w *dotWork, o *dotSide, unit int) (k kernel, lasts bool, err error) {
	padded := ceilDiv(o.rows, unit) * unit
	batch := w.batch
	if o.repeated() {
		batch = 1
	}
	dtype := dtypes.Float32
	if o.Exp == nil && o.DType == dtypes.Float16 && c.adapter.Float16 {
		dtype = dtypes.Float16
	}
	packed, lasts := c.packed(&o.Operand, dtype, batch, w.K, padded)
	// A workgroup is as wide as leaves the fewest invocations idle, and covers k with
	// the rest of it.
	width := workgroupSize
	for width > 1 && roundUp(int64(padded/4), int64(width)) > roundUp(int64(padded/4), int64(width/2)) {
		width /= 2
	}
	groups := [3]uint32{uint32(ceilDiv(padded/4, width)), uint32(ceilDiv(w.K, workgroupSize/width)), uint32(batch)}
	k, err = c.kernel("DotPack", workgroupSize, groups, int64(batch)*int64(w.K)*int64(padded), func(s *shader, b *scope) {
		s.lift()
		s.dotOperand("side", w, o, false)
		element := s.fourOf(dtype)
		name := s.bind(packed, element, true)
		s.global("fn put_four(position: i32, four: vec4<f32>) { %s[position] = %s(four); }", name, element)
		b.fill("dot_pack", map[string]int{"WIDTH": width, "HEIGHT": workgroupSize / width, "PADDED": padded, "K": w.K, "ROWS": o.rows})
	})
	if err == nil && lasts {
		packed = c.keep(k, packed)
	}
	o.Operand = ir.Operand{Value: packed, DType: dtype, RowStride: 1, SumStride: padded, BatchStrides: make([]int, len(w.Batch))}
	if batch > 1 {
		stride := w.K * padded
		for i := len(w.Batch) - 1; i >= 0; i-- {
			o.BatchStrides[i] = stride
			stride *= w.Batch[i]
		}
	}
	o.fours = true
	return k, lasts, err
}

// dotProduct writes the kernel of the sums themselves.
func (c *coder) dotProduct(w *dotWork) (kernel, error) {
	numbers := map[string]int{
		"TM": w.TM, "TN": w.TN, "WG": w.Workgroup, "M": w.rows.rows, "N": w.lanes.rows, "K": w.K,
		"PADDED": ceilDiv(w.lanes.rows, 4) * 4, "SPLITS": w.Splits, "CHUNK": ceilDiv(w.K, w.Splits),
	}
	choose(numbers, "RAGGED_M", "WHOLE_M", w.rows.rows%w.TM != 0)
	choose(numbers, "ROWS_FOUR", "ROWS_ONE", w.rows.fours)
	choose(numbers, "LANES_FOUR", "LANES_ONE", w.lanes.fours)
	shared := w.Kernel == "lanes" && w.rows.fours && w.TM > 4 && c.adapter.readsDearly() && c.adapter.SubgroupMin >= w.TM/4
	numbers["ROWS_SHARED"], numbers["ROWS_EACH"] = one(shared), one(w.rows.fours && !shared)
	numbers["UNROLL"] = 1
	if shared && w.K%sumsUnrolled == 0 && numbers["CHUNK"]%sumsUnrolled == 0 {
		numbers["UNROLL"] = sumsUnrolled
	}
	choose(numbers, "ROWS_BY_K", "ROWS_BY_ROW", w.rows.SumStride == 1)
	choose(numbers, "LANES_BY_K", "LANES_BY_ROW", w.lanes.SumStride == 1)
	choose(numbers, "SUBGROUPS", "TREE", c.adapter.Subgroups)
	height, width := w.TM, w.TN*w.Workgroup // of what a workgroup makes
	wholeFours := w.lanes.fours             // four neighbouring lanes are one invocation's
	groups := [3]uint32{0, 0, uint32(w.batch * w.Splits)}
	switch w.Kernel {
	case "shared":
		height, width, wholeFours = w.TM*sharedSide, w.TN*sharedSide, true
		numbers["RX"], numbers["RY"], numbers["BM"], numbers["BN"], numbers["DEPTH"] = sharedSide, sharedSide, height, width, sharedDepth
	case "rows":
		height, width, wholeFours = w.TM, 1, false
	}
	groups[0], groups[1] = uint32(ceilDiv(w.lanes.rows, width)), uint32(ceilDiv(w.rows.rows, height))
	if w.Kernel == "rows" {
		lines := spread(w.lanes.rows, c.adapter.Workgroups)
		groups[0], groups[1], numbers["GROUPS"] = lines[0], lines[1], int(lines[0])
	}
	// Four neighbours are stored at once where the store allows it.
	fours := wholeFours && !w.Flip && w.N%4 == 0 && (w.partial >= 0 || c.inFours(append(append([]int(nil), w.Batch...), w.M, w.N), []ir.Store{w.Store}))
	choose(numbers, "FOURS", "ONES", fours)
	return c.kernel("Dot", w.Workgroup, groups, w.work(), func(s *shader, b *scope) {
		if shared || w.Kernel == "rows" && c.adapter.Subgroups {
			s.enable("subgroups")
		}
		s.lift()
		s.dotOperand("rows", w, &w.rows, w.rows.fours)
		s.dotOperand("lanes", w, &w.lanes, w.lanes.fours)
		if fours {
			s.dotKeepFour(w)
		} else {
			s.dotKeep(w)
		}
		b.fill("dot_"+w.Kernel, numbers)
	})
}

// choose sets one of two marks of a kernel.
func choose(numbers map[string]int, yes, no string, condition bool) {
	numbers[yes], numbers[no] = one(condition), one(!condition)
}

func (w *dotWork) work() int64 { return 2 * int64(w.batch) * int64(w.M) * int64(w.N) * int64(w.K) }

// one is a condition as a number.
func one(condition bool) int {
	if condition {
		return 1
	}
	return 0
}

// function opens a function of the module, to be ended by endFunction.
func (s *shader) function() *scope { return &scope{s: s, text: &strings.Builder{}, inner: -1} }

// endFunction writes it.
func (s *shader) endFunction(f *scope, format string, args ...any) {
	s.global("fn %s {\n%s}", fmt.Sprintf(format, args...), f.text.String())
}

// dotOperand writes the functions name_first, name_at and, for fours, name_four that
// read one side. first is where a row begins, computed outside of the loop over k.
func (s *shader) dotOperand(name string, w *dotWork, o *dotSide, fours bool) {
	first, at := s.function(), s.function()
	batch := first.loopVars("batch", w.Batch)
	if o.Exp != nil {
		first.line("return row;")
		inside := at.loopVars("batch", w.Batch)
		x := at.operand(&o.Operand, inside, operand{"row", dtypes.Int32, 1}, operand{"k", dtypes.Int32, 1})
		at.line("return %s;", at.cast(x, dtypes.Float32).text)
	} else {
		text := s.number(name+" offset", o.Offset)
		for i, v := range batch {
			text += s.stride(v.text, fmt.Sprint(name, " batch ", i), o.BatchStrides[i])
		}
		first.line("return %s%s;", text, s.stride("row", name+" row", o.RowStride))
		position := "(row" + s.stride("k", name+" k", o.SumStride) + ")"
		if fours {
			array := s.bind(o.Value, s.fourOf(o.DType), false)
			_, u := s.use(o.Value)
			s.global("fn %s_four(batch: i32, row: i32, k: i32) -> vec4<f32> { return vec4<f32>(%s); }", name, s.get(array, u, "u32"+position+" >> 2u"))
			at = nil
		} else {
			x := at.one(o.Value, o.DType, position)
			at.line("return %s;", at.cast(x, dtypes.Float32).text)
		}
	}
	s.endFunction(first, "%s_first(batch: i32, row: i32) -> i32", name)
	if at != nil {
		s.endFunction(at, "%s_at(batch: i32, row: i32, k: i32) -> f32", name)
	}
}

// fourOf is the WGSL type of four neighbours in memory, of Float32 or of the adapter's
// own Float16.
func (s *shader) fourOf(t dtypes.DType) string {
	if t == dtypes.Float16 {
		s.enable("f16")
		return "vec4<f16>"
	}
	return "vec4<f32>"
}

// stride is one term of a position, with its number lifted where numbers are.
func (s *shader) stride(index, name string, n int) string {
	if n == 0 || n == 1 {
		return stride(index, n)
	}
	return fmt.Sprintf(" + %s * %s", index, s.number(name, n))
}

// dotKeep writes the function keep(batch, part, row, lane, sum): the step's store, or
// where k is split the part's sum.
func (s *shader) dotKeep(w *dotWork) {
	f := s.function()
	m, n := "row", "lane"
	if w.Flip {
		m, n = n, m
	}
	position := fmt.Sprintf("((batch * %s + %s) * %s + %s)", s.number("m", w.M), m, s.number("n", w.N), n)
	if w.partial >= 0 {
		f.putWord(w.partial, fmt.Sprintf("(part * %s + %s)", s.number("all", w.batch*w.M*w.N), position), "f32", "sum")
	} else {
		f.dotStore(w, operand{m, dtypes.Int32, 1}, operand{n, dtypes.Int32, 1}, f.let("%s", position))
	}
	s.endFunction(f, "keep(batch: i32, part: i32, row: i32, lane: i32, sum: f32)")
}

// dotKeepFour writes the function keep_four(batch, part, row, lane, sum): the same for
// four neighbouring lanes.
func (s *shader) dotKeepFour(w *dotWork) {
	f := s.function()
	position := f.let("((batch * %s + row) * %s + lane)", s.number("m", w.M), s.number("n", w.N))
	if w.partial >= 0 {
		f.putFour(storing{value: w.partial, at: fmt.Sprintf("(part * %s + %s)", s.number("all", w.batch*w.M*w.N), position), what: operand{"sum", dtypes.Float32, 4}})
	} else {
		f.bind(append(f.loopVars("batch", w.Batch), operand{"row", dtypes.Int32, 1}, operand{"lane", dtypes.Int32, 1})...)
		f.four()
		f.accumulate(f.cast(operand{"sum", dtypes.Float32, 4}, w.Sum))
		f.stores([]ir.Store{w.Store}, position)
	}
	s.endFunction(f, "keep_four(batch: i32, part: i32, row: i32, lane: i32, sum: vec4<f32>)")
}

// dotStore writes the step's own store of the variable sum.
func (b *scope) dotStore(w *dotWork, m, n operand, position string) {
	b.bind(append(b.loopVars("batch", w.Batch), m, n)...)
	b.accumulate(b.cast(operand{"sum", dtypes.Float32, 1}, w.Sum))
	b.stores([]ir.Store{w.Store}, position)
}

// dotSum adds the parts of a split product in their order and stores.
func (c *coder) dotSum(w *dotWork) (kernel, error) {
	total := w.batch * w.M * w.N
	groups := spread(ceilDiv(total, workgroupSize), c.adapter.Workgroups)
	return c.kernel("DotSum", workgroupSize, groups, int64(total*w.Splits), func(s *shader, b *scope) {
		p := b.invocation(groups, total)
		b.line("var sum = 0.0;")
		loop := b.block()
		loop.line("sum += %s;", loop.word(w.partial, "f32", fmt.Sprintf("(part * %d + %s)", total, p)))
		loop.close("for (var part = 0; part < %d; part++)", w.Splits)
		b.line("let batch = %s / %d;", p, w.M*w.N)
		m := b.let("%s / %d %% %d", p, w.N, w.M)
		n := b.let("%s %% %d", p, w.N)
		b.dotStore(w, operand{m, dtypes.Int32, 1}, operand{n, dtypes.Int32, 1}, p)
	})
}
