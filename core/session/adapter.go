package session

import (
	"fmt"

	"github.com/dongyur/dongyur/core/model"
	"github.com/dongyur/dongyur/core/protocol"
)

// adapter is what a run trains: a new one, the one at hand, one like the saved run's
// that the state will fill, or none where the model's own weights train.
func (s *Session) adapter(c protocol.Train, projections []string, like *model.AdapterConfig) (*model.Adapter, error) {
	switch {
	case c.FromAdapter && s.loaded.policy.HasAdapter():
		return s.loaded.policy.Adapter()
	case like != nil:
		return like.Start(s.loaded.policy.Config, c.Seed), nil
	case c.LoRARank == 0:
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

// likeAdapter takes rank and alpha over from the adapter that a run goes on from, and
// gives its configuration, so that a restored run can make room for it.
func (s *Session) likeAdapter(c protocol.Train) (protocol.Train, *model.AdapterConfig, error) {
	adapter, err := s.loaded.policy.Adapter()
	if err != nil {
		return c, nil, err
	}
	if adapter == nil {
		return c, nil, fmt.Errorf("from_adapter: there is no adapter to go on from; load one or train one first")
	}
	c.LoRARank, c.LoRAAlpha = adapter.Config.Rank, adapter.Config.Alpha
	return c, &adapter.Config, nil
}
