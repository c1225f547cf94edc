package session

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dongyur/dongyur/core/model"
	"github.com/dongyur/dongyur/core/protocol"
)

// adapter is what a run trains: a new one, the one at hand, or none where the
// model's own weights train.
func (s *Session) adapter(c protocol.Train, projections []string) (*model.Adapter, error) {
	if c.FromAdapter && s.loaded.policy.HasAdapter() {
		return s.loaded.policy.Adapter()
	}
	if c.LoRARank == 0 {
		return nil, nil
	}
	return model.NewAdapter(s.loaded.policy.Config, c.LoRARank, c.LoRAAlpha, projections, c.Seed)
}

// targets are the projections that a run trains; none means all, and where no
// adapter is trained the weights beside them too.
func targets(name string) ([]string, error) {
	switch name {
	case "", protocol.TargetsAll:
		return nil, nil
	case protocol.TargetsAttention:
		return model.AttentionProjections, nil
	case protocol.TargetsMLP:
		return model.MLPProjections, nil
	}
	return nil, fmt.Errorf("targets %q is unknown: choose attention, mlp or all", name)
}

// likeAdapter takes rank and scale over from the adapter that a run goes on from,
// so that a restored run can make room for it.
func (s *Session) likeAdapter(c protocol.Train) (protocol.Train, error) {
	adapter, err := s.loaded.policy.Adapter()
	if err != nil {
		return c, err
	}
	if adapter == nil {
		return c, fmt.Errorf("from_adapter: there is no adapter to go on from; load one or train one first")
	}
	list := adapter.Config.Targets
	for _, name := range []string{protocol.TargetsAll, protocol.TargetsAttention, protocol.TargetsMLP} {
		projections, err := targets(name)
		if err != nil {
			return c, err
		}
		if projections == nil {
			projections = model.Projections
		}
		if sameSet(projections, list) {
			c.LoRARank, c.LoRAAlpha, c.Targets = adapter.Config.Rank, adapter.Config.Scale()*float64(adapter.Config.Rank), name
			return c, nil
		}
	}
	return c, fmt.Errorf("from_adapter: the adapter trains %s; a run goes on from one of attention, mlp or all projections", strings.Join(list, ", "))
}

// sameSet tells whether two lists hold the same names, each once.
func sameSet(a, b []string) bool {
	return slices.Equal(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b)))
}
