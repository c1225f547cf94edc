package ir

import (
	"cmp"
	"slices"
)

// fusion joins the loops of one graph into as few steps as it can.
type fusion struct {
	*compiler
	units  []*unit
	of     map[int]*unit // who makes a node
	output map[int]bool  // nodes wanted after the last step
	// readers counts the units that read a node.
	readers map[int]int
}

// Limits of what one loop may hold, so that code stays small and rows stay cheap.
const (
	maxRoots      = 48
	maxReductions = 16
	// A row of a few long rows keeps most of a GPU idle: what is elementwise over all
	// of it gets a step of its own.
	fewRows, longRow = 16, 4096
)

// join makes fewer units of those given, which are in the order of their nodes.
func (f *fusion) join() {
	f.vertical()
	f.siblings(func(l loop) bool { return l == loop{rows: 1} })
	f.pack()
	f.vertical() // what fits now
	f.siblings(func(loop) bool { return true })
}

// vertical joins what is made with what reads it.
func (f *fusion) vertical() {
	for _, u := range slices.Clone(f.units) {
		if u.loop == nil {
			continue
		}
		for _, r := range u.roots {
			reads := slices.Clone(f.of[r.node.ID].reads)
			slices.SortFunc(reads, func(a, b int) int { return cmp.Compare(b, a) })
			for _, id := range reads {
				if maker := f.of[id]; maker != nil && f.of[r.node.ID] != maker {
					f.try(maker, f.of[r.node.ID])
				}
			}
		}
	}
}

// siblings joins loops of the same space that read the same, and all that compute
// single numbers, where the space is one of those wanted.
func (f *fusion) siblings(wanted func(loop) bool) {
	alike := map[loop][]*unit{}
	var loops []loop // in their order of appearance
	for _, u := range f.units {
		if u.loop == nil || !wanted(*u.loop) {
			continue
		}
		if alike[*u.loop] == nil {
			loops = append(loops, *u.loop)
		}
		alike[*u.loop] = append(alike[*u.loop], u)
	}
	for _, l := range loops {
		units := alike[l]
		for i := 0; i < len(units); i++ {
			for j := i + 1; j < len(units); j++ {
				if f.akin(units[i], units[j]) && f.try(units[i], units[j]) {
					units[i] = f.of[units[j].roots[0].node.ID]
					units = slices.Delete(units, j, j+1)
					j = i
				}
			}
		}
	}
}

// akin says that two loops have something in common and would fit one step.
func (f *fusion) akin(a, b *unit) bool {
	touched := map[int]bool{}
	common := a.loop.rows == 1 && a.loop.inner == 0
	for _, id := range slices.Concat(a.reads, a.writes) {
		touched[id] = true
	}
	for _, id := range b.reads {
		common = common || touched[id]
	}
	for _, id := range slices.Concat(b.reads, b.writes) {
		touched[id] = true
	}
	return common && len(touched) <= f.limits.Bindings+1 // one may be read by the other alone
}

// try joins two units if one step can do the work of both.
func (f *fusion) try(a, b *unit) bool {
	if a.loop == nil || b.loop == nil {
		return false
	}
	l, ok := together(*a.loop, *b.loop)
	if !ok || len(a.roots)+len(b.roots) > maxRoots {
		return false
	}
	// What lies between two barriers is computed there, so that it can be forgotten there.
	numbers := a.loop.rows == 1 && b.loop.rows == 1
	if !numbers && f.behind[a.roots[0].node] != f.behind[b.roots[0].node] {
		return false
	}
	if f.between(a, b) {
		return false
	}
	roots := append(slices.Clone(a.roots), b.roots...)
	slices.SortFunc(roots, func(x, y *root) int { return cmp.Compare(x.node.ID, y.node.ID) })
	reductions := 0
	for _, r := range roots {
		if r.reduction != nil {
			reductions++
		}
		if r.reduction == nil && r.own.rows > l.rows && l.rows < fewRows && l.inner > longRow {
			return false
		}
	}
	if reductions > maxReductions {
		return false
	}
	made, ok := f.fuse(l, roots)
	if !ok {
		return false
	}
	u := &unit{roots: roots, loop: &l}
	f.describe(u, made, a, b)
	if f.bindings(u.step) > f.limits.Bindings {
		return false
	}
	f.units = slices.DeleteFunc(f.units, func(x *unit) bool { return x == a || x == b })
	f.units = append(f.units, u)
	f.count(a, -1)
	f.count(b, -1)
	f.count(u, 1)
	for _, r := range roots {
		f.of[r.node.ID] = u
	}
	return true
}

// refresh makes u's step again.
func (f *fusion) refresh(u *unit) {
	made, _ := f.fuse(*u.loop, u.roots)
	before := *u
	f.describe(u, made, &before, &before)
	f.count(&before, -1)
	f.count(u, 1)
}

// together is the loop that serves both, if one does.
func together(a, b loop) (loop, bool) {
	switch {
	case a == b:
		return a, true
	case a.inner == 0 && b.inner > 0:
		return b, true
	case b.inner == 0 && a.inner > 0:
		return a, true
	}
	return loop{}, false
}

// count adds u to the readers of what it reads, or with -1 takes it away.
func (f *fusion) count(u *unit, by int) {
	for _, id := range u.reads {
		f.readers[id] += by
	}
}

// describe fills in what u reads and writes, a and b being what it was before.
func (f *fusion) describe(u *unit, made *fused, a, b *unit) {
	f.count(a, -1)
	if a != b {
		f.count(b, -1)
	}
	u.step = made.step(u.roots, func(n *Node) bool { return f.output[n.ID] || f.readers[n.ID] > 0 })
	f.count(a, 1)
	if a != b {
		f.count(b, 1)
	}
	u.touch()
}

// between says that a third unit reads from one of a and b and is read, perhaps
// through others, by the other: then they cannot be one.
func (f *fusion) between(a, b *unit) bool {
	return f.leads(a, b) || f.leads(b, a)
}

func (f *fusion) leads(from, to *unit) bool {
	seen := map[*unit]bool{from: true, to: true}
	var back func(u *unit, direct bool) bool
	back = func(u *unit, direct bool) bool {
		for _, id := range u.reads {
			maker := f.of[id]
			if maker == nil || maker == u {
				continue
			}
			if maker == from && !direct {
				return true
			}
			if !seen[maker] {
				seen[maker] = true
				if back(maker, false) {
					return true
				}
			}
		}
		return false
	}
	return back(to, true)
}
