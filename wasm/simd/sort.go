package simd

import (
	"github.com/gomlx/compute/dtypes"

	"github.com/dongyur/dongyur/wasm/ir"
)

// sortScratch is how many bytes of scratch memory a Sort needs: its keys, and two
// lists of positions.
func sortScratch(step *ir.Sort) int { return step.Length * (8*len(step.Keys) + 2*4) }

// sortStep writes a Sort: a merge sort of positions, from the bottom up, which is
// stable.
func (c *coder) sortStep(values []int, step *ir.Sort) *function {
	n := c.step(values)
	s := &sorter{nest: n, step: step, outer: len(step.Outer)}
	n.variables(s.outer + 1)
	n.reduced = s.outer + 1
	f := n.f
	for _, l := range []*local{&s.from, &s.to, &s.left, &s.right, &s.at, &s.middle, &s.end, &s.width, &s.start} {
		*l = f.local(i32)
	}
	for range 2 {
		for _, key := range step.Keys {
			s.pair = append(s.pair, f.local(machineType(key.DType)))
		}
	}
	n.divide(step.Outer)
	n.whole(func() {
		n.loops(step.Outer, 0, step.Keys, func(bool) {
			s.fill()
			s.merge()
			s.write()
		})
	})
	return n.f
}

type sorter struct {
	*nest
	step               *ir.Sort
	outer              int
	pair               []local // keys of the left element, then of the right one
	from, to           local   // addresses of the lists of positions
	left, right, at    local   // places in from and in to
	start, middle, end local
	width              local
}

// key pushes the address of key number i's element, whose position is on the stack.
func (s *sorter) key(i int) {
	f := s.f
	f.i32(3)
	f.op(opI32Shl)
	f.get(scratchParam)
	f.op(opI32Add)
	f.i32(int32(8 * s.step.Length * i))
	f.op(opI32Add)
}

// fill computes the keys of a row and lists its positions.
func (s *sorter) fill() {
	f, place := s.f, s.vars[s.outer]
	lists := int32(8 * s.step.Length * len(s.step.Keys))
	f.get(scratchParam)
	f.i32(lists)
	f.op(opI32Add)
	f.set(s.from)
	f.get(s.from)
	f.i32(int32(4 * s.step.Length))
	f.op(opI32Add)
	f.set(s.to)
	s.loops([]int{s.step.Length}, s.outer, s.step.Keys, func(bool) {
		s.share(s.step.Keys...)
		for i, key := range s.step.Keys {
			f.get(place)
			s.key(i)
			s.push(key, false)
			s.keepKey(key.DType)
		}
		s.entry(s.from, place)
		f.get(place)
		f.memory(opI32Store, 0)
	})
}

// keepKey and its reverse move a number as it is computed with, 8 bytes a place.
func (s *sorter) keepKey(dtype dtypes.DType) {
	s.f.memory(map[valType]byte{i32: opI32Store, i64: opI64Store, f32: opF32Store}[machineType(dtype)], 0)
}

func (s *sorter) loadKey(dtype dtypes.DType) {
	s.f.memory(map[valType]byte{i32: opI32Load, i64: opI64Load, f32: opF32Load}[machineType(dtype)], 0)
}

// entry pushes the address of a place in a list.
func (s *sorter) entry(list, place local) {
	s.f.get(list)
	s.f.get(place)
	s.f.i32(2)
	s.f.op(opI32Shl, opI32Add)
}

// merge merges runs of width 1, 2, 4, … from one list to the other.
func (s *sorter) merge() {
	f, length := s.f, int32(s.step.Length)
	f.i32(1)
	f.set(s.width)
	f.block(func() {
		f.op(0x03, 0x40)
		f.get(s.width)
		f.i32(length)
		f.op(opI32GeS)
		f.branchIf(1)
		f.i32(0)
		f.set(s.start)
		f.block(func() {
			f.op(0x03, 0x40)
			f.get(s.start)
			f.i32(length)
			f.op(opI32GeS)
			f.branchIf(1)
			s.limit(s.middle, s.start)
			s.limit(s.end, s.middle)
			s.mergeRuns()
			f.get(s.end)
			f.set(s.start)
			f.branch(0)
			f.op(0x0B)
		})
		f.get(s.from)
		f.get(s.to)
		f.set(s.from)
		f.set(s.to)
		f.get(s.width)
		f.i32(1)
		f.op(opI32Shl)
		f.set(s.width)
		f.branch(0)
		f.op(0x0B)
	})
}

// limit sets a place width after another, within the row.
func (s *sorter) limit(to, after local) {
	f := s.f
	f.get(after)
	f.get(s.width)
	f.op(opI32Add)
	f.tee(to)
	f.i32(int32(s.step.Length))
	f.get(to)
	f.i32(int32(s.step.Length))
	f.op(opI32LtS, opSelect)
	f.set(to)
}

// mergeRuns merges start…middle and middle…end.
func (s *sorter) mergeRuns() {
	f := s.f
	take := func(side local) {
		s.entry(s.to, s.at)
		s.entry(s.from, side)
		f.memory(opI32Load, 0)
		f.memory(opI32Store, 0)
		f.get(side)
		f.i32(1)
		f.op(opI32Add)
		f.set(side)
	}
	f.get(s.start)
	f.set(s.left)
	f.get(s.middle)
	f.set(s.right)
	f.loop(s.at, func() { f.get(s.start) }, func() { f.get(s.end) }, 1, func() {
		f.get(s.left)
		f.get(s.middle)
		f.op(opI32GeS)
		f.when(func() { take(s.right) }, func() {
			f.get(s.right)
			f.get(s.end)
			f.op(opI32GeS)
			f.when(func() { take(s.left) }, func() {
				s.less() // is the right one before the left one? Equals keep their order.
				f.when(func() { take(s.right) }, func() { take(s.left) })
			})
		})
	})
}

// less pushes whether the element at right comes before the one at left.
func (s *sorter) less() {
	f := s.f
	for side, place := range []local{s.right, s.left} {
		for i, key := range s.step.Keys {
			s.entry(s.from, place)
			f.memory(opI32Load, 0)
			s.key(i)
			s.loadKey(key.DType)
			f.set(s.pair[side*len(s.step.Keys)+i])
		}
	}
	results, reduced := s.results, s.reduced
	s.results = s.pair
	s.scoped(func() { s.share(s.step.Less); s.push(s.step.Less, false) })
	s.results, s.reduced = results, reduced
}

// write stores the first of the keys in their new order.
func (s *sorter) write() {
	f, place := s.f, s.vars[s.outer]
	at := position(append(append([]int{}, s.step.Outer...), s.step.Take), 0)
	s.loops([]int{s.step.Take}, s.outer, []*ir.Exp{at}, func(bool) {
		for i, key := range s.step.Keys {
			if s.step.Stores[i] < 0 {
				continue
			}
			f.get(s.address[s.step.Stores[i]])
			s.push(at, false)
			s.scale(size(key.DType))
			f.op(opI32Add)
			s.entry(s.from, place)
			f.memory(opI32Load, 0)
			s.key(i)
			s.loadKey(key.DType)
			s.storeScalar(key.DType, 0)
		}
	})
}
