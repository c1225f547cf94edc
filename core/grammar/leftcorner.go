package grammar

import (
	"fmt"
	"slices"
)

// A category that begins with itself would send the parser round in circles: it would
// find nothing of it at a place where it is looking for it already.

// checkLeftCorners refuses categories that can begin with themselves.
func (s *syntax) checkLeftCorners() error {
	begins := make([][]int, len(s.roots))
	for category, root := range s.roots {
		if root == nil {
			continue
		}
		for _, edges := range root.slots {
			begins[category] = append(begins[category], edges.category)
		}
	}
	for category := range begins {
		seen := map[int]bool{}
		open := slices.Clone(begins[category])
		for len(open) > 0 {
			next := open[0]
			open = open[1:]
			if next == category {
				return fmt.Errorf("%s: the category %s begins with itself, perhaps through others; give the inner phrase a category of its own", s.language.Tag, s.categoryName(category))
			}
			if !seen[next] && next < len(begins) {
				seen[next] = true
				open = append(open, begins[next]...)
			}
		}
	}
	return nil
}

func (s *syntax) categoryName(n int) string {
	for name, i := range s.categories {
		if i == n {
			return name
		}
	}
	return ""
}
