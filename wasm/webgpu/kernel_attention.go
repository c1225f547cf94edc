package webgpu

import (
	"fmt"
	"slices"

	"github.com/dongyur/dongyur/wasm/ir"
	"github.com/gomlx/compute/dtypes"
)

// attentionNone is the score of a key that a query does not see. It is a number, so
// that a row without any key needs no care.
const attentionNone = "-3.0e38"

// attentionWork is what the kernels of attention are written from.
type attentionWork struct {
	*ir.AttentionShape
	tensors map[string]ir.AttentionTensor // by their names in the kernels
	size    int                           // invocations of a workgroup
	stage   int                           // vectors in workgroup memory at a time; 0: none
	block   int                           // keys that the forward pass takes at a time
}

// attentionWork brings vectors to workgroup memory, as many at a time as it holds, and
// takes four keys at a time, which shrinks the sums less often. Where it holds too few,
// keys are read from where they are, one at a time.
func (c *coder) attentionWork(s *ir.AttentionShape, tensors map[string]ir.AttentionTensor) *attentionWork {
	w := &attentionWork{AttentionShape: s, tensors: tensors, size: laneGroup, block: 1}
	for stage := 32; stage >= 4; stage /= 2 {
		if stage*2*w.fours()*16 <= c.adapter.WorkgroupBytes {
			w.size, w.stage, w.block = workgroupSize, stage, 4
			break
		}
	}
	return w
}

// fours is how many vectors of four a head's vector takes.
func (w *attentionWork) fours() int { return ceilDiv(w.Dim, 4) }

func (w *attentionWork) numbers(more map[string]int) map[string]int {
	numbers := map[string]int{
		"HEADS": w.Heads, "KVHEADS": w.KVHeads, "SHARE": w.Heads / w.KVHeads, "QUERIES": w.Queries, "KEYS": w.Keys,
		"D4": w.fours(), "WG": w.size, "STAGE": w.stage, "CAUSAL": one(w.Causal), "KEYBLOCK": w.block, "SHARED": one(w.stage > 0), "DIRECT": one(w.stage == 0),
	}
	for name, n := range more {
		numbers[name] = n
	}
	return numbers
}

// attention writes the forward pass.
func (c *coder) attention(a *ir.Attention) ([]kernel, error) {
	if a.Batch*a.Heads*a.Queries*a.Dim == 0 {
		return nil, nil
	}
	w := c.attentionWork(&a.AttentionShape, map[string]ir.AttentionTensor{"query": a.Query, "key": a.Key, "value": a.Value, "out": a.Output})
	k, err := c.attentionKernel(w, "Attention", "attention", w.Heads, w.Queries, w.numbers(map[string]int{"LOG": one(a.LogSumExp >= 0)}),
		func(s *shader) {
			s.vectors(w, "query", "key", "value")
			s.vectorStore(w, "out")
			if a.LogSumExp >= 0 {
				s.lineStore("put_log", a.LogSumExp)
			}
		})
	return []kernel{k}, err
}

// attentionVJP writes the backward pass: queries with delta, then keys and values.
func (c *coder) attentionVJP(a *ir.AttentionVJP) ([]kernel, error) {
	if a.Batch*a.Heads*a.Queries*a.Dim == 0 {
		return nil, nil
	}
	w := c.attentionWork(&a.AttentionShape, map[string]ir.AttentionTensor{"query": a.Query, "key": a.Key, "value": a.Value, "out": a.Output,
		"gradient": a.GradOutput, "dquery": a.GradQuery, "dkey": a.GradKey, "dvalue": a.GradValue})
	// Where an adapter binds too few buffers at once, a pass is made of two.
	few := c.attentionMasks(&a.AttentionShape)+8 > c.adapter.StorageBuffers
	var kernels []kernel
	if few {
		k, err := c.attentionKernel(w, "AttentionDelta", "attention_delta", w.Heads, w.Queries, w.numbers(nil), func(s *shader) {
			s.vectors(w, "out", "gradient")
			s.lineStore("put_delta", a.Delta)
		})
		if err != nil {
			return nil, err
		}
		kernels = append(kernels, k)
	}
	queries, err := c.attentionKernel(w, "AttentionQueryVJP", "attention_query", w.Heads, w.Queries,
		w.numbers(map[string]int{"MAKE_DELTA": one(!few), "READ_DELTA": one(few)}), func(s *shader) {
			s.vectors(w, "query", "key", "value", "gradient")
			s.vectorStore(w, "dquery")
			s.lineLoad("log_at", a.LogSumExp)
			if few {
				s.lineLoad("delta_at", a.Delta)
			} else {
				s.vectors(w, "out")
				s.lineStore("put_delta", a.Delta)
			}
		})
	kernels = append(kernels, queries)
	if err != nil || w.Keys == 0 {
		return kernels, err
	}
	passes := [][2]int{{1, 1}}
	if few {
		passes = [][2]int{{1, 0}, {0, 1}}
	}
	for _, want := range passes {
		k, err := c.attentionKernel(w, "AttentionKeyVJP", "attention_key", w.KVHeads, w.Keys,
			w.numbers(map[string]int{"WANT_KEY": want[0], "WANT_VALUE": want[1]}), func(s *shader) {
				s.vectors(w, "query", "key", "gradient")
				s.lineLoad("log_at", a.LogSumExp)
				if want[0] == 1 {
					s.vectors(w, "value")
					s.lineLoad("delta_at", a.Delta)
					s.vectorStore(w, "dkey")
				}
				if want[1] == 1 {
					s.vectorStore(w, "dvalue")
				}
			})
		if err != nil {
			return nil, err
		}
		kernels = append(kernels, k)
	}
	return kernels, nil
}

// attentionMasks counts the values that masks take.
func (c *coder) attentionMasks(a *ir.AttentionShape) int {
	n := 0
	for _, v := range []int{a.Mask, a.Bias, a.QueryLengths, a.KeyLengths} {
		n += one(v >= 0)
	}
	return n
}

// attentionKernel writes one kernel: an invocation for each of positions of each of
// heads, with the functions that declare writes.
func (c *coder) attentionKernel(w *attentionWork, name, file string, heads, positions int, numbers map[string]int, declare func(s *shader)) (kernel, error) {
	groups := [3]uint32{uint32(ceilDiv(positions, w.size)), uint32(w.Batch * heads), 1}
	work := 4 * int64(w.Batch*w.Heads) * int64(w.Queries) * int64(w.Keys) * int64(w.Dim)
	return c.kernel(name, w.size, groups, work, func(s *shader, b *scope) {
		s.need("unusual")
		s.global("const NONE = %s;\nconst SCALE = %s;\nfn infinity() -> f32 { return bitcast<f32>(inf_bits); }", attentionNone, b.floatText(float32(w.Scale)))
		declare(s)
		if file != "attention_delta" {
			s.attentionScore(w)
		}
		b.fill(file, numbers)
	})
}

// vectors writes name_at(batch, head, position), where a vector begins, and
// name_four(begin, c), its c-th four numbers, zeros behind its end.
func (s *shader) vectors(w *attentionWork, names ...string) {
	for _, name := range names {
		t := w.tensors[name]
		s.vectorAt(name, t)
		f := s.function()
		dtype := s.c.values[t.Value].Shape.DType
		if w.aligned(s, t) {
			array := s.bind(t.Value, "vec4<f32>", false)
			f.line("return %s[u32(begin + c * 4) >> 2u];", array)
		} else {
			f.line("var four = vec4<f32>(0.0);")
			for i, component := range []string{"x", "y", "z", "w"} {
				x := f.one(t.Value, dtype, fmt.Sprintf("(begin + min(c * 4 + %d, %d))", i, w.Dim-1))
				f.line("four.%s = %s;", component, f.cast(x, dtypes.Float32).text)
			}
			if w.Dim%4 != 0 {
				f.line("four = select(vec4<f32>(0.0), four, c * 4 + vec4<i32>(0, 1, 2, 3) < vec4<i32>(%d));", w.Dim)
			}
			f.line("return four;")
		}
		s.endFunction(f, "%s_four(begin: i32, c: i32) -> vec4<f32>", name)
	}
}

// vectorAt writes the function that says where a vector begins.
func (s *shader) vectorAt(name string, t ir.AttentionTensor) {
	f := s.function()
	f.line("return 0%s%s%s;", stride("batch", t.Strides[0]), stride("head", t.Strides[1]), stride("position", t.Strides[2]))
	s.endFunction(f, "%s_at(batch: i32, head: i32, position: i32) -> i32", name)
}

// vectorStore writes name_at and put_name(begin, c, four).
func (s *shader) vectorStore(w *attentionWork, name string) {
	t := w.tensors[name]
	s.vectorAt(name, t)
	f := s.function()
	dtype := s.c.values[t.Value].Shape.DType
	if w.aligned(s, t) {
		f.line("%s[u32(begin + c * 4) >> 2u] = four;", s.bind(t.Value, "vec4<f32>", true))
	} else {
		for i, component := range []string{"x", "y", "z", "w"} {
			inside := f.block()
			what := inside.cast(operand{"four." + component, dtypes.Float32, 1}, dtype)
			inside.put(storing{value: t.Value, at: fmt.Sprintf("(begin + c * 4 + %d)", i), what: what})
			inside.close("if (c * 4 + %d < %d)", i, w.Dim)
		}
	}
	s.endFunction(f, "put_%s(begin: i32, c: i32, four: vec4<f32>)", name)
}

// aligned says that the vectors of a tensor are whole aligned fours, those of all
// tensors in the same memory too.
func (w *attentionWork) aligned(s *shader, t ir.AttentionTensor) bool {
	for _, other := range w.tensors {
		if s.c.root(other.Value) != s.c.root(t.Value) {
			continue
		}
		if s.c.pieces(s.c.root(t.Value)) > 1 {
			return false
		}
		whole := !slices.ContainsFunc(other.Strides[:], func(n int) bool { return n%4 != 0 })
		if !whole || w.Dim%4 != 0 || s.c.values[other.Value].Shape.DType != dtypes.Float32 {
			return false
		}
	}
	return true
}

// lineLoad writes a function that reads number line of an f32 value, and lineStore one
// that stores it.
func (s *shader) lineLoad(name string, value int) {
	f := s.function()
	f.line("return %s;", f.word(value, "f32", "line"))
	s.endFunction(f, "%s(line: i32) -> f32", name)
}

func (s *shader) lineStore(name string, value int) {
	f := s.function()
	f.putWord(value, "line", "f32", "x")
	s.endFunction(f, "%s(line: i32, x: f32)", name)
}

// attentionScore writes the function score.
func (s *shader) attentionScore(w *attentionWork) {
	f := s.function()
	f.line("var x = product * SCALE;")
	at := func(strides [4]int) string {
		text := "(0"
		for i, index := range []string{"batch", "head", "query", "key"} {
			text += stride(index, strides[i])
		}
		return text + ")"
	}
	for _, mask := range []struct {
		value   int
		strides [4]int
	}{{w.Mask, w.MaskStrides}, {w.Bias, w.BiasStride}} {
		if mask.value < 0 {
			continue
		}
		dtype := s.c.values[mask.value].Shape.DType
		m := f.one(mask.value, dtype, at(mask.strides))
		if dtype == dtypes.Bool {
			f.line("if (!%s) { return NONE; }", m.text)
		} else {
			f.line("x = max(x + %s, NONE);", f.cast(m, dtypes.Float32).text)
		}
	}
	if w.Causal {
		f.line("if (key > query) { return NONE; }")
	}
	if w.QueryLengths >= 0 {
		f.line("if (query >= %s) { return NONE; }", f.word(w.QueryLengths, "i32", "batch"))
	}
	if w.KeyLengths >= 0 {
		f.line("if (key >= %s) { return NONE; }", f.word(w.KeyLengths, "i32", "batch"))
	}
	f.line("return x;")
	s.endFunction(f, "score(batch: i32, head: i32, query: i32, key: i32, product: f32) -> f32")
}
