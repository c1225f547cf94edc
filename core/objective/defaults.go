package objective

import (
	"github.com/dongyur/dongyur/core/protocol"
	"github.com/dongyur/dongyur/core/reward"
	"github.com/dongyur/dongyur/core/task"
)

// defaults is the run that a page starts from, by what is learnt from: S1's rewards and
// sampling (T 0.8, top-p 0.9), made small enough for a page. What a method changes of
// it is in its row.
func defaults(learns Material) protocol.Train {
	train := protocol.Train{
		Steps: 20, Seed: 1,
		Batch:     protocol.Batch{Prompts: 4, Group: 4, Epochs: 1},
		Optimizer: protocol.Optimizer{LearningRate: 1e-3, Warmup: 2, ClipNorm: 1},
		LoRA:      protocol.LoRA{LoRARank: 8, LoRAAlpha: 16},
		Loss:      protocol.Loss{Beta: 0.02},
		Watch:     protocol.Watch{DeadSteps: 5},
		Sampling:  task.Sampling{Temperature: 0.8, TopP: 0.9, MaxTokens: 32},
		Reward:    reward.Default(),
	}
	if learns != Groups {
		// The rate and batch that are usual for SFT of an adapter (TRL, torchtune). Of
		// five settings none moved nano's similarity on development lines for certain,
		// and this one forgets least.
		train.Prompts, train.Group, train.Beta, train.LearningRate = 8, 1, 0, 3e-4
	}
	return train
}
