package protocol

import "github.com/dongyur/dongyur/core/task"

// Follow has a run answer the same few prompts again and again, without randomness:
// before its first step, after every so many steps, and after the last one.
type Follow struct {
	Examples []task.Example `json:"examples"`
	Every    int            `json:"every"` // steps; 0: 1
}

// Followed are the answers after a step, in the order of Follow's examples.
type Followed struct {
	Step    int      `json:"step"`
	Answers []string `json:"answers"`
}
