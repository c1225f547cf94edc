package ir

import (
	"cmp"
	"slices"
)

// lifetime is when a value's bytes matter: from the step that first touches them to
// the last, counting the steps inside While and If too.
type lifetime struct{ first, last int }

// lifetimes gives that of each value that is touched; bytes of aliases are those of
// what they alias.
func (p *Plan) lifetimes() map[int]lifetime {
	found := map[int]lifetime{}
	touch := func(value, at int) {
		value = p.Root(value)
		l, ok := found[value]
		if !ok {
			l = lifetime{at, at}
		}
		found[value] = lifetime{min(l.first, at), max(l.last, at)}
	}
	now := 0
	var walk func(steps []Step)
	walk = func(steps []Step) {
		for _, s := range steps {
			now++
			start := now
			var inner [][]Step
			switch s := s.(type) {
			case *While:
				inner = [][]Step{s.Before, s.Body}
			case *If:
				inner = [][]Step{s.Then, s.Else}
			default:
				reads, writes := s.Values()
				for _, v := range append(reads, writes...) {
					touch(v, now)
				}
				continue
			}
			for _, list := range inner {
				walk(list)
			}
			now++
			p.span(s, start, now, found, touch)
		}
	}
	walk(p.Steps)
	return found
}

// span keeps alive through all of a While or If what comes in or goes out of it: what
// was touched before, its state, and the results of an If.
func (p *Plan) span(s Step, start, end int, found map[int]lifetime, touch func(value, at int)) {
	reads, writes := s.Values()
	made := map[int]bool{}
	for _, w := range writes {
		made[p.Root(w)] = true
	}
	wide := []int{}
	for _, r := range reads {
		if l := found[p.Root(r)]; l.first < start || !made[p.Root(r)] {
			wide = append(wide, r)
		}
	}
	switch s := s.(type) {
	case *While:
		wide = append(append(wide, s.State...), s.Condition)
	case *If:
		wide = append(wide, s.Predicate)
		var then, otherwise touched
		then.steps(s.Then)
		otherwise.steps(s.Else)
		for _, w := range then.writes {
			if slices.Contains(otherwise.writes, w) {
				wide = append(wide, w)
			}
		}
	}
	for _, v := range wide {
		touch(v, start)
		touch(v, end)
	}
}

// Root is the value in whose place v lies.
func (p *Plan) Root(v int) int {
	for p.Values[v].Alias >= 0 {
		v = p.Values[v].Alias
	}
	return v
}

// block is a temporary with its place.
type block struct {
	value        int
	size, offset int64
	lifetime
}

// layOut gives temporaries their offsets: the largest first, each at the lowest place
// that no other takes while it lives.
func (p *Plan) layOut() {
	var blocks []*block
	lives := p.lifetimes()
	for v, l := range lives {
		if p.Values[v].Place == Temporary && p.Values[v].Alias < 0 {
			blocks = append(blocks, &block{value: v, size: aligned(p.Values[v].Shape.ByteSize()), lifetime: l})
		}
	}
	slices.SortFunc(blocks, func(a, b *block) int {
		return cmp.Or(cmp.Compare(b.size, a.size), cmp.Compare(a.first, b.first), cmp.Compare(a.value, b.value))
	})
	var placed []*block // by offset
	for _, b := range blocks {
		for _, other := range placed {
			if b.last < other.first || other.last < b.first {
				continue
			}
			if b.offset+b.size <= other.offset {
				break
			}
			b.offset = max(b.offset, other.offset+other.size)
		}
		at, _ := slices.BinarySearchFunc(placed, b, func(x, y *block) int { return cmp.Compare(x.offset, y.offset) })
		placed = slices.Insert(placed, at, b)
		p.Values[b.value].Offset = b.offset
		p.Arena = max(p.Arena, b.offset+b.size)
	}
}

func aligned(size int64) int64 {
	return (max(size, 1) + Alignment - 1) / Alignment * Alignment
}

// Bound is the least that an arena could be: the most bytes of temporaries that are
// alive at once, each rounded up to Alignment.
func (p *Plan) Bound() int64 {
	change := map[int]int64{}
	for v, l := range p.lifetimes() {
		if p.Values[v].Place == Temporary {
			size := aligned(p.Values[v].Shape.ByteSize())
			change[l.first] += size
			change[l.last+1] -= size
		}
	}
	times := make([]int, 0, len(change))
	for t := range change {
		times = append(times, t)
	}
	slices.Sort(times)
	now, most := int64(0), int64(0)
	for _, t := range times {
		now += change[t]
		most = max(most, now)
	}
	return most
}
