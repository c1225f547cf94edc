package main

import (
	"fmt"
	"time"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
)

// Lengths of a decoding.
const (
	promptTokens = 16
	newTokens    = 32
	hashedSteps  = 16
)

// decoder is a model whose weights are on the device, with its two graphs.
type decoder struct {
	*session
	gpt
	rows          int
	prefill, next *graph.Exec
	weights       []*tensors.Tensor
	caches        []*tensors.Tensor
	position      int32
	planned       *graph.Graph // of a step
}

// decode reads prompts and makes tokens greedily, reading each back.
func (s *session) decode(c gpt, rows int) (*line, error) {
	out := &line{Workload: fmt.Sprintf("decode-%s-b%d", c.name, rows), NewTokens: newTokens}
	d, err := s.newDecoder(c, rows)
	if err != nil {
		return nil, err
	}
	defer d.finalize()
	start := time.Now()
	if _, _, _, err = d.pass(3); err != nil {
		return nil, err
	}
	out.WarmupMS = milliseconds(start)
	prefill, steps, ids, err := d.pass(newTokens)
	if err != nil {
		return nil, err
	}
	out.plan(d.planned)
	out.PrefillMS, out.StepMS = prefill, median(steps)
	out.TokensPerS = float64(rows) / out.StepMS * 1000
	out.IDsHash = fmt.Sprintf("%x", hash(ids[:hashedSteps*rows]))
	return out, nil
}

func (s *session) newDecoder(c gpt, rows int) (*decoder, error) {
	d := &decoder{session: s, gpt: c, rows: rows}
	length := promptTokens + newTokens
	var err error
	if d.prefill, err = s.exec("prefill", func(in []*graph.Node) []*graph.Node { return c.prefill(length, in) }); err != nil {
		return nil, err
	}
	if d.next, err = s.exec("next", func(in []*graph.Node) []*graph.Node { return c.next(length, in) }); err != nil {
		return nil, err
	}
	weights := c.weights()
	for i, p := range c.parameters() {
		t, err := s.upload(tensors.FromFlatDataAndDimensions(weights[i], p.dims...))
		if err != nil {
			return nil, fmt.Errorf("parameter %s: %w", p.name, err)
		}
		d.weights = append(d.weights, t)
	}
	return d, nil
}

// pass decodes from the prompts on: milliseconds of the prefill and of each step, and
// all rows' ids of each step.
func (d *decoder) pass(count int) (prefill float64, steps []float64, ids []int32, err error) {
	finalize(d.caches...)
	d.caches = nil
	prompts := tensors.FromFlatDataAndDimensions(d.prompts(d.rows, promptTokens), d.rows, promptTokens)
	start := time.Now()
	results, err := d.prefill.Call(append([]any{prompts}, anys(d.weights)...)...)
	if err != nil {
		return 0, nil, nil, fmt.Errorf("prefill: %w", err)
	}
	tokens := d.accept(results)
	prefill, d.position = milliseconds(start), promptTokens
	ids = append(ids, tokens...)
	for range count - 1 {
		start := time.Now()
		caches, err := d.give(d.caches)
		if err != nil {
			return 0, nil, nil, err
		}
		args := append(append([]any{tokens, d.position}, caches...), anys(d.weights)...)
		results, g, err := d.next.CallWithGraph(args...)
		if err != nil {
			return 0, nil, nil, fmt.Errorf("token %d: %w", d.position, err)
		}
		d.planned = g
		tokens = d.accept(results)
		d.position++
		steps = append(steps, milliseconds(start))
		ids = append(ids, tokens...)
	}
	return prefill, steps, ids, nil
}

// accept keeps the caches and reads the tokens.
func (d *decoder) accept(results []*tensors.Tensor) []int32 {
	d.caches = results[1:]
	tokens := tensors.MustCopyFlatData[int32](results[0])
	finalize(results[0])
	return tokens
}

func (d *decoder) finalize() {
	finalize(d.weights...)
	finalize(d.caches...)
	d.prefill.Finalize()
	d.next.Finalize()
}
