package interp_test

import (
	"strings"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
)

// texts are plans to the letter: what lowering makes of a few small graphs. The
// numbers of values are those of Plan.String: inputs, outputs, then the others.
var texts = []struct {
	name   string
	inputs []shapes.Shape
	graph  func(x []*Node) []*Node
	steps  string
}{
	{"views become positions", []shapes.Shape{f32(4, 6), f32(4)},
		func(x []*Node) []*Node {
			y := TransposeAllAxes(Slice(x[0], AxisRange(), AxisRange(1, 4)), 1, 0) // [3, 4]
			return []*Node{Add(y, ExpandAxes(x[1], 0))}
		},
		"map [3 4] v2=(v0[(((i1*6)+i0)+1)]+v1[i1])"},
	{"reshapes cancel", []shapes.Shape{f32(4, 6)},
		func(x []*Node) []*Node { return []*Node{Neg(Reshape(Exp(Reshape(x[0], 8, 3)), 2, 12))} },
		"map [24] v1=neg(exp(v0[i0]))"},
	{"constants fold", []shapes.Shape{f32(5)},
		func(x []*Node) []*Node {
			two := AddScalar(Const(x[0].Graph(), float32(1)), 1)
			return []*Node{Mul(x[0], Div(two, Sqrt(MulScalar(two, 2))))}
		},
		"map [5] v1=v0[i0]"},
	{"a row and its two passes", []shapes.Shape{f32(3, 7)},
		func(x []*Node) []*Node { return []*Node{Softmax(x[0], -1)} },
		`row [3]×[7] r0=ReduceMax{v0[((i0*7)+i1)]} r1=ReduceSum{exp((v0[((i0*7)+i1)]-r0))} each v1=(exp((v0[((i0*7)+i1)]-r0))/r1)`},
	{"a product, its bias and what follows", []shapes.Shape{f32(2, 5, 8), f32(8, 6), f32(6)},
		func(x []*Node) []*Node { return []*Node{Tanh(linear(x[0], x[1], x[2]))} },
		"dot [] 10×6×8 v0+0[],8,1 · v1+0[],1,6 v3=tanh((acc+v2[i1]))"},
	{"a lookup and its gradient", []shapes.Shape{f32(9, 4), i32(3), f32(3, 4)},
		func(x []*Node) []*Node {
			return Gradient(ReduceAllSum(Mul(Gather(x[0], ExpandAxes(x[1], -1)), x[2])), x[0])
		},
		"scatter ScatterSum v3 [3]×4 at (clamp(0, v1[i0], 8)*4) of v2[((i0*4)+i1)] over 0"},
	{"a cache is written where it lies", []shapes.Shape{f32(2, 16, 4), f32(2, 1, 4), i32()},
		func(x []*Node) []*Node {
			zero := ScalarZero(x[0].Graph(), dtypes.Int32)
			return []*Node{DynamicUpdateSlice(x[0], x[1], []*Node{zero, x[2], zero})}
		},
		"copy v0 to v3\nupdate [2 4] v3[(((i0*64)+(clamp(0, v2[0], 15)*4))+i1)]=v1[((i0*4)+i1)]"},
	{"a loop", []shapes.Shape{i32(), f32(3)},
		func(x []*Node) []*Node {
			g := x[0].Graph()
			goes := NewClosure(g, func(g *Graph) []*Node {
				i := Parameter(g, "i", i32())
				Parameter(g, "y", f32(3))
				return []*Node{LessThan(i, Scalar(g, dtypes.Int32, 10))}
			})
			round := NewClosure(g, func(g *Graph) []*Node {
				i, y := Parameter(g, "i", i32()), Parameter(g, "y", f32(3))
				return []*Node{AddScalar(i, 1), MulScalar(y, 2)}
			})
			return While(goes, round, x[0], x[1])
		},
		`while v4, state [2 3]
  before:
    copy v0 to v2
    copy v1 to v3
    map [1] v4=(v2[0]<10)
  body:
    map [1] v5=(v2[0]+1)
    map [3] v6=(v3[i0]*2)
    update [1] v2=v5[0] if v4[0]
    update [3] v3=v6[i0] if v4[0]
    map [1] v4=(v2[0]<10)`},
}

func TestTexts(t *testing.T) {
	for _, c := range texts {
		t.Run(c.name, func(t *testing.T) {
			plan := compiled(t, desktop, c.inputs, c.graph)
			var steps []string
			for _, line := range strings.Split(strings.TrimSpace(plan.String()), "\n")[1+len(plan.Values):] {
				steps = append(steps, strings.TrimRight(line, " "))
			}
			if got := strings.Join(steps, "\n"); got != c.steps {
				t.Errorf("got\n%s\nwant\n%s", got, c.steps)
			}
		})
	}
}
