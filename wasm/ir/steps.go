package ir

import "slices"

// touched gathers the values that expressions load and stores write.
type touched struct{ reads, writes []int }

func (t *touched) read(value int) {
	if value >= 0 && !slices.Contains(t.reads, value) {
		t.reads = append(t.reads, value)
	}
}

func (t *touched) write(value int) {
	if value >= 0 && !slices.Contains(t.writes, value) {
		t.writes = append(t.writes, value)
	}
}

func (t *touched) exps(exps ...*Exp) {
	seen := map[*Exp]bool{}
	var visit func(e *Exp)
	visit = func(e *Exp) {
		if e == nil || seen[e] {
			return
		}
		seen[e] = true
		if e.Kind == Load {
			t.read(e.N)
		}
		for _, arg := range e.Args {
			visit(arg)
		}
	}
	for _, e := range exps {
		visit(e)
	}
}

func (t *touched) stores(stores ...Store) {
	for _, s := range stores {
		t.exps(s.At, s.If, s.Exp)
		t.write(s.Value)
	}
}

func (t *touched) steps(steps []Step) {
	for _, s := range steps {
		reads, writes := s.Values()
		for _, r := range reads {
			t.read(r)
		}
		for _, w := range writes {
			t.write(w)
		}
	}
}

func (t *touched) done() (reads, writes []int) { return t.reads, t.writes }

func (t *touched) operand(o Operand) {
	if o.Exp != nil {
		t.exps(o.Exp)
		return
	}
	t.read(o.Value)
}

func (t *touched) shape(s *AttentionShape) {
	for _, v := range []int{s.Mask, s.Bias, s.QueryLengths, s.KeyLengths} {
		t.read(v)
	}
}

// Values implements Step.
func (s *Map) Values() (reads, writes []int) {
	var t touched
	t.stores(s.Stores...)
	return t.done()
}

// Values implements Step.
func (s *Row) Values() (reads, writes []int) {
	var t touched
	for _, r := range s.Reductions {
		t.exps(r.Exp)
	}
	t.stores(s.Once...)
	t.stores(s.Each...)
	return t.done()
}

// Values implements Step.
func (s *Dot) Values() (reads, writes []int) {
	var t touched
	t.operand(s.A)
	t.operand(s.B)
	t.stores(s.Store)
	return t.done()
}

// Values implements Step.
func (s *Attention) Values() (reads, writes []int) {
	var t touched
	for _, tensor := range []AttentionTensor{s.Query, s.Key, s.Value} {
		t.read(tensor.Value)
	}
	t.shape(&s.AttentionShape)
	t.write(s.Output.Value)
	t.write(s.LogSumExp)
	return t.done()
}

// Values implements Step.
func (s *AttentionVJP) Values() (reads, writes []int) {
	var t touched
	for _, tensor := range []AttentionTensor{s.Query, s.Key, s.Value, s.Output, s.GradOutput} {
		t.read(tensor.Value)
	}
	t.read(s.LogSumExp)
	t.shape(&s.AttentionShape)
	for _, tensor := range []AttentionTensor{s.GradQuery, s.GradKey, s.GradValue} {
		t.write(tensor.Value)
	}
	t.write(s.Delta)
	return t.done()
}

// Values implements Step.
func (s *Scatter) Values() (reads, writes []int) {
	var t touched
	t.exps(s.Operand, s.Start, s.If, s.Update)
	t.write(s.Output)
	return t.done()
}

// Values implements Step.
func (s *Sort) Values() (reads, writes []int) {
	var t touched
	t.exps(s.Keys...)
	t.exps(s.Less)
	for _, v := range s.Stores {
		t.write(v)
	}
	return t.done()
}

// Values implements Step.
func (s *Copy) Values() (reads, writes []int) { return []int{s.From}, []int{s.To} }

// Values implements Step.
func (s *Update) Values() (reads, writes []int) {
	var t touched
	t.stores(s.Store)
	t.read(s.Store.Value)
	return t.done()
}

// Values implements Step.
func (s *While) Values() (reads, writes []int) {
	var t touched
	t.steps(s.Before)
	t.steps(s.Body)
	t.read(s.Condition)
	return t.done()
}

// Values implements Step.
func (s *If) Values() (reads, writes []int) {
	var t touched
	t.read(s.Predicate)
	t.steps(s.Then)
	t.steps(s.Else)
	return t.done()
}
