package reproduce

import (
	"fmt"

	"github.com/dongyur/dongyur/core/protocol"
	"github.com/dongyur/dongyur/core/reward"
)

// The scales that several tables share. The quick ones run on the starter set,
// which comes with the program: they show that a table runs, not what it says.
var (
	translation = Scale{Set: "software_bo_zh_en", Task: "translate", From: "bo", To: "zh", Held: "test",
		Shots: 512, Steps: 100, Prompts: 4, Group: 8, MaxTokens: 32, TaxTexts: 60, TaxScores: 64, TaxNeeded: true}
	quickTranslation = Scale{Set: "starter", Task: "translate", From: "bo", To: "zh", Held: "test",
		Shots: 32, Steps: 6, Prompts: 2, Group: 4, MaxTokens: 16, TaxTexts: 8, TaxScores: 8}
)

// Tables lists every table.
func Tables() []*Table {
	return []*Table{tax(), headline(), fewshot(), ablation(), clo(), facts()}
}

// meaning, surface and retained ability: S1's three axes are always shown together.
var threeAxes = []string{"similarity", "bleu", "chrf", "rouge", "forgot-en", "forgot-zh", "at-gain-en", "at-gain-zh"}

// steep is GRPO's rate, at which SFT forgets more than at its own.
func steep(t *protocol.Train) { t.LearningRate = 1e-3 }

// tax is S1's translation table. The base model was made with translations of the
// same kind, so it stands where S1's cold start does.
func tax() *Table {
	return &Table{
		Name: "tax", Paper: "S1", Full: translation, Quick: quickTranslation, Columns: threeAxes,
		Asks: "Does SFT copy the surface better, and RL with semantic rewards keep more of what the model could do?",
		Cells: []Cell{
			{Name: "sft", Label: "SFT", Method: "sft", Paper: map[string]string{"similarity": ".8282", "bleu": ".6006"}},
			{Name: "sft-steep", Label: "SFT, rate 0.001", Method: "sft", Adjust: steep, Full: true},
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
			{Says: "SFT at RL's rate forgets more Chinese than RL", Column: "forgot-zh", More: "sft-steep", Less: "grpo", Paper: "CMRC 41.82 against 46.97"},
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

// clo is S2's question, from Chinese into Tibetan. Its claim of twice the data is its
// abstract's: 3,200 examples against 6,400.
func clo() *Table {
	full, quick := translation, quickTranslation
	full.From, full.To, full.MaxTokens, full.HeldOut = "zh", "bo", 48, 200
	quick.From, quick.To = "zh", "bo"
	half := func(t *protocol.Train) {
		t.Steps, t.Warmup, t.TaxEvery = t.Steps/2, max(1, t.Warmup/2), max(1, t.TaxEvery/2)
	}
	return &Table{
		Name: "clo", Paper: "S2", Full: full, Quick: quick,
		Columns: []string{"similarity", "bleu", "chrf", "language", "forgot-zh", "forgot-en", "at-gain-zh"},
		Asks:    "Does CLO learn the new language better than SFT and CPT, and forget less of those it knew?",
		Cells: []Cell{
			{Name: "cpt", Label: "CPT", Method: "cpt"},
			{Name: "sft", Label: "SFT", Method: "sft"},
			{Name: "clo", Label: "CLO", Method: "clo"},
			{Name: "clo-half", Label: "CLO, half the examples", Method: "clo", Shots: full.Shots / 2, Full: true, Adjust: half},
		},
		Claims: []Claim{
			{Says: "CLO means more in the new language than SFT", Column: "similarity", More: "clo", Less: "sft", Paper: "better in six languages, by its abstract"},
			{Says: "CLO is nearer to the surface than SFT", Column: "chrf", More: "clo", Less: "sft", Paper: "better in six languages, by its abstract"},
			{Says: "SFT forgets more of the known language than CLO", Column: "forgot-zh", More: "sft", Less: "clo", Paper: "keeps English better, by its abstract"},
			{Says: "SFT forgets more of it where both have gained as much", Column: "at-gain-zh", More: "sft", Less: "clo", Paper: "keeps English better, by its abstract"},
			{Says: "CLO with half the examples means more than SFT with all", Column: "similarity", More: "clo-half", Less: "sft", Paper: "3,200 against 6,400 examples"},
			{Says: "SFT means more than CPT", Column: "similarity", More: "sft", Less: "cpt"},
		},
	}
}

// facts is S3's question. The paper's models know facts in English; ours is first
// taught all of them in English and those to train on in every language that is
// trained, so that there is something to carry over. Accuracy is measured on facts
// of other countries than those trained on.
func facts() *Table {
	full := Scale{Set: "facts_geo", Task: "fact", Langs: []string{"bo", "en", "zh"}, Unseen: []string{"fr", "ja"}, Held: "test",
		Cold: 400, Shots: 256, Steps: 60, Prompts: 4, Group: 8, MaxTokens: 24, TaxTexts: 60, TaxNeeded: true}
	quick := full
	quick.Cold, quick.Shots, quick.Steps, quick.Prompts, quick.Group, quick.MaxTokens = 5, 16, 4, 2, 4, 12
	quick.HeldOut, quick.TaxTexts = 12, 16
	consistent := func(t *protocol.Train) {
		t.Reward = protocol.Reward{}.With(reward.Consistency, 1)
	}
	// A step of SFT counts questions, one of GRPO facts in all their languages.
	everyLanguage := func(t *protocol.Train) { t.Prompts *= len(full.Langs) }
	return &Table{
		Name: "facts", Paper: "S3", Full: full, Quick: quick,
		Columns: []string{"accuracy", "consistency", "rankc", "unseen", "forgot-en", "forgot-zh"},
		Asks:    "Does RL with a reward for consistency recall facts across languages better than SFT and CPT?",
		Cells: []Cell{
			{Name: "cpt", Label: "CPT", Method: "cpt"},
			{Name: "sft", Label: "SFT", Method: "sft", Adjust: everyLanguage},
			{Name: "grpo", Label: "GRPO, consistency", Method: "grpo", Adjust: consistent},
		},
		Claims: []Claim{
			{Says: "RL is right in every language more often than SFT", Column: "consistency", More: "grpo", Less: "sft", Paper: "consistently, by its abstract"},
			{Says: "languages rank answers more alike after RL than after SFT", Column: "rankc", More: "grpo", Less: "sft", Paper: "consistently, by its abstract"},
			{Says: "RL is better than SFT in languages not trained on", Column: "unseen", More: "grpo", Less: "sft", Paper: "consistently, by its abstract"},
			{Says: "RL is better than the base model", Column: "accuracy", More: "grpo", Less: Base, Paper: "consistently, by its abstract"},
			{Says: "SFT is better than CPT", Column: "accuracy", More: "sft", Less: "cpt", Paper: "CPT gains little, by its abstract"},
		},
	}
}

// ablation takes the rewards apart. S1 does so for the language's.
func ablation() *Table {
	full, quick := translation, quickTranslation
	full.Steps, full.HeldOut, full.Shots = 60, 200, 128
	with := func(weights map[string]float64) func(*protocol.Train) {
		return func(t *protocol.Train) {
			for term, weight := range weights {
				t.Reward = t.Reward.With(term, weight)
			}
		}
	}
	return &Table{
		Name: "ablation", Paper: "S1", Full: full, Quick: quick,
		Columns: []string{"similarity", "bleu", "chrf", "language", "forgot-en", "forgot-zh"},
		Asks:    "What does each part of the reward do?",
		Cells: []Cell{
			{Name: "all", Label: "GRPO, all terms", Method: "grpo", Paper: map[string]string{"similarity": ".7164"}},
			{Name: "no-language", Label: "without language and its gate", Method: "grpo", Paper: map[string]string{"similarity": ".2312"},
				Adjust: func(t *protocol.Train) {
					t.Reward = t.Reward.With(reward.Language, 0).WithParameter(reward.Language, "gate", 0.0)
				}},
			{Name: "no-meaning", Label: "without similarity", Method: "grpo", Adjust: with(map[string]float64{reward.Similarity: 0})},
			{Name: "no-threshold", Label: "τ = 0", Method: "grpo", Full: true, Adjust: func(t *protocol.Train) {
				t.Reward = t.Reward.WithParameter(reward.Similarity, "tau", 0.0)
			}},
			{Name: "no-guards", Label: "without length and repetition", Method: "grpo", Full: true,
				Adjust: with(map[string]float64{reward.Length: 0, reward.Repetition: 0})},
			{Name: "surface", Label: "chrF++ in place of similarity", Method: "grpo",
				Adjust: with(map[string]float64{reward.Similarity: 0, reward.ChrF: 1.5})},
		},
		Claims: []Claim{
			{Says: "without the language term meaning falls", Column: "similarity", More: "all", Less: "no-language", Paper: ".7164 > .2312"},
			{Says: "without the language term fewer answers are in the language", Column: "language", More: "all", Less: "no-language"},
			{Says: "without similarity there is less meaning", Column: "similarity", More: "all", Less: "no-meaning"},
			{Says: "a reward on the surface gains less meaning", Column: "similarity", More: "all", Less: "surface"},
		},
	}
}
