package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/dongyur/dongyur/core/data"
	"github.com/dongyur/dongyur/core/eval"
	"github.com/dongyur/dongyur/core/prompt"
	"github.com/dongyur/dongyur/core/protocol"
	"github.com/dongyur/dongyur/core/reproduce"
	"github.com/dongyur/dongyur/core/reward"
	"github.com/dongyur/dongyur/core/task"
	"github.com/dongyur/dongyur/core/train"
)

// shots draws what a cell learns from; facts come with all their languages.
func (r *reproduction) shots(k int, seed uint64) ([]task.Example, error) {
	if len(r.facts) == 0 {
		return data.Shots(r.pool, k, seed), nil
	}
	facts, err := r.cli.facts(r.scale.Set, data.Train, r.scale.Langs, 0, k, seed)
	if err != nil {
		return nil, err
	}
	return questions(facts, nil), nil
}

// questions asks facts in their languages, or in those of only that they have.
func questions(facts []*data.Fact, only []string) []task.Example {
	var list []task.Example
	for _, f := range facts {
		for _, code := range f.Languages {
			if only == nil || slices.Contains(only, code) {
				list = append(list, f.Example(code, false))
			}
		}
	}
	return list
}

// coldStart teaches the model what the cells then carry over: every fact in English,
// and those to train on in each language. It becomes the base model of the cells.
func (r *reproduction) coldStart(ctx context.Context) error {
	dir := filepath.Join(r.out, "cold")
	config, err := r.scale.Train(reproduce.Cell{Name: "cold", Method: "sft"}, 1)
	if err != nil {
		return err
	}
	config.Steps, config.Prompts, config.LoRARank, config.LoRAAlpha, config.TaxEvery, config.Dir = r.scale.Cold, 16, 0, 0, 0, dir
	base := r.load.Model
	r.load.Model = dir
	if _, err := os.Stat(filepath.Join(dir, "config.json")); err != nil {
		all, err := r.cli.facts(r.scale.Set, "", append([]string{"en"}, r.scale.Langs...), 0, 0, 0)
		if err != nil {
			return err
		}
		trained, err := r.cli.facts(r.scale.Set, data.Train, r.scale.Langs, 0, 0, 0)
		if err != nil {
			return err
		}
		others := slices.DeleteFunc(slices.Clone(r.scale.Langs), func(code string) bool { return code == "en" })
		examples := &protocol.Examples{Train: append(questions(all, []string{"en"}), questions(trained, others)...)}
		if err := r.session.do(ctx, protocol.Command{Type: protocol.CmdExamples, Examples: examples}, nil); err != nil {
			return err
		}
		if err := r.session.do(ctx, protocol.Command{Type: protocol.CmdTrain, Train: &config}, nil); err != nil {
			return err
		}
		// With these beside its weights the run's folder is a model.
		for _, name := range []string{"tokenizer.json", "config.json"} {
			content, err := os.ReadFile(filepath.Join(base, name))
			if err != nil {
				return err
			}
			if err := train.WriteFile(filepath.Join(dir, name), func(w io.Writer) error {
				_, err := w.Write(content)
				return err
			}); err != nil {
				return err
			}
		}
	}
	return r.session.do(ctx, protocol.Command{Type: protocol.CmdLoad, Load: r.load}, nil)
}

// factsFile keeps what the facts' answers count to, in a cell's folder.
const factsFile = "facts.json"

// askFacts ranks the answers to held-out facts before and after a cell's training.
func (r *reproduction) askFacts(dir string) (map[string]reproduce.Counts, error) {
	path := filepath.Join(dir, factsFile)
	counts := map[string]reproduce.Counts{}
	if content, err := os.ReadFile(path); err == nil {
		if err := json.Unmarshal(content, &counts); err != nil {
			return nil, fmt.Errorf("%s: %w; remove it", path, err)
		}
		return counts, nil
	}
	m, err := openMeasured(r.cli.Engine, r.load.Model, dir, spokenFlags{Template: prompt.Auto})
	if err != nil {
		return nil, err
	}
	defer m.policy.Finalize()
	likelihood, err := eval.NewLikelihood(m.policy, m.tokenizer)
	if err != nil {
		return nil, err
	}
	defer likelihood.Finalize()
	if r.before == nil {
		if r.before, err = eval.RankFacts(likelihood, m.tokenizer, r.facts, eval.RankOptions{Form: m.form}); err != nil {
			return nil, err
		}
	}
	after, err := eval.RankFacts(likelihood, m.tokenizer, r.facts, eval.RankOptions{Adapter: true, Form: m.form})
	if err != nil {
		return nil, err
	}
	base, trained := r.countFacts(r.before), r.countFacts(after)
	for name := range base {
		counts[name] = reproduce.Counts{Base: base[name], After: trained[name]}
	}
	return counts, writeJSONFile(path, counts)
}

// countFacts gives each column's counts, fact by fact.
func (r *reproduction) countFacts(answers []eval.FactAnswers) map[string][][]float64 {
	counts := map[string][][]float64{}
	for _, a := range answers {
		right := map[bool]float64{} // by "in a language that is trained"
		asked := map[bool]float64{}
		var seen []string
		for _, code := range a.Fact.Languages {
			trained := slices.Contains(r.scale.Langs, code)
			if asked[trained]++; a.Verdict[code] == reward.Right {
				right[trained]++
			}
			if trained {
				seen = append(seen, code)
			}
		}
		var all, alike, pairs, together float64
		if len(seen) > 1 {
			together = 1
			if right[true] == asked[true] {
				all = 1
			}
		}
		for i, x := range seen {
			for _, y := range seen[i+1:] {
				alike += eval.RankC([][]int{a.Ranking[x]}, [][]int{a.Ranking[y]})
				pairs++
			}
		}
		for name, row := range map[string][]float64{
			"accuracy": {right[true], asked[true]}, "unseen": {right[false], asked[false]},
			"consistency": {all, together}, "rankc": {alike, pairs},
		} {
			counts[name] = append(counts[name], row)
		}
	}
	return counts
}
