package ir

import "slices"

// finisher gives values their numbers and places.
type finisher struct {
	*compiler
	plan   *Plan
	number map[int]int // values by ID
}

// finish makes the plan of steps over IDs.
func (f *finisher) finish(g *Graph, steps []Step, results []int) error {
	f.number = map[int]int{}
	for _, p := range g.Params {
		f.plan.Inputs = append(f.plan.Inputs, f.add(p.ID, Value{Shape: p.Shape, Place: Input}))
	}
	for _, id := range results {
		f.plan.Outputs = append(f.plan.Outputs, f.add(id, Value{Shape: f.shapes[id], Place: Output}))
	}
	renumber := renumbering{value: f.value, scope: f.Scope, done: map[*Exp]*Exp{}}
	for _, s := range steps {
		f.plan.Steps = append(f.plan.Steps, renumber.step(s))
	}
	f.plan.layOut()
	f.donate()
	return nil
}

func (f *finisher) add(id int, v Value) int {
	v.Alias, v.Donor = -1, -1
	f.plan.Values = append(f.plan.Values, v)
	f.number[id] = len(f.plan.Values) - 1
	return f.number[id]
}

// value is the number of what has this ID.
func (f *finisher) value(id int) int {
	for {
		to, ok := f.renamed[id]
		if !ok {
			break
		}
		id = to
	}
	if n, ok := f.number[id]; ok {
		return n
	}
	if data, ok := f.data[id]; ok {
		return f.add(id, Value{Shape: f.shapes[id], Place: Constant, Data: slices.Clone(data)})
	}
	return f.add(id, Value{Shape: f.shapes[id], Place: Temporary})
}

// renumbering rewrites steps for other numbers of values.
type renumbering struct {
	value func(int) int
	scope *Scope
	done  map[*Exp]*Exp
}

func (r *renumbering) exp(e *Exp) *Exp {
	return r.scope.rewrite(e, r.done, func(was, now *Exp) *Exp {
		if was.Kind == Load {
			return r.scope.Load(r.value(was.N), was.DType, now.Args[0])
		}
		return now
	})
}

func (r *renumbering) exps(list []*Exp) []*Exp {
	to := make([]*Exp, len(list))
	for i, e := range list {
		to[i] = r.exp(e)
	}
	return to
}

func (r *renumbering) store(s Store) Store {
	return Store{Value: r.value(s.Value), At: r.exp(s.At), Exp: r.exp(s.Exp), If: r.exp(s.If)}
}

func (r *renumbering) stores(list []Store) []Store {
	to := make([]Store, len(list))
	for i, s := range list {
		to[i] = r.store(s)
	}
	return to
}

func (r *renumbering) operand(o Operand) Operand {
	if o.Exp != nil {
		o.Exp = r.exp(o.Exp)
		return o
	}
	o.Value = r.value(o.Value)
	return o
}

// some is value for what may be absent, -1.
func (r *renumbering) some(id int) int {
	if id < 0 {
		return id
	}
	return r.value(id)
}

func (r *renumbering) values(ids []int) []int {
	to := make([]int, len(ids))
	for i, id := range ids {
		to[i] = r.some(id)
	}
	return to
}

func (r *renumbering) steps(list []Step) []Step {
	to := make([]Step, len(list))
	for i, s := range list {
		to[i] = r.step(s)
	}
	return to
}

func (r *renumbering) step(s Step) Step {
	switch s := s.(type) {
	case *Map:
		return r.scope.spreadStep(&Map{Dims: s.Dims, Stores: r.stores(s.Stores)})
	case *Row:
		to := &Row{Outer: s.Outer, Inner: s.Inner, Once: r.stores(s.Once), Each: r.stores(s.Each)}
		for _, reduction := range s.Reductions {
			reduction.Exp = r.exp(reduction.Exp)
			to.Reductions = append(to.Reductions, reduction)
		}
		return r.scope.spreadStep(to)
	case *Dot:
		to := *s
		to.A, to.B, to.Store = r.operand(s.A), r.operand(s.B), r.store(s.Store)
		return &to
	case *Scatter:
		to := *s
		to.Operand, to.Output, to.Start, to.If, to.Update = r.exp(s.Operand), r.value(s.Output), r.exp(s.Start), r.exp(s.If), r.exp(s.Update)
		return &to
	case *Sort:
		to := *s
		to.Keys, to.Less, to.Stores = r.exps(s.Keys), r.exp(s.Less), r.values(s.Stores)
		return &to
	case *Copy:
		return &Copy{From: r.value(s.From), To: r.value(s.To)}
	case *Update:
		return r.scope.spreadStep(&Update{Dims: s.Dims, Store: r.store(s.Store)})
	case *While:
		return &While{Condition: r.value(s.Condition), State: r.values(s.State), Before: r.steps(s.Before), Body: r.steps(s.Body)}
	case *If:
		return &If{Predicate: r.value(s.Predicate), Then: r.steps(s.Then), Else: r.steps(s.Else)}
	case *Attention:
		to := *s
		r.attention(&to.AttentionShape, &to.Query, &to.Key, &to.Value, &to.Output)
		to.LogSumExp = r.some(s.LogSumExp)
		return &to
	case *AttentionVJP:
		to := *s
		r.attention(&to.AttentionShape, &to.Query, &to.Key, &to.Value, &to.Output, &to.GradOutput,
			&to.GradQuery, &to.GradKey, &to.GradValue)
		to.LogSumExp, to.Delta = r.value(s.LogSumExp), r.value(s.Delta)
		return &to
	}
	return s
}

func (r *renumbering) attention(shape *AttentionShape, tensors ...*AttentionTensor) {
	for _, v := range []*int{&shape.Mask, &shape.Bias, &shape.QueryLengths, &shape.KeyLengths} {
		*v = r.some(*v)
	}
	for _, t := range tensors {
		t.Value = r.value(t.Value)
	}
}
