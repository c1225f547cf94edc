package model

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	vars "github.com/gomlx/gomlx/ml/model"
)

// Scopes of a policy's variables; a variable's path is the scope and the
// tensor's Hugging Face name.
const (
	baseScope      = "/base/"
	loraScope      = "/lora/"
	referenceScope = "/reference/"
)

// FollowerScope holds the reference that follows the policy, as FollowPolicy
// made it.
const FollowerScope = "/follower/"

// Policy is a model on an engine: weights as variables, and perhaps one adapter.
// With an adapter attached only its weights are trainable, and the base weights
// serve as the frozen reference.
type Policy struct {
	Config *Config
	Vars   *vars.Store
	Engine compute.Backend

	adapter   *AdapterConfig
	reference bool // KeepReference was called
	follower  bool // FollowPolicy was
}

// NewPolicy puts a checkpoint's weights on an engine. It takes the tensors over.
func NewPolicy(engine compute.Backend, c *Checkpoint) (*Policy, error) {
	p := &Policy{Config: c.Config, Vars: vars.NewStore(), Engine: engine}
	for _, name := range sortedKeys(c.Weights) {
		if _, err := p.Vars.CreateVariable(baseScope+name, c.Weights[name]); err != nil {
			return nil, fmt.Errorf("put tensor %q on the engine: %w", name, err)
		}
	}
	return p, nil
}

// Attach adds an adapter and freezes the base weights; an adapter that was
// attached before is dropped. It takes the adapter's tensors over.
func (p *Policy) Attach(a *Adapter) error {
	if err := errors.Join(a.CheckBase(p.Config), p.sameHead(a)); err != nil {
		return err
	}
	p.Detach()
	for _, name := range sortedKeys(a.Weights) {
		if _, err := p.Vars.CreateVariable(loraScope+name, a.Weights[name]); err != nil {
			return fmt.Errorf("attach adapter: tensor %q: %w", name, err)
		}
	}
	config := a.Config
	p.adapter = &config
	p.setBaseTrainable(false)
	return nil
}

// sameHead compares the head that came with an adapter with the base's; the two may
// differ by the rounding to half precision.
func (p *Policy) sameHead(a *Adapter) error {
	if a.head == nil {
		return nil
	}
	name := "lm_head.weight"
	if p.Config.TieEmbeddings {
		name = "model.embed_tokens.weight"
	}
	value, err := p.Vars.GetVariable(baseScope + name).Value()
	if err != nil {
		return fmt.Errorf("read tensor %q: %w", name, err)
	}
	have, err := value.LocalClone()
	if err != nil {
		return fmt.Errorf("read tensor %q: %w", name, err)
	}
	if !slices.Equal(have.Shape().Dimensions, a.head.Shape().Dimensions) {
		return fmt.Errorf("the adapter was trained on a head %v, the base has %v", a.head.Shape().Dimensions, have.Shape().Dimensions)
	}
	base, theirs := tensors.MustCopyFlatData[float32](have), tensors.MustCopyFlatData[float32](a.head)
	var top, off float64
	for i, x := range theirs {
		top, off = max(top, math.Abs(float64(x))), max(off, math.Abs(float64(x-base[i])))
	}
	if !(off <= top/128) {
		return fmt.Errorf("the adapter brings a %s that is not the base's: it was trained on another model; merge it into that one with PEFT and load the result", baseHead)
	}
	return nil
}

// Detach drops the adapter and the reference that followed it, where there are
// any, and makes the base weights trainable again.
func (p *Policy) Detach() {
	for _, v := range slices.Collect(p.Vars.IterVariables()) {
		if strings.HasPrefix(v.Path(), loraScope) || strings.HasPrefix(v.Path(), FollowerScope) {
			// The variable was listed a line ago, so deleting it cannot fail.
			_ = p.Vars.DeleteVariable(v.Path())
		}
	}
	p.adapter, p.follower = nil, false
	p.setBaseTrainable(true)
}

// KeepReference keeps a frozen copy of the base weights as they are now, to serve
// as the reference while all weights train.
func (p *Policy) KeepReference() error {
	weights, err := p.read(baseScope)
	if err != nil {
		return err
	}
	for _, name := range sortedKeys(weights) {
		if v := p.Vars.GetVariable(referenceScope + name); v != nil {
			err = v.SetValue(weights[name])
		} else if v, err = p.Vars.CreateVariable(referenceScope+name, weights[name]); err == nil {
			v.SetTrainable(false)
		}
		if err != nil {
			return fmt.Errorf("keep reference: tensor %q: %w", name, err)
		}
	}
	p.reference = true
	return nil
}

// Revert sets the base weights to the copy that KeepReference made, if it did.
func (p *Policy) Revert() error {
	if !p.reference {
		return nil
	}
	weights, err := p.read(referenceScope)
	if err != nil {
		return err
	}
	for name, value := range weights {
		if err := p.Vars.GetVariable(baseScope + name).SetValue(value); err != nil {
			return fmt.Errorf("revert: tensor %q: %w", name, err)
		}
	}
	return nil
}

// FollowPolicy makes a frozen copy of what trains, to be moved towards it from
// time to time; ReferenceParams gives it.
func (p *Policy) FollowPolicy() error {
	for _, v := range p.Trainable() {
		value, err := v.Value()
		if err != nil {
			return fmt.Errorf("copy the reference: %s: %w", v.Path(), err)
		}
		copied, err := value.LocalClone()
		if err != nil {
			return fmt.Errorf("copy the reference: %s: %w", v.Path(), err)
		}
		path := Follower(v)
		follower := p.Vars.GetVariable(path)
		if follower != nil {
			err = follower.SetValue(copied)
		} else if follower, err = p.Vars.CreateVariable(path, copied); err == nil {
			follower.SetTrainable(false)
		}
		if err != nil {
			return fmt.Errorf("copy the reference: %s: %w", path, err)
		}
	}
	p.follower = true
	return nil
}

// Follower is the path of the copy that FollowPolicy keeps of a variable.
func Follower(v *vars.Variable) string { return FollowerScope + strings.TrimPrefix(v.Path(), "/") }

// HasReference tells whether ReferenceParams is another model than the policy.
func (p *Policy) HasReference() bool { return p.adapter != nil || p.reference || p.follower }

// ReferenceParams gives the weights of the reference that a run is held to: the
// copy of FollowPolicy, or else what Params gives without the adapter.
func (p *Policy) ReferenceParams(g *Graph) Params {
	if !p.follower {
		return p.Params(g, false)
	}
	policy := p.Params(g, true)
	return func(name string) *Node {
		for _, scope := range []string{loraScope, baseScope} {
			if v := p.Vars.GetVariable(FollowerScope + scope[1:] + name); v != nil {
				return v.NodeValue(g)
			}
		}
		return policy(name)
	}
}

// HasAdapter tells whether an adapter is attached.
func (p *Policy) HasAdapter() bool { return p.adapter != nil }

// TrainOnly freezes all base weights but those of some of Projections, until the
// next Detach or Attach. What an adapter trains is its own affair.
func (p *Policy) TrainOnly(projections []string) error {
	for _, name := range projections {
		if !slices.Contains(Projections, name) {
			return fmt.Errorf("train only some projections: no projection %q; choose from %s", name, strings.Join(Projections, ", "))
		}
	}
	if p.adapter != nil {
		return nil
	}
	for v := range p.Vars.IterVariables() {
		if name, ok := strings.CutPrefix(v.Path(), baseScope); ok {
			parts := strings.Split(name, ".")
			v.SetTrainable(len(parts) > 1 && slices.Contains(projections, parts[len(parts)-2]))
		}
	}
	return nil
}

func (p *Policy) setBaseTrainable(trainable bool) {
	for v := range p.Vars.IterVariables() {
		if strings.HasPrefix(v.Path(), baseScope) {
			v.SetTrainable(trainable)
		}
	}
}

// Trainable lists the variables that training changes, in the order of their paths.
func (p *Policy) Trainable() []*vars.Variable {
	scope := baseScope
	if p.adapter != nil {
		scope = loraScope
	}
	var list []*vars.Variable
	for v := range p.Vars.IterVariables() {
		if strings.HasPrefix(v.Path(), scope) && v.Trainable {
			list = append(list, v)
		}
	}
	slices.SortFunc(list, func(a, b *vars.Variable) int { return strings.Compare(a.Path(), b.Path()) })
	return list
}

// Params gives the policy's weights inside a graph that a vars.Exec over p.Vars
// builds. With adapter false it is the frozen reference: the base model bit for bit,
// or the copy of KeepReference while no adapter is attached.
func (p *Policy) Params(g *Graph, adapter bool) Params {
	base := baseScope
	if !adapter && p.adapter == nil && p.reference {
		base = referenceScope
	}
	return func(name string) *Node {
		scope := base
		if strings.Contains(name, ".lora_") {
			if p.adapter == nil || !adapter {
				return nil
			}
			if module, ok := strings.CutSuffix(name, loraScale); ok {
				rank := p.Vars.GetVariable(loraScope + module + loraA).Shape().Dimensions[0]
				return Scalar(g, dtypes.Float32, p.adapter.Scale(module, rank))
			}
			scope = loraScope
		}
		v := p.Vars.GetVariable(scope + name)
		if v == nil {
			return nil
		}
		return v.NodeValue(g)
	}
}

// Checkpoint reads the base weights back from the engine.
func (p *Policy) Checkpoint() (*Checkpoint, error) {
	weights, err := p.read(baseScope)
	if err != nil {
		return nil, err
	}
	return &Checkpoint{Config: p.Config, Weights: weights}, nil
}

// Adapter reads the adapter back from the engine; nil if none is attached.
func (p *Policy) Adapter() (*Adapter, error) {
	if p.adapter == nil {
		return nil, nil
	}
	weights, err := p.read(loraScope)
	if err != nil {
		return nil, err
	}
	return &Adapter{Config: *p.adapter, Weights: weights}, nil
}

// read copies the variables of a scope to the host, by Hugging Face name.
func (p *Policy) read(scope string) (map[string]*tensors.Tensor, error) {
	weights := map[string]*tensors.Tensor{}
	for v := range p.Vars.IterVariables() {
		name, ok := strings.CutPrefix(v.Path(), scope)
		if !ok {
			continue
		}
		value, err := v.Value()
		if err != nil {
			return nil, fmt.Errorf("read tensor %q: %w", name, err)
		}
		copied, err := value.LocalClone()
		if err != nil {
			return nil, fmt.Errorf("read tensor %q: %w", name, err)
		}
		weights[name] = copied
	}
	return weights, nil
}

// Finalize frees the engine's memory.
func (p *Policy) Finalize() { p.Vars.Finalize() }
