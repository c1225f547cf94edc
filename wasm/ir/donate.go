package ir

import "slices"

// donate finds for each output an input in whose place it can be written. Outputs
// with the fewest inputs to choose from choose first: AdamW's moments have one each,
// the parameter then has its own left.
func (p *Plan) donate() {
	choices := map[int][]int{}
	for _, out := range p.Outputs {
		for _, in := range p.Inputs {
			if p.Values[in].Shape.Equal(p.Values[out].Shape) && p.replaces(out, in) {
				choices[out] = append(choices[out], in)
			}
		}
	}
	taken := map[int]bool{}
	for range p.Outputs {
		best := -1
		for _, out := range p.Outputs {
			if p.Values[out].Donor < 0 && len(choices[out]) > 0 && (best < 0 || len(choices[out]) < len(choices[best])) {
				best = out
			}
		}
		if best < 0 {
			return
		}
		donor := choices[best][0]
		p.Values[best].Donor = donor
		taken[donor] = true
		for out := range choices {
			choices[out] = slices.DeleteFunc(choices[out], func(in int) bool { return in == donor })
		}
	}
}

// replaces says that out may lie where in does: what reads in comes before out is
// first written, or writes out and reads the very element that it writes.
func (p *Plan) replaces(out, in int) bool {
	written, read := false, false
	for _, s := range p.Steps {
		reads, writes := s.Values()
		r, w := slices.Contains(reads, in), slices.Contains(writes, out)
		if written && r {
			return false
		}
		read = read || r
		if r && w && !p.sameElement(s, out, in) {
			return false
		}
		written = written || w
	}
	return read && written
}

// sameElement says that s, which writes out and reads in, reads for each element
// that it writes only the one at the same position.
func (p *Plan) sameElement(s Step, out, in int) bool {
	switch s := s.(type) {
	case *Copy:
		return true
	case *Map:
		return onlyOwn(s.Stores, out, in, func(at *Exp) bool { return at.Kind == Index && size(s.Dims) == int(at.Limit) || size(s.Dims) == 1 })
	}
	return false
}

// onlyOwn says that stores load in at the loop's own position alone, and that out is
// stored there.
func onlyOwn(stores []Store, out, in int, own func(at *Exp) bool) bool {
	ok, seen := true, map[*Exp]bool{}
	for _, s := range stores {
		if s.Value == out && s.At != nil {
			return false
		}
		for _, e := range []*Exp{s.At, s.If, s.Exp} {
			visit(e, seen, func(e *Exp) {
				if e.Kind == Load && e.N == in && !own(e.Args[0]) {
					ok = false
				}
			})
		}
	}
	return ok
}
