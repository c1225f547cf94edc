package webgpu

import (
	"fmt"

	"github.com/dongyur/dongyur/wasm/ir"
)

// hasAttention says that there are kernels of attention.
const hasAttention = false

func (c *coder) attention(*ir.Attention) ([]kernel, error) {
	return nil, fmt.Errorf("webgpu: step %d: no kernel of attention", c.step)
}

func (c *coder) attentionVJP(*ir.AttentionVJP) ([]kernel, error) {
	return nil, fmt.Errorf("webgpu: step %d: no kernel of attention's gradient", c.step)
}
