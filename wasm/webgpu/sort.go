package webgpu

import "github.com/dongyur/dongyur/wasm/ir"

func (c *coder) scatter(r *ir.Scatter) ([]kernel, error) { return nil, nil }
func (c *coder) sort(r *ir.Sort) ([]kernel, error)       { return nil, nil }
