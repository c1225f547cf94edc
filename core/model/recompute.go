package model

import (
	"fmt"
	"strings"

	. "github.com/gomlx/gomlx/core/graph"
)

// HiddenRecomputed is Hidden for training in little memory: of each layer only the
// input is kept, and the backward pass computes the rest again when it gets there
// (Chen et al., Training Deep Nets with Sublinear Memory Cost, arXiv 1604.06174).
// It costs one more forward pass; the numbers are the same.
func (c *Config) HiddenRecomputed(p Params, tokens, pad *Node) *Node {
	last := fmt.Sprintf("model.layers.%d", c.Layers-1)
	return c.HiddenTapped(p, tokens, pad, func(name string, x *Node) *Node {
		_, layer, _ := strings.Cut(name, "model.layers.")
		switch {
		case name == last:
			return x.StopCheckpoint()
		case name == "model.embed_tokens" || layer != "" && !strings.Contains(layer, "."):
			return x.Checkpoint()
		}
		return x
	})
}
