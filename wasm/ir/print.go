package ir

import (
	"fmt"
	"strings"
)

// Summary is what a plan costs.
type Summary struct {
	Operations int   // recorded, dead ones included
	Steps      int   // run once each; those inside While and If included, Saved left out
	Saved      int   // copies of inputs to outputs that take their place where they are donated
	Bytes      int64 // read and written by one run, a loop's body once; each value counts whole, once a step
	Arena      int64 // bytes of temporaries as they are laid out
	Bound      int64 // the least that those could take
}

// Summary adds up.
func (p *Plan) Summary() Summary {
	s := Summary{Operations: p.Operations, Arena: p.Arena, Bound: p.Bound()}
	p.each(p.Steps, func(step Step) {
		if c, ok := step.(*Copy); ok && p.Values[c.To].Donor == c.From && p.Values[c.To].Place == Output {
			s.Saved++
			return
		}
		s.Steps++
		reads, writes := step.Values()
		for _, v := range append(reads, writes...) {
			s.Bytes += p.Values[v].Shape.ByteSize()
		}
	})
	return s
}

func (s Summary) String() string {
	return fmt.Sprintf("%d operations in %d steps, %.2f MB moved, %.2f MB of temporaries (at least %.2f)",
		s.Operations, s.Steps, float64(s.Bytes)/1e6, float64(s.Arena)/1e6, float64(s.Bound)/1e6)
}

// each calls f for every step that does work itself, in order.
func (p *Plan) each(steps []Step, f func(Step)) {
	for _, s := range steps {
		switch s := s.(type) {
		case *While:
			p.each(s.Before, f)
			p.each(s.Body, f)
		case *If:
			p.each(s.Then, f)
			p.each(s.Else, f)
		default:
			f(s)
		}
	}
}

// String writes the whole plan: its summary, values, and steps with what they
// compute.
func (p *Plan) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s\n", p.Name, p.Summary())
	for i, v := range p.Values {
		fmt.Fprintf(&b, "v%d %s %s\n", i, v.Shape, p.where(v))
	}
	p.write(&b, p.Steps, "")
	return b.String()
}

func (p *Plan) where(v Value) string {
	switch {
	case v.Alias >= 0:
		return fmt.Sprintf("is v%d", v.Alias)
	case v.Place == Input:
		return "input"
	case v.Place == Output && v.Donor >= 0:
		return fmt.Sprintf("output, in place of v%d", v.Donor)
	case v.Place == Output:
		return "output"
	case v.Place == Constant:
		return "constant"
	}
	return fmt.Sprintf("at %d", v.Offset)
}

func (p *Plan) write(b *strings.Builder, steps []Step, indent string) {
	for _, s := range steps {
		b.WriteString(indent + describe(s) + "\n")
		switch s := s.(type) {
		case *While:
			b.WriteString(indent + "  before:\n")
			p.write(b, s.Before, indent+"    ")
			b.WriteString(indent + "  body:\n")
			p.write(b, s.Body, indent+"    ")
		case *If:
			b.WriteString(indent + "  then:\n")
			p.write(b, s.Then, indent+"    ")
			b.WriteString(indent + "  else:\n")
			p.write(b, s.Else, indent+"    ")
		}
	}
}

// describe writes one step; expressions that grew long are cut.
func describe(s Step) string {
	switch s := s.(type) {
	case *Map:
		return fmt.Sprintf("map %v%s", s.Dims, stored(s.Stores))
	case *Row:
		line := fmt.Sprintf("row %v×%v", s.Outer, s.Inner)
		for i, r := range s.Reductions {
			line += fmt.Sprintf(" r%d=%s{%s}", i, r.Op, cut(r.Exp))
		}
		if len(s.Once) > 0 {
			line += " once" + stored(s.Once)
		}
		if len(s.Each) > 0 {
			line += " each" + stored(s.Each)
		}
		return line
	case *Dot:
		return fmt.Sprintf("dot %v %d×%d×%d %s · %s%s", s.Batch, s.M, s.N, s.K, s.A, s.B, stored([]Store{s.Store}))
	case *Scatter:
		return fmt.Sprintf("scatter %s v%d %v×%d at %s of %s over %s", s.Op, s.Output, s.Rows, s.Window, cut(s.Start), cut(s.Update), cut(s.Operand))
	case *Sort:
		return fmt.Sprintf("sort %v×%d by %s, the first %d into %v", s.Outer, s.Length, cut(s.Less), s.Take, s.Stores)
	case *Copy:
		return fmt.Sprintf("copy v%d to v%d", s.From, s.To)
	case *Update:
		return fmt.Sprintf("update %v%s", s.Dims, stored([]Store{s.Store}))
	case *While:
		return fmt.Sprintf("while v%d, state %v", s.Condition, s.State)
	case *If:
		return fmt.Sprintf("if v%d", s.Predicate)
	}
	reads, writes := s.Values()
	return fmt.Sprintf("%s of %v into %v", strings.ToLower(strings.TrimPrefix(fmt.Sprintf("%T", s), "*ir.")), reads, writes)
}

// String writes an operand as the value with its strides, or as its expression.
func (o Operand) String() string {
	if o.Exp != nil {
		return "(" + cut(o.Exp) + ")"
	}
	return fmt.Sprintf("v%d+%d%v,%d,%d", o.Value, o.Offset, o.BatchStrides, o.RowStride, o.SumStride)
}

func stored(list []Store) string {
	var b strings.Builder
	for _, s := range list {
		fmt.Fprintf(&b, " v%d", s.Value)
		if s.At != nil {
			fmt.Fprintf(&b, "[%s]", cut(s.At))
		}
		fmt.Fprintf(&b, "=%s", cut(s.Exp))
		if s.If != nil {
			fmt.Fprintf(&b, " if %s", cut(s.If))
		}
	}
	return b.String()
}

// cut writes an expression, the middle of a long one left out.
func cut(e *Exp) string {
	const most = 400
	if count(e, most) >= most {
		return "…"
	}
	text := e.String()
	if len(text) > most {
		return text[:most/2] + "…" + text[len(text)-most/2:]
	}
	return text
}

// count is how long e is when shared parts are written each time, up to most.
func count(e *Exp, most int) int {
	n := 1
	for _, arg := range e.Args {
		if n >= most {
			break
		}
		n += count(arg, most-n)
	}
	return n
}
