package dom

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// parse reads "name#id.class name …".
func parse(s string) (list []identity) {
	for _, field := range strings.Fields(s) {
		var e identity
		field, e.class, _ = strings.Cut(field, ".")
		e.name, e.id, _ = strings.Cut(field, "#")
		list = append(list, e)
	}
	return list
}

func TestAlign(t *testing.T) {
	for _, c := range []struct {
		name, old, want string
		pairs           []int
	}{
		{"the same", "p ol", "p ol", []int{0, 1}},
		{"something appears before", "div.head ol", "div.head section.keymap ol", []int{0, -1, 1}},
		{"and goes", "div.head section.keymap ol", "div.head ol", []int{0, 2}},
		{"before one of its own kind", "div.a div.b", "div.n div.a div.b", []int{-1, 0, 1}},
		{"by id, though its class changed", "p.note input#x.small", "input#y input#x", []int{-1, 1}},
		{"another id is another field", "input#x", "input#y", []int{-1}},
		{"two kinds change places", "p ol", "ol p", []int{1, -1}},
		{"a class alone makes no new element", "div.notice p", "div.notice.error p", []int{0, 1}},
		{"all are new", "", "p p", []int{-1, -1}},
		{"all go", "p p", "", []int{}},
	} {
		if got := align(parse(c.old), parse(c.want)); !slices.Equal(got, c.pairs) {
			t.Errorf("%s: %q to %q: %v, want %v", c.name, c.old, c.want, got, c.pairs)
		}
	}
}

// Whatever the lists are: the pairs ascend, name no element twice and join like with like.
func TestAlignRandom(t *testing.T) {
	kinds := parse("div div.a div.b p p#x p#y input#i input#j span")
	random := rand.New(rand.NewPCG(1, 2))
	draw := func(n int) (list []identity) {
		for range n {
			list = append(list, kinds[random.IntN(len(kinds))])
		}
		return list
	}
	for range 2000 {
		longest := 12
		if random.IntN(50) == 0 {
			longest = 300 // over alignLimit
		}
		old, want := draw(random.IntN(longest)), draw(random.IntN(longest))
		last := -1
		pairs := align(old, want)
		if len(pairs) != len(want) {
			t.Fatalf("%d pairs for %d", len(pairs), len(want))
		}
		for i, pair := range pairs {
			if pair < 0 {
				continue
			}
			if pair <= last || pair >= len(old) || worth(old[pair], want[i]) == 0 {
				t.Fatalf("%v to %v: %v", old, want, pairs)
			}
			last = pair
		}
	}
}
