package main

import (
	"fmt"
	"math"
	"time"

	"github.com/gomlx/gomlx/core/tensors"
)

// train makes updates of one model, reading the loss back after each.
func (s *session) train(c gpt) (*line, error) {
	out := &line{Workload: "train-" + c.name, Config: fmt.Sprintf("L%d d%d H%d V%d B%dxT%d", c.layers, c.dim, c.heads, c.vocabulary, c.batch, c.time)}
	start := time.Now()
	exec, err := s.exec(out.Workload, c.step)
	if err != nil {
		return nil, err
	}
	defer exec.Finalize()
	state, err := s.trainState(c)
	if err != nil {
		return nil, err
	}
	next := c.batches()
	var times, losses []float64
	for t := 1; t <= s.updates[c.name]+1; t++ {
		x, y := next()
		if t > 1 {
			start = time.Now()
		}
		given, err := s.give(state)
		if err != nil {
			return nil, err
		}
		scale1, scale2 := float32(learningRate/(1-math.Pow(beta1, float64(t)))), float32(1/(1-math.Pow(beta2, float64(t))))
		results, g, err := exec.CallWithGraph(append([]any{x, y, scale1, scale2}, given...)...)
		if err != nil {
			return nil, fmt.Errorf("update %d: %w", t, err)
		}
		losses = append(losses, float64(tensors.ToScalar[float32](results[0])))
		finalize(results[0])
		state = results[1:]
		times = append(times, milliseconds(start))
		if t == 1 {
			out.plan(g)
		}
		if loss := losses[t-1]; math.IsNaN(loss) || math.IsInf(loss, 0) {
			return nil, fmt.Errorf("update %d: the loss is %g", t, loss)
		}
	}
	finalize(state...)
	last := len(losses) - 1
	out.WarmupMS, out.StepMS, out.Updates = times[0], median(times[1:]), last
	out.LeastMS = out.StepMS
	for _, t := range times[1:] {
		out.LeastMS = min(out.LeastMS, t)
	}
	out.Loss0, out.LossLast = &losses[0], &losses[last]
	if last >= 10 {
		out.Loss10 = &losses[10]
	}
	out.TokensPerS = float64(c.batch*c.time) / out.StepMS * 1000
	out.GFLOPS = c.flops() / out.StepMS / 1e6
	return out, nil
}

// trainState is the weights and AdamW's two moments, on the device.
func (s *session) trainState(c gpt) ([]*tensors.Tensor, error) {
	weights, parameters := c.weights(), c.parameters()
	var state []*tensors.Tensor
	for part := range 3 {
		for i, p := range parameters {
			numbers := weights[i]
			if part > 0 {
				numbers = make([]float32, len(numbers))
			}
			t, err := s.upload(tensors.FromFlatDataAndDimensions(numbers, p.dims...))
			if err != nil {
				return nil, fmt.Errorf("parameter %s: %w", p.name, err)
			}
			state = append(state, t)
		}
	}
	return state, nil
}
