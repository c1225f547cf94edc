package interp

import "github.com/dongyur/dongyur/wasm/ir"

// Recorder is a target that keeps the plan that was compiled for it last.
type Recorder struct {
	ir.Target
	Plan *ir.Plan
}

// Compile implements ir.Target.
func (r *Recorder) Compile(plan *ir.Plan) (ir.Program, error) {
	r.Plan = plan
	return r.Target.Compile(plan)
}
