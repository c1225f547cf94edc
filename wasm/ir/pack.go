package ir

import (
	"slices"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
)

// Single numbers that a step computes for others to read, as learning rates and
// corrections of AdamW, go into one value side by side: a step that needs three of
// them then binds one buffer and not three, and an update of a parameter fits one
// step.

// pack does so for every loop that computes single numbers.
func (f *fusion) pack() {
	inMemory := map[int]bool{} // what others than loops read
	for _, u := range f.units {
		if u.loop == nil {
			for _, id := range u.reads {
				inMemory[id] = true
			}
		}
	}
	moved := map[int]*Exp{} // loads by the ID that they replace
	for _, u := range slices.Clone(f.units) {
		if u.loop != nil && *u.loop == (loop{rows: 1}) {
			f.packUnit(u, inMemory, moved)
		}
	}
	if len(moved) == 0 {
		return
	}
	done := map[*Exp]*Exp{}
	replace := func(e *Exp) *Exp {
		return f.rewrite(e, done, func(was, now *Exp) *Exp {
			if to := moved[was.N]; was.Kind == Load && to != nil {
				return to
			}
			return now
		})
	}
	for _, u := range f.units {
		if u.loop == nil || !slices.ContainsFunc(u.reads, func(id int) bool { return moved[id] != nil }) {
			continue
		}
		for _, r := range u.roots {
			r.exp, r.at = replace(r.exp), replace(r.at)
		}
		f.refresh(u)
	}
}

// packUnit gives numbers of one type that u stores, and nobody but loops read, one
// value. u is done with then: its step stays as it is.
func (f *fusion) packUnit(u *unit, inMemory map[int]bool, moved map[int]*Exp) {
	step := u.step.(*Map)
	byType := map[dtypes.DType]int{}
	free := func(s Store) bool { return s.At == nil && s.If == nil && !f.output[s.Value] && !inMemory[s.Value] }
	for _, s := range step.Stores {
		if free(s) {
			byType[s.Exp.DType]++
		}
	}
	values, used := map[dtypes.DType]int{}, map[dtypes.DType]int{}
	to := &Map{Dims: step.Dims}
	for _, s := range step.Stores {
		if dtype := s.Exp.DType; free(s) && byType[dtype] > 1 {
			if used[dtype] == 0 {
				values[dtype] = f.value(shapes.Make(dtype, byType[dtype]))
			}
			at := f.Int(used[dtype])
			moved[s.Value] = f.Load(values[dtype], dtype, at)
			used[dtype]++
			s.Value, s.At = values[dtype], at
		}
		to.Stores = append(to.Stores, s)
	}
	if len(values) == 0 {
		return
	}
	u.step, u.loop = to, nil
	f.count(u, -1)
	u.touch()
	f.count(u, 1)
	for _, id := range u.writes {
		f.of[id] = u
	}
}
