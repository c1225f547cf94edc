package eval

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/dongyur/dongyur/core/data"
	"github.com/dongyur/dongyur/core/metric"
	"github.com/dongyur/dongyur/core/prompt"
	"github.com/dongyur/dongyur/core/reward"
	"github.com/dongyur/dongyur/core/rollout"
	"github.com/dongyur/dongyur/core/task"
	"github.com/dongyur/dongyur/core/token"
)

// FactAnswers are a model's answers to one fact, by language. Ranking orders the
// fact's answers (Fact.Names) by likelihood, the likeliest first; answers that were
// generated have none.
type FactAnswers struct {
	Fact    *data.Fact
	Verdict map[string]reward.Verdict
	Ranking map[string][]int
}

// RankOptions of RankFacts.
type RankOptions struct {
	Adapter bool
	// AsText puts the answer right behind the question, as a text goes on; else the
	// question is a turn, as in training, and the answer ends with the turn's end.
	AsText bool
	// Sum ranks by the whole log-probability; else by its mean over tokens, as S3
	// and RankC's authors do, since names differ in length.
	Sum      bool
	Form     *prompt.Form // how the model is spoken to; nil is our own models' form
	Progress func(done, total int)
}

// RankFacts ranks the answers of each fact in each of its languages by likelihood.
// The first is the model's choice.
func RankFacts(l *Likelihood, tokenizer *token.Tokenizer, facts []*data.Fact, options RankOptions) ([]FactAnswers, error) {
	var asked []Continuation
	for _, f := range facts {
		for _, code := range f.Languages {
			for i := range f.Names {
				c, err := factContinuation(tokenizer, f, code, i, options)
				if err != nil {
					return nil, fmt.Errorf("rank facts: %w", err)
				}
				asked = append(asked, c)
			}
		}
	}
	logp, err := l.LogProbs(asked, options.Adapter, func(done int) {
		if options.Progress != nil {
			options.Progress(done, len(asked))
		}
	})
	if err != nil {
		return nil, fmt.Errorf("rank facts: %w", err)
	}
	if !options.Sum {
		for i := range logp {
			logp[i] /= float64(len(asked[i].Text))
		}
	}
	answers := make([]FactAnswers, len(facts))
	for i, f := range facts {
		answers[i] = FactAnswers{f, map[string]reward.Verdict{}, map[string][]int{}}
		for _, code := range f.Languages {
			ranking := ranked(logp[:len(f.Names)])
			logp = logp[len(f.Names):]
			answers[i].Ranking[code] = ranking
			answers[i].Verdict[code] = reward.Wrong
			if ranking[0] == 0 {
				answers[i].Verdict[code] = reward.Right
			}
		}
	}
	return answers, nil
}

// factContinuation puts one answer behind its question.
func factContinuation(tokenizer *token.Tokenizer, f *data.Fact, code string, answer int, options RankOptions) (Continuation, error) {
	name := f.Names[answer][code]
	if options.AsText {
		prompt, space := f.Prompt(code)
		return Continuation{tokenizer.EncodeOrdinary(prompt), tokenizer.EncodeOrdinary(space + name)}, nil
	}
	e := f.Example(code, false)
	e.Reference = name
	prompt, completion, err := rollout.Template{Form: options.Form}.Encode(tokenizer, e)
	return Continuation{prompt, completion}, err
}

// ranked gives the places of scores from high to low; of equal ones the right
// answer, which is the first, comes last.
func ranked(scores []float64) []int {
	order := make([]int, len(scores))
	for i := range order {
		order[i] = len(scores) - 1 - i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case scores[a] > scores[b]:
			return -1
		case scores[a] < scores[b]:
			return 1
		}
		return 0
	})
	return order
}

// JudgeFacts reads generated answers, one for each of Questions, in its order. What
// counts as unparseable depends on what the questions offered (reward.Judge).
func JudgeFacts(facts []*data.Fact, outputs []string, offered bool) ([]FactAnswers, error) {
	answers := make([]FactAnswers, len(facts))
	at := 0
	for i, f := range facts {
		answers[i] = FactAnswers{Fact: f, Verdict: map[string]reward.Verdict{}}
		for _, code := range f.Languages {
			if at == len(outputs) {
				return nil, fmt.Errorf("judge facts: %d answers, and more questions", len(outputs))
			}
			e := f.Example(code, offered)
			answers[i].Verdict[code] = reward.Judge(outputs[at], e.Reference, e.Choices, code)
			at++
		}
	}
	if at != len(outputs) {
		return nil, fmt.Errorf("judge facts: %d answers to %d questions", len(outputs), at)
	}
	return answers, nil
}

// Questions asks facts in all their languages, fact by fact.
func Questions(facts []*data.Fact, offer bool) []task.Example {
	var questions []task.Example
	for _, f := range facts {
		for _, code := range f.Languages {
			questions = append(questions, f.Example(code, offer))
		}
	}
	return questions
}

// Consistent is how a set of languages fares together.
type Consistent struct {
	Accuracy    metric.Interval `json:"accuracy"` // over facts and languages
	Unparseable float64         `json:"unparseable"`
	// Total is the share of facts that are right in every language they are asked
	// in, of those that are asked in two or more.
	Total metric.Interval `json:"total_consistency"`
	Facts int             `json:"facts"`
	// RankC is the mean over pairs of languages; absent without rankings or with
	// one language.
	RankC *float64 `json:"rankc,omitempty"`
}

// FactReport sums up answers to facts.
type FactReport struct {
	Languages []Accuracy `json:"languages"`
	All       Consistent `json:"all"`
	// Seen and Unseen languages apart, where training languages are given.
	Seen   *Consistent `json:"seen,omitempty"`
	Unseen *Consistent `json:"unseen,omitempty"`
}

// SummariseFacts sums up answers: by language, together, and apart for the languages
// that were trained on and those that were not; seen may be nil.
func SummariseFacts(answers []FactAnswers, seen []string) *FactReport {
	var byLanguage tally
	languages := map[string]bool{}
	for _, a := range answers {
		for _, code := range a.Fact.Languages {
			byLanguage.add(code, code, a.Verdict[code] == reward.Right)
			languages[code] = true
		}
	}
	report := &FactReport{Languages: byLanguage.accuracies(), All: *consistent(answers, func(string) bool { return true })}
	slices.SortFunc(report.Languages, func(a, b Accuracy) int { return strings.Compare(a.Lang, b.Lang) })
	if len(seen) > 0 {
		report.Seen = consistent(answers, func(code string) bool { return slices.Contains(seen, code) })
		report.Unseen = consistent(answers, func(code string) bool { return !slices.Contains(seen, code) })
	}
	return report
}

// consistent sums up the languages that in holds for; nil if there are none.
func consistent(answers []FactAnswers, in func(code string) bool) *Consistent {
	c := &Consistent{}
	right, unparseable, asked, total := 0, 0, 0, 0
	for _, a := range answers {
		rightHere, askedHere := 0, 0
		for _, code := range a.Fact.Languages {
			if !in(code) {
				continue
			}
			askedHere++
			switch a.Verdict[code] {
			case reward.Right:
				rightHere++
			case reward.Unparseable:
				unparseable++
			}
		}
		right, asked = right+rightHere, asked+askedHere
		if askedHere > 1 {
			c.Facts++
			if rightHere == askedHere {
				total++
			}
		}
	}
	if asked == 0 {
		return nil
	}
	c.Accuracy, c.Total = metric.Wilson(float64(right), asked), metric.Wilson(float64(total), c.Facts)
	c.Unparseable = float64(unparseable) / float64(asked)
	c.RankC = meanRankC(answers, in)
	return c
}

// meanRankC is the mean of RankC over the pairs of languages that share facts.
func meanRankC(answers []FactAnswers, in func(code string) bool) *float64 {
	type pair struct{ a, b string }
	rankings := map[pair][2][][]int{}
	var pairs []pair
	for _, answer := range answers {
		for i, a := range answer.Fact.Languages {
			for _, b := range answer.Fact.Languages[i+1:] {
				if !in(a) || !in(b) || answer.Ranking == nil {
					continue
				}
				key := pair{a, b}
				both, ok := rankings[key]
				if !ok {
					pairs = append(pairs, key)
				}
				both[0], both[1] = append(both[0], answer.Ranking[a]), append(both[1], answer.Ranking[b])
				rankings[key] = both
			}
		}
	}
	if len(pairs) == 0 {
		return nil
	}
	sum := 0.0
	for _, key := range pairs {
		sum += RankC(rankings[key][0], rankings[key][1])
	}
	sum /= float64(len(pairs))
	return &sum
}

// RankC says how alike two languages rank the same answers, from above 0 to 1,
// whether they are right or not (Qi, Fernández and Bisazza 2023, Cross-Lingual
// Consistency of Factual Knowledge in Multilingual Language Models): the mean over
// questions of Σ_j w_j P@j, where P@j is the share of the first j answers that both
// have and w_j = e^(N-j) / Σ_k e^(N-k), so that the first answers weigh most. a and
// b hold, question by question, the places of the N answers from best to worst.
func RankC(a, b [][]int) float64 {
	sum := 0.0
	for i := range a {
		n := len(a[i])
		weights := 0.0
		value := 0.0
		for j := 1; j <= n; j++ {
			w := math.Exp(float64(1 - j)) // e^(N-j) over e^(N-1), which cancels
			both := 0
			for _, place := range a[i][:j] {
				if slices.Contains(b[i][:j], place) {
					both++
				}
			}
			weights += w
			value += w * float64(both) / float64(j)
		}
		sum += value / weights
	}
	return sum / float64(len(a))
}
