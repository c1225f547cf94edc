package train

import "github.com/dongyur/dongyur/core/task"

// together gives the indices of the examples that a step takes as one: all the
// languages of a fact, and every other example by itself. Facts need this, since
// their reward counts the languages that one sample answers (reward.Consistency).
func together(examples []task.Example) [][]int {
	var units [][]int
	unit := map[string]int{}
	for i, e := range examples {
		at, known := unit[e.Fact]
		if e.Fact == "" || !known {
			at = len(units)
			units = append(units, nil)
			unit[e.Fact] = at
		}
		units[at] = append(units[at], i)
	}
	return units
}

// largest is the most examples that a unit has.
func largest(units [][]int) int {
	most := 0
	for _, unit := range units {
		most = max(most, len(unit))
	}
	return most
}
