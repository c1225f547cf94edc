package reproduce

import (
	"fmt"

	"github.com/dongyur/dongyur/core/protocol"
)

// The scales that several tables share. The quick ones run on the starter set,
// which comes with the program: they show that a table runs, not what it says.
var (
	translation = Scale{Set: "software_bo_zh_en", Task: "translate", From: "bo", To: "zh", Held: "test",
		Shots: 512, Steps: 100, Prompts: 4, Group: 8, MaxTokens: 32, TaxTexts: 60, TaxScores: 64, TaxNeeded: true}
	quickTranslation = Scale{Set: "starter", Task: "translate", From: "bo", To: "zh", Held: "test",
		Shots: 32, Steps: 6, Prompts: 2, Group: 4, MaxTokens: 16, TaxTexts: 16, TaxScores: 8}
)

// Tables lists every table.
func Tables() []*Table {
	return []*Table{tax(), headline(), fewshot(), ablation()}
}

// meaning, surface and retained ability: S1's three axes are always shown together.
var threeAxes = []string{"similarity", "bleu", "chrf", "rouge", "forgot-en", "forgot-zh", "at-gain-en", "at-gain-zh"}

// gentle is a rate at which SFT forgets less than at GRPO's.
func gentle(t *protocol.Train) { t.LearningRate = 3e-4 }

// tax is S1's translation table. The base model was made with translations of the
// same kind, so it stands where S1's cold start does.
func tax() *Table {
	return &Table{
		Name: "tax", Paper: "S1", Full: translation, Quick: quickTranslation, Columns: threeAxes,
		Asks: "Does SFT copy the surface better, and RL with semantic rewards keep more of what the model could do?",
		Cells: []Cell{
			{Name: "sft", Label: "SFT", Method: "sft", Paper: map[string]string{"similarity": ".8282", "bleu": ".6006"}},
			{Name: "sft-gentle", Label: "SFT, rate 0.0003", Method: "sft", Adjust: gentle, Full: true},
			{Name: "grpo", Label: "GRPO", Method: "grpo", Paper: map[string]string{"similarity": ".7164", "bleu": ".4519"}},
		},
		Claims: []Claim{
			{Says: "RL means more than the cold start", Column: "similarity", More: "grpo", Less: Base, Paper: ".7164 > .5593"},
			{Says: "SFT means more than RL", Column: "similarity", More: "sft", Less: "grpo", Paper: ".8282 > .7164"},
			{Says: "SFT is nearer to the surface than RL", Column: "bleu", More: "sft", Less: "grpo", Paper: ".6006 > .4519"},
			{Says: "RL is nearer to the surface than the cold start", Column: "bleu", More: "grpo", Less: Base, Paper: ".4519 > .3953"},
			{Says: "SFT forgets more Chinese than RL", Column: "forgot-zh", More: "sft", Less: "grpo", Paper: "CMRC 41.82 against 46.97"},
			{Says: "SFT forgets more English than RL", Column: "forgot-en", More: "sft", Less: "grpo", Paper: "without the tax, by its title"},
			{Says: "SFT forgets more Chinese than RL where both have gained as much", Column: "at-gain-zh", More: "sft", Less: "grpo", Paper: "CMRC 41.82 against 46.97"},
			{Says: "SFT at a gentle rate forgets more Chinese than RL", Column: "forgot-zh", More: "sft-gentle", Less: "grpo", Paper: "CMRC 41.82 against 46.97"},
		},
	}
}

// headline is S1's second task. Its texts may be measured and experimented with and
// no more (class M): the adapters of these runs are not to be given on.
func headline() *Table {
	full := Scale{Set: "tibettimes", Task: "headline", From: "bo", To: "bo", Held: "dev", Units: 60,
		Shots: 256, Steps: 60, Prompts: 4, Group: 8, MaxTokens: 32, TaxTexts: 60, TaxScores: 64, TaxNeeded: true}
	quick := quickTranslation
	quick.Task, quick.To, quick.Units = "headline", "bo", 40
	return &Table{
		Name: "headline", Paper: "S1", Full: full, Quick: quick, Columns: []string{"similarity", "rouge", "bleu", "chrf", "forgot-en", "forgot-zh"},
		Asks: "Does SFT copy the surface of headlines better, at much the same meaning?",
		Cells: []Cell{
			{Name: "sft", Label: "SFT", Method: "sft", Paper: map[string]string{"similarity": ".6499", "rouge": ".3095"}},
			{Name: "grpo", Label: "GRPO", Method: "grpo", Paper: map[string]string{"similarity": ".6404", "rouge": ".2530"}},
		},
		Claims: []Claim{
			{Says: "SFT is nearer to the surface than RL", Column: "rouge", More: "sft", Less: "grpo", Paper: ".3095 > .2530"},
			{Says: "SFT means a little more than RL", Column: "similarity", More: "sft", Less: "grpo", Paper: ".6499 > .6404"},
			{Says: "SFT forgets more Chinese than RL", Column: "forgot-zh", More: "sft", Less: "grpo", Paper: "without the tax, by its title"},
		},
	}
}

// shots are the few-shot table's.
var shots = []int{8, 32, 128, 512}

// fewshot trains on k examples. The paper's abstract has the direction; its figures
// are not among our notes.
func fewshot() *Table {
	full, quick := translation, quickTranslation
	full.Steps, full.HeldOut = 60, 200
	t := &Table{
		Name: "fewshot", Paper: "S1", Full: full, Quick: quick, Columns: threeAxes,
		Asks: "From few examples, does RL learn more than SFT, and both more from more?",
	}
	for _, k := range shots {
		sft, grpo := fmt.Sprintf("sft-%d", k), fmt.Sprintf("grpo-%d", k)
		t.Cells = append(t.Cells,
			Cell{Name: sft, Label: fmt.Sprintf("SFT, k = %d", k), Method: "sft", Shots: k, Full: k > 32},
			Cell{Name: grpo, Label: fmt.Sprintf("GRPO, k = %d", k), Method: "grpo", Shots: k, Full: k > 32})
		t.Claims = append(t.Claims,
			Claim{Says: fmt.Sprintf("from %d examples RL means more than SFT", k), Column: "similarity", More: grpo, Less: sft},
			Claim{Says: fmt.Sprintf("from %d examples SFT forgets more Chinese than RL", k), Column: "forgot-zh", More: sft, Less: grpo})
	}
	t.Claims = append(t.Claims,
		Claim{Says: "RL learns more from 512 examples than from 8", Column: "similarity", More: "grpo-512", Less: "grpo-8"},
		Claim{Says: "SFT learns more from 512 examples than from 8", Column: "similarity", More: "sft-512", Less: "sft-8"})
	return t
}

// ablation takes the rewards apart. S1 does so for the language's.
func ablation() *Table {
	full, quick := translation, quickTranslation
	full.Steps, full.HeldOut, full.Shots = 60, 200, 128
	reward := func(change func(r *protocol.Reward)) func(*protocol.Train) {
		return func(t *protocol.Train) { change(&t.Reward) }
	}
	return &Table{
		Name: "ablation", Paper: "S1", Full: full, Quick: quick,
		Columns: []string{"similarity", "bleu", "chrf", "language", "forgot-en", "forgot-zh"},
		Asks:    "What does each part of the reward do?",
		Cells: []Cell{
			{Name: "all", Label: "GRPO, all terms", Method: "grpo", Paper: map[string]string{"similarity": ".7164"}},
			{Name: "no-language", Label: "without language and its gate", Method: "grpo", Paper: map[string]string{"similarity": ".2312"},
				Adjust: reward(func(r *protocol.Reward) { r.Language = protocol.LanguageReward{} })},
			{Name: "no-meaning", Label: "without similarity", Method: "grpo", Adjust: reward(func(r *protocol.Reward) { r.Similarity.Weight = 0 })},
			{Name: "no-threshold", Label: "τ = 0", Method: "grpo", Full: true, Adjust: reward(func(r *protocol.Reward) { r.Similarity.Tau = 0 })},
			{Name: "no-guards", Label: "without length and repetition", Method: "grpo", Full: true,
				Adjust: reward(func(r *protocol.Reward) { r.Length.Weight, r.Repetition.Weight = 0, 0 })},
			{Name: "surface", Label: "chrF++ in place of similarity", Method: "grpo",
				Adjust: reward(func(r *protocol.Reward) { r.Similarity.Weight, r.ChrF.Weight = 0, 1.5 })},
		},
		Claims: []Claim{
			{Says: "without the language term meaning falls", Column: "similarity", More: "all", Less: "no-language", Paper: ".7164 > .2312"},
			{Says: "without the language term fewer answers are in the language", Column: "language", More: "all", Less: "no-language"},
			{Says: "without similarity there is less meaning", Column: "similarity", More: "all", Less: "no-meaning"},
			{Says: "a reward on the surface gains less meaning", Column: "similarity", More: "all", Less: "surface"},
		},
	}
}
