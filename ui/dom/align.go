// Package dom brings Vugu's virtual nodes into a document.
//
// In go the build results of a root component; out come the few DOM calls that
// turn what stands in the document into it. It takes the place of Vugu's own
// domrender for three reasons: that one evaluates a script from a string, which a
// strict Content-Security-Policy forbids; it sets every attribute again at every
// render; and it copies all properties of an event's target into JSON, which
// forces a layout on each key press.
//
// A child stays itself where something appears before it, see align. The properties value, checked and open
// follow their attributes, so that a form shows what the state says; an element in
// which the user is typing is written only when the state differs from it. An element
// whose data-focus has changed gets the focus.
package dom

// identity is what tells an element from its siblings from one render to the next.
type identity struct {
	name      string // element name; "" for text
	id, class string
}

// The most pairs that align compares; longer changes are paired by their order.
const alignLimit = 1 << 14

// align pairs what a render wants with what stands there, in order: it returns, for each
// wanted child, the index of the one that becomes it, or -1 for a new one. An element
// that stays itself is thereby never rebuilt because something appeared before it, and
// keeps its focus, caret, scroll position and half-composed input.
func align(old, want []identity) []int {
	pairs := make([]int, len(want))
	head := 0
	for head < len(old) && head < len(want) && old[head] == want[head] {
		pairs[head] = head
		head++
	}
	tail := 0
	for tail < len(old)-head && tail < len(want)-head && old[len(old)-1-tail] == want[len(want)-1-tail] {
		tail++
		pairs[len(want)-tail] = len(old) - tail
	}
	alignMiddle(pairs[head:len(want)-tail], old[head:len(old)-tail], want[head:len(want)-tail], head)
	return pairs
}

// alignMiddle finds the pairing in order of the greatest worth, by dynamic programming.
func alignMiddle(pairs []int, old, want []identity, first int) {
	rows, columns := len(old)+1, len(want)+1
	if rows*columns > alignLimit {
		for i := range want {
			pairs[i] = -1
			if i < len(old) && worth(old[i], want[i]) > 0 {
				pairs[i] = first + i
			}
		}
		return
	}
	best := make([]int, rows*columns) // of old[i:] and want[j:]
	for i := len(old) - 1; i >= 0; i-- {
		for j := len(want) - 1; j >= 0; j-- {
			b := max(best[(i+1)*columns+j], best[i*columns+j+1])
			if w := worth(old[i], want[j]); w > 0 {
				b = max(b, w+best[(i+1)*columns+j+1])
			}
			best[i*columns+j] = b
		}
	}
	i := 0
	for j := range want {
		pairs[j] = -1
		for ; i < len(old) && best[i*columns+j] == best[(i+1)*columns+j]; i++ { // old[i] goes at no loss
		}
		if i < len(old) && best[i*columns+j] != best[i*columns+j+1] {
			pairs[j] = first + i
			i++
		}
	}
}

// worth is how well one element can become another: 0 is not at all.
func worth(old, want identity) int {
	switch {
	case old == want:
		return 4
	case old.name != want.name || old.id != "" && want.id != "" && old.id != want.id:
		return 0
	case old.id != "" && old.id == want.id:
		return 3
	}
	return 1
}
