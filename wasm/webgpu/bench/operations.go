package main

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/layers/attention"
)

// operation is one small graph with what it costs.
type operation struct {
	inputs []*tensors.Tensor
	f      func(in []*Node) []*Node
	flops  float64 // of one run
	bytes  float64 // that must be read and written
	check  func(first float32) bool
}

// operation measures one: mm256, bmm128 (16 products), softmax, rmsnorm, attention,
// adamw, gather or scatter.
func (s *session) operation(name string) (*line, error) {
	o, n, err := newOperation(name)
	if err != nil {
		return nil, err
	}
	out := &line{Workload: name, N: n}
	if strings.HasPrefix(name, "mm") {
		out.Workload = "matmul"
	}
	for _, t := range o.inputs {
		if _, err := s.upload(t); err != nil {
			return nil, err
		}
	}
	defer finalize(o.inputs...)
	// The results are summed over a corner, so that little is read back.
	exec, err := s.exec(name, o.f)
	if err != nil {
		return nil, err
	}
	defer exec.Finalize()
	first := func(results []*tensors.Tensor) float32 {
		return tensors.MustCopyFlatData[float32](results[len(results)-1])[0]
	}
	start := time.Now()
	results, g, err := exec.CallWithGraph(anys(o.inputs)...)
	if err != nil {
		return nil, err
	}
	value := first(results)
	finalize(results...)
	out.WarmupMS = milliseconds(start)
	out.plan(g)
	// A readback costs as much as many dispatches: it is made once for several runs.
	start = time.Now()
	reps, run := 1, func(reps int) error {
		for i := range reps {
			results, err := exec.Call(anys(o.inputs)...)
			if err != nil {
				return err
			}
			if i == reps-1 {
				first(results)
			}
			finalize(results...)
		}
		return nil
	}
	if err := run(1); err != nil {
		return nil, err
	}
	reps = max(1, min(20, int(300/milliseconds(start))))
	mid, least, err := s.repeat(func() error { return run(reps) })
	if err != nil {
		return nil, err
	}
	out.StepMS, out.LeastMS = mid/float64(reps), least/float64(reps)
	out.GFLOPS, out.GBPS = o.flops/out.StepMS/1e6, o.bytes/out.StepMS/1e6
	if o.check != nil {
		ok := o.check(value)
		out.OK = &ok
	}
	return out, nil
}

// numbers are the peers' inputs of products: (i·m mod 101)/101 - 0.5.
func numbers(count, m int) []float32 {
	a := make([]float32, count)
	for i := range a {
		a[i] = float32(float64(i*m%101)/101 - 0.5)
	}
	return a
}

func floats(m int, dims ...int) *tensors.Tensor {
	return tensors.FromFlatDataAndDimensions(numbers(shapes.Make(dtypes.Float32, dims...).Size(), m), dims...)
}

// corner is the first number of x, read back for a check.
func corner(x *Node) *Node {
	ranges := make([]SliceAxisSpec, x.Rank())
	for i := range ranges {
		ranges[i] = AxisRange(0, 1)
	}
	return Reshape(Slice(x, ranges...))
}

// withCorner adds it to the results.
func withCorner(x *Node) []*Node { return []*Node{x, corner(x)} }

func newOperation(name string) (*operation, int, error) {
	if rest, ok := strings.CutPrefix(name, "mm"); ok {
		n, err := strconv.Atoi(rest)
		if err != nil || n < 1 {
			return nil, 0, fmt.Errorf("%q has no size", name)
		}
		return product(1, n), n, nil
	}
	if rest, ok := strings.CutPrefix(name, "bmm"); ok {
		n, err := strconv.Atoi(rest)
		if err != nil || n < 1 {
			return nil, 0, fmt.Errorf("%q has no size", name)
		}
		return product(16, n), n, nil
	}
	const rows, width, vocabulary = 1024, 1024, 8192
	size := float64(rows * width * 4)
	switch name {
	case "softmax":
		return &operation{inputs: []*tensors.Tensor{floats(7919, rows, width)}, bytes: 2 * size, flops: 4 * rows * width,
			f: func(in []*Node) []*Node { return withCorner(Softmax(in[0], -1)) }}, width, nil
	case "rmsnorm":
		return &operation{inputs: []*tensors.Tensor{floats(7919, rows, width), floats(13, width)}, bytes: 2 * size, flops: 4 * rows * width,
			f: func(in []*Node) []*Node {
				scale := Rsqrt(AddScalar(ReduceAndKeep(Square(in[0]), ReduceMean, -1), 1e-6))
				return withCorner(Mul(Mul(in[0], scale), ExpandLeftToRank(in[1], 2)))
			}}, width, nil
	case "attention":
		const b, t, h, e = 4, 256, 4, 64
		var inputs []*tensors.Tensor
		for _, m := range []int{7919, 104729, 31} {
			inputs = append(inputs, floats(m, b, t, h, e))
		}
		return &operation{inputs: inputs, bytes: 4 * b * t * h * e * 4, flops: 4 * b * h * t * t * e / 2,
			f: func(in []*Node) []*Node {
				out, _ := attention.Core(in[0], in[1], in[2], attention.LayoutBSHD, attention.CoreOptions{UseCausalMask: true})
				return withCorner(out)
			}}, t, nil
	case "adamw":
		var inputs []*tensors.Tensor
		for _, m := range []int{7919, 104729, 31} {
			inputs = append(inputs, floats(m, rows, width))
		}
		inputs = append(inputs, tensors.FromFlatDataAndDimensions(make([]float32, rows*width), rows, width))
		return &operation{inputs: inputs, bytes: 7 * size, flops: 13 * rows * width, f: adamW}, rows * width, nil
	case "gather":
		return &operation{inputs: []*tensors.Tensor{floats(7919, vocabulary, width), ids(rows, vocabulary)}, bytes: 2 * size,
			f: func(in []*Node) []*Node { return withCorner(Gather(in[0], in[1])) }}, rows, nil
	case "scatter":
		return &operation{inputs: []*tensors.Tensor{ids(rows, vocabulary), floats(7919, rows, width)}, bytes: size + vocabulary*width*4,
			f: func(in []*Node) []*Node {
				return withCorner(Scatter(in[0], in[1], shapes.Make(dtypes.Float32, vocabulary, width), false, false))
			}}, rows, nil
	}
	return nil, 0, fmt.Errorf("there is no workload %q", name)
}

// ids are row numbers [count, 1], some of them often.
func ids(count, limit int) *tensors.Tensor {
	list := make([]int32, count)
	for i := range list {
		list[i] = int32(i * i * 31 % limit)
	}
	return tensors.FromFlatDataAndDimensions(list, count, 1)
}

// product is batch products of n × n matrices.
func product(batch, n int) *operation {
	dims := []int{n, n}
	if batch > 1 {
		dims = []int{batch, n, n}
	}
	a, b := numbers(batch*n*n, 7919), numbers(batch*n*n, 104729)
	want := 0.0
	for k := range n {
		want += float64(a[k]) * float64(b[k*n])
	}
	return &operation{
		inputs: []*tensors.Tensor{tensors.FromFlatDataAndDimensions(a, dims...), tensors.FromFlatDataAndDimensions(b, dims...)},
		f: func(in []*Node) []*Node {
			if batch > 1 {
				return withCorner(DotGeneral(in[0], []int{2}, []int{0}, in[1], []int{1}, []int{0}))
			}
			return withCorner(DotGeneral(in[0], []int{1}, nil, in[1], []int{0}, nil))
		},
		flops: 2 * float64(batch) * math.Pow(float64(n), 3), bytes: 12 * float64(batch*n*n),
		check: func(first float32) bool { return math.Abs(float64(first)-want) < 1e-2*max(1, math.Abs(want)) },
	}
}

// adamW updates a weight: in are weight, gradient and both moments.
func adamW(in []*Node) []*Node {
	m := Add(MulScalar(in[2], beta1), MulScalar(in[1], 1-beta1))
	v := Add(MulScalar(in[3], beta2), MulScalar(Square(in[1]), 1-beta2))
	w := Sub(MulScalar(in[0], 1-learningRate*decay), MulScalar(Div(m, AddScalar(Sqrt(v), epsilon)), learningRate))
	return []*Node{w, m, v, corner(w)}
}
