package train

import (
	"fmt"

	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"
	vars "github.com/gomlx/gomlx/ml/model"

	"github.com/dongyur/dongyur/core/model"
)

// ReferenceConfig says how the reference follows the policy (Gorbatovski et al.,
// Learn Your Reference Model for Real Good Alignment, arXiv 2404.09656). The zero
// value leaves it where it is: the base model.
type ReferenceConfig struct {
	Start bool    // the reference is the policy as the run finds it, not the base model
	Every int     // steps; 0: never
	Share float64 // of the way that it goes, 1: all; small and every step: a moving average
}

// check tells what is wrong with a configuration.
func (c ReferenceConfig) check() error {
	if c.Every < 0 {
		return fmt.Errorf("reference_every %d: it counts steps, 0 leaves the reference where it is", c.Every)
	}
	if c.Every > 0 && !(c.Share > 0 && c.Share <= 1) {
		return fmt.Errorf("reference_share %g: the reference goes this share of the way to the policy, above 0 and at most 1", c.Share)
	}
	return nil
}

// follower moves a reference after its policy.
type follower struct {
	config ReferenceConfig
	move   *vars.Exec
}

// newFollower copies the policy as it is, unless the base model is the reference;
// it is nil where the reference stays.
func newFollower(policy *model.Policy, config ReferenceConfig) (*follower, error) {
	if !config.Start && config.Every == 0 {
		return nil, nil
	}
	if err := policy.FollowPolicy(); err != nil {
		return nil, err
	}
	if config.Every == 0 {
		return nil, nil
	}
	f := &follower{config: config}
	var err error
	f.move, err = vars.NewExec(policy.Engine, policy.Vars, func(_ *vars.Scope, share *Node) *Node {
		g := share.Graph()
		for _, v := range policy.Trainable() {
			copied := policy.Vars.GetVariable(model.Follower(v))
			reference := copied.NodeValue(g)
			copied.SetNodeValue(Add(reference, Mul(share, Sub(v.NodeValue(g), reference))))
		}
		return Scalar(g, dtypes.Float32, 0)
	})
	if err != nil {
		return nil, fmt.Errorf("prepare the reference: %w", err)
	}
	return f, nil
}

// after moves the reference if it is due after this step.
func (f *follower) after(step int) error {
	if f == nil || step%f.config.Every != 0 {
		return nil
	}
	outputs, err := f.move.Exec(float32(f.config.Share))
	if err != nil {
		return fmt.Errorf("step %d: move the reference: %w", step, err)
	}
	outputs[0].FinalizeAll()
	return nil
}

func (f *follower) finalize() {
	if f != nil {
		f.move.Finalize()
	}
}
