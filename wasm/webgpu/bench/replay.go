package main

import (
	"fmt"
	"time"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
)

// Products in a row that cannot be joined: each is a dispatch of next to no work.
const (
	shortReplay, longReplay = 1, 513
	replaySide              = 4
)

// replay measures what it takes to queue one more dispatch: the difference between
// queuing many and one, nothing being waited for.
func (s *session) replay() (*line, error) {
	out := &line{Workload: "replay"}
	var times [2]float64
	var dispatches [2]int
	for i, count := range []int{shortReplay, longReplay} {
		var err error
		if times[i], err = s.queued(count, out); err != nil {
			return nil, err
		}
		dispatches[i] = max(out.Dispatches, out.Steps)
	}
	more := dispatches[1] - dispatches[0]
	if more < longReplay/2 {
		return nil, fmt.Errorf("%d and %d products became %d and %d dispatches", shortReplay, longReplay, dispatches[0], dispatches[1])
	}
	out.StepMS = times[1]
	out.ReplayUS = (times[1] - times[0]) / float64(more) * 1000
	return out, nil
}

// queued gives the least milliseconds that it takes to queue count products.
func (s *session) queued(count int, out *line) (least float64, err error) {
	exec, err := s.exec(fmt.Sprint("replay of ", count), func(in []*Node) []*Node {
		x := in[0]
		for range count {
			x = Dot(x, in[1]).Product()
		}
		return []*Node{corner(x)}
	})
	if err != nil {
		return 0, err
	}
	defer exec.Finalize()
	x, w := floats(7, replaySide, replaySide), floats(3, replaySide, replaySide)
	defer finalize(x, w)
	results, g, err := exec.CallWithGraph(x, w)
	if err != nil {
		return 0, err
	}
	tensors.MustCopyFlatData[float32](results[0])
	finalize(results...)
	out.plan(g)
	start := time.Now()
	for rounds := 0; rounds < 3 || rounds < 200 && milliseconds(start) < s.seconds*1000; rounds++ {
		begun := time.Now()
		results, err := exec.Call(x, w)
		if err != nil {
			return 0, err
		}
		if spent := milliseconds(begun); rounds == 0 || spent < least {
			least = spent
		}
		tensors.MustCopyFlatData[float32](results[0]) // the next round finds an empty queue
		finalize(results...)
	}
	return least, nil
}
