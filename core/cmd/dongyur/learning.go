package main

import (
	"bufio"
	"fmt"
	"os"

	"github.com/dongyur/dongyur/core/data"
	"github.com/dongyur/dongyur/core/protocol"
)

// learningFlags are what belongs to a method; see protocol.Learning. 0 or nothing
// is the method's own.
type learningFlags struct {
	Targets        string  `help:"Projections that train: attention, mlp or all; clo: attention." group:"method"`
	ClipLow        float64 `help:"Ratios are clipped from 1 less this …" group:"method"`
	ClipHigh       float64 `help:"… to 1 more than this." group:"method"`
	DualClip       float64 `help:"Bound on the loss of bad completions; 3 is usual, 0 none." group:"method"`
	Scale          string  `help:"Rewards are divided by the deviation of the group, of the batch, or by none." group:"method"`
	Epsilon        float64 `help:"Added to that deviation; 0: 1e-4." group:"method"`
	PopulationStd  bool    `help:"Deviations divide by n, not by n-1." group:"method"`
	KL             string  `name:"kl" help:"Estimator of the KL: k3, k2, or k1 (in the reward only)." group:"method"`
	KLInReward     bool    `name:"kl-in-reward" help:"Take the KL off the reward instead of adding it to the loss." group:"method"`
	EntropyBonus   float64 `help:"Weight of the policy's entropy." group:"method"`
	Support        string  `help:"Weights of tokens drawn with top-p: cap, drop or none." group:"method"`
	SupportLimit   float64 `help:"Where those weights are bounded; 0: 3." group:"method"`
	Resample       int     `help:"Tries to replace prompts whose rewards are all the same; dapo: 3, -1 none." group:"method"`
	Overlong       float64 `help:"Share of --max-tokens over which length is punished; dapo: 0.2, -1 none." group:"method"`
	Reference      string  `help:"What the policy is held to: base, or start, the policy as the run begins; unset: start with --adapter, else base." group:"method"`
	ReferenceEvery int     `help:"Steps between moves of the reference towards the policy; 0: it stays." group:"method"`
	ReferenceShare float64 `help:"How far it moves; 0: all the way." group:"method"`
	SFTShare       float64 `name:"sft-share" help:"clo: share of the SFT term (λ); 0: 0.5, -1 none." group:"method"`
	Sharpness      float64 `help:"clo: sharpness of the preference (b); 0: 0.1." group:"method"`
	RowTokens      int     `help:"cpt: tokens a packed row; 0: 128." group:"method"`
	Texts          string  `help:"cpt: texts to read, a data set or a file with one a line; none: the examples' own." group:"method"`
	Recompute      bool    `help:"Compute layers again in the backward pass instead of keeping them." group:"method"`
	KLLimit        float64 `name:"kl-limit" help:"Nats a token from the reference that count as a collapse; 0: 4." group:"method"`
	DeadSteps      int     `help:"Steps without a signal that count as a collapse." default:"5" group:"method"`
	StopWhenDead   bool    `help:"End the run at a collapse." group:"method"`
}

// set puts the flags into a run's settings.
func (f learningFlags) set(t *protocol.Train) {
	t.ClipLow, t.ClipHigh, t.DeadSteps, t.StopWhenDead = f.ClipLow, f.ClipHigh, f.DeadSteps, f.StopWhenDead
	t.Learning = protocol.Learning{
		Targets: f.Targets, Scale: f.Scale, Epsilon: f.Epsilon, PopulationStd: f.PopulationStd, DualClip: f.DualClip,
		KL: f.KL, KLInReward: f.KLInReward, EntropyBonus: f.EntropyBonus, Support: f.Support, SupportLimit: f.SupportLimit,
		Resample: f.Resample, Overlong: f.Overlong, Reference: f.Reference, ReferenceEvery: f.ReferenceEvery, ReferenceShare: f.ReferenceShare,
		SFTShare: f.SFTShare, Sharpness: f.Sharpness, RowTokens: f.RowTokens, Recompute: f.Recompute, KLLimit: f.KLLimit,
	}
}

// texts are what cpt reads beside the examples: lines of a file or the training
// texts of a data set in a language.
func (f learningFlags) texts(cli *program, lang string) (texts []string, err error) {
	if f.Texts == "" {
		return nil, nil
	}
	if file, err := os.Open(f.Texts); err == nil {
		defer file.Close()
		lines := bufio.NewScanner(file)
		lines.Buffer(nil, 16<<20)
		for lines.Scan() {
			if lines.Text() != "" {
				texts = append(texts, lines.Text())
			}
		}
		if err := lines.Err(); err != nil {
			return nil, fmt.Errorf("read texts of %s, line %d: %w", f.Texts, len(texts)+1, err)
		}
		return texts, nil
	}
	catalogue, err := cli.catalogue()
	if err != nil {
		return nil, err
	}
	for text, err := range catalogue.TextsSplit(f.Texts, lang, data.Train) {
		if err != nil {
			return nil, fmt.Errorf("texts of cpt: %w", err)
		}
		texts = append(texts, text)
	}
	return texts, nil
}
