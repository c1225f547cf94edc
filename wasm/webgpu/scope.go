package webgpu

import (
	"fmt"
	"strings"

	"github.com/dongyur/dongyur/wasm/ir"
	"github.com/gomlx/compute/dtypes"
)

// operand is a value in the text: a name or a literal.
type operand struct {
	text  string
	dtype dtypes.DType
	lanes int // 1, or 4 for a vector of four neighbouring elements
}

// scope is a block of the text with its loop variables. An expression that needs
// none of a block's own variables is written in the block around it, so what does
// not change in a loop is computed before it.
type scope struct {
	s      *shader
	parent *scope
	text   *strings.Builder
	// vars are the loop variables that this block adds: Index first, first+1, …
	vars  []operand
	first int
	// inner is the loop variable that stands for four neighbours at once, or -1; base
	// is then the same block for the first of them alone.
	inner       int
	base        *scope
	reduced     map[int]operand
	accumulated *operand
	memo        map[*ir.Exp]operand
	owned       map[*ir.Exp]bool // answers of owns
	lanesOf     map[*ir.Exp]lane // answers of lane
}

// line writes one line.
func (b *scope) line(format string, args ...any) {
	fmt.Fprintf(b.text, "  "+format+"\n", args...)
}

// let names the value of a WGSL expression.
func (b *scope) let(format string, args ...any) string {
	name := b.s.fresh()
	b.line("let %s = %s;", name, fmt.Sprintf(format, args...))
	return name
}

// block opens a block inside this one, with more loop variables. It is written by
// close.
func (b *scope) block(vars ...operand) *scope {
	return &scope{s: b.s, parent: b, text: &strings.Builder{}, vars: vars, first: b.first + len(b.vars), inner: -1}
}

// close writes the block into the one around it, as head { … }.
func (b *scope) close(format string, args ...any) {
	head := fmt.Sprintf(format, args...)
	b.parent.line("%s {", head)
	for line := range strings.Lines(b.text.String()) {
		b.parent.text.WriteString("  " + line)
	}
	b.parent.line("}")
}

// bind adds loop variables to the block itself.
func (b *scope) bind(vars ...operand) { b.vars, b.owned = append(b.vars, vars...), nil }

// four makes the block's last loop variable stand for four neighbours. Its value so
// far is the first of them, a multiple of 4.
func (b *scope) four() {
	last := len(b.vars) - 1
	b.base = &scope{s: b.s, parent: b.parent, text: b.text, vars: append([]operand(nil), b.vars...), first: b.first,
		inner: -1, reduced: b.reduced, accumulated: nil}
	b.inner = b.first + last
	b.vars[last] = operand{"(" + b.vars[last].text + " + vec4<i32>(0, 1, 2, 3))", dtypes.Int32, 4}
}

// index finds loop variable n.
func (b *scope) index(n int) (operand, bool) {
	for at := b; at != nil; at = at.parent {
		if n >= at.first && n < at.first+len(at.vars) {
			return at.vars[n-at.first], true
		}
	}
	return operand{}, false
}

// reduction finds the result of reduction n.
func (b *scope) reduction(n int) (operand, bool) {
	for at := b; at != nil; at = at.parent {
		if r, ok := at.reduced[n]; ok {
			return r, true
		}
	}
	return operand{}, false
}

// reduce gives the result of reduction n to the expressions of this block.
func (b *scope) reduce(n int, value operand) {
	if b.reduced == nil {
		b.reduced = map[int]operand{}
	}
	b.reduced[n], b.owned = value, nil
}

// accumulate gives a Dot's sum to the expressions of this block.
func (b *scope) accumulate(value operand) { b.accumulated, b.owned = &value, nil }

// home is the outermost block that has all that e needs.
func (b *scope) home(e *ir.Exp) *scope {
	for b.parent != nil && !b.owns(e) {
		b = b.parent
	}
	return b
}

// owns says whether e uses something that this block itself adds.
func (b *scope) owns(e *ir.Exp) bool {
	if known, ok := b.owned[e]; ok {
		return known
	}
	own := false
	switch e.Kind {
	case ir.Index:
		own = e.N >= b.first && e.N < b.first+len(b.vars)
	case ir.Reduced:
		_, own = b.reduced[e.N]
	case ir.Accumulated:
		own = b.accumulated != nil
	default:
		for _, arg := range e.Args {
			own = own || b.owns(arg)
		}
	}
	if b.owned == nil {
		b.owned = map[*ir.Exp]bool{}
	}
	b.owned[e] = own
	return own
}

// loopVars splits the row-major position p, an i32, into the loop variables of dims.
func (b *scope) loopVars(p string, dims []int) []operand {
	vars := make([]operand, len(dims))
	behind := product(dims)
	for i, d := range dims {
		whole := behind // elements of one step of the axis before
		behind /= max(d, 1)
		text := p
		switch {
		case d == 1:
			vars[i] = operand{"0", dtypes.Int32, 1}
			continue
		case i > 0 && whole != product(dims):
			text = fmt.Sprintf("(u32(%s) %% %du)", p, whole)
		default:
			text = fmt.Sprintf("u32(%s)", p)
		}
		if behind > 1 {
			text = fmt.Sprintf("(%s / %du)", text, behind)
		}
		if text == fmt.Sprintf("u32(%s)", p) {
			vars[i] = operand{p, dtypes.Int32, 1}
			continue
		}
		vars[i] = operand{b.let("i32(%s)", text), dtypes.Int32, 1}
	}
	return vars
}
