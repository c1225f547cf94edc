package session

import (
	"strings"
	"testing"

	"github.com/dongyur/dongyur/core/eval"
	"github.com/dongyur/dongyur/core/protocol"
	"github.com/dongyur/dongyur/core/task"
)

// What is streamed is the completion, and each of its tokens has one probability.
func TestGenerateStreams(t *testing.T) {
	c := opened(t)
	const count = 3
	events := c.must(protocol.Command{Type: protocol.CmdGenerate, Generate: &protocol.Generate{
		Examples: testHeldOut, Count: count, Sampling: task.Sampling{Temperature: 1, MaxTokens: 24, Seed: 5}}})
	type place struct {
		example string
		index   int
	}
	streamed, probabilities := map[place]string{}, map[place]int{}
	completions := 0
	for _, e := range events {
		switch e.Type {
		case protocol.EvTokens:
			at := place{e.Tokens.Example, e.Tokens.Index}
			streamed[at] += e.Tokens.Text
			probabilities[at] += len(e.Tokens.Probabilities)
			for _, p := range e.Tokens.Probabilities {
				if !(p > 0 && p <= 1) {
					t.Errorf("probability %g", p)
				}
			}
		case protocol.EvCompletion:
			completions++
			at := place{e.Completion.Example, e.Completion.Index}
			if streamed[at] != e.Completion.Text {
				t.Errorf("%v: streamed %q, completion %q", at, streamed[at], e.Completion.Text)
			}
			if n := len(e.Completion.LogProbs); n == 0 || probabilities[at] != n || len(e.Completion.Pieces) != n {
				t.Errorf("%v: %d tokens, %d probabilities, %d pieces", at, n, probabilities[at], len(e.Completion.Pieces))
			}
			if e.Completion.Finished != (len(e.Completion.LogProbs) < 24) && !strings.HasSuffix(strings.Join(e.Completion.Pieces, ""), "<|im_end|>") {
				t.Errorf("%v: finished %v after %d tokens", at, e.Completion.Finished, len(e.Completion.LogProbs))
			}
		}
	}
	if completions != count*len(testHeldOut) {
		t.Errorf("%d completions, want %d", completions, count*len(testHeldOut))
	}
}

func TestEvaluateAndCompare(t *testing.T) {
	c := opened(t)
	sampling := task.Sampling{MaxTokens: 8}
	config := settings("sft", 2, 2)
	config.Paused = true
	c.send(protocol.Command{Type: protocol.CmdTrain, Train: config})
	c.untilState("paused") // an adapter that changes nothing yet

	events := c.must(protocol.Command{Type: protocol.CmdCompare, Compare: &protocol.Compare{Sampling: sampling}})
	lines, scores, progress := 0, []*protocol.Scores{}, 0
	for _, e := range events {
		switch e.Type {
		case protocol.EvCompared:
			lines++
			m := e.Compared.Metrics
			if e.Compared.Before != e.Compared.After || m[eval.Similarity+"_before"] != m[eval.Similarity+"_after"] {
				t.Errorf("%s: an adapter that changes nothing: %+v", e.Compared.Example.ID, e.Compared)
			}
			if _, ok := m[eval.ChrF+"_after"]; ok != (e.Compared.Example.Reference != "") {
				t.Errorf("%s: metrics %v", e.Compared.Example.ID, m)
			}
		case protocol.EvScores:
			scores = append(scores, e.Scores)
		case protocol.EvProgress:
			progress++
		}
	}
	if lines != len(testHeldOut) || len(scores) != 2 || progress != 2 {
		t.Fatalf("%d lines, %d scores, %d reports of progress", lines, len(scores), progress)
	}
	if scores[0].Which != "base" || scores[1].Which != "adapter" || scores[0].Change != nil || len(scores[1].Change) != len(scores[1].Scores) {
		t.Errorf("scores %s", text(t, scores))
	}
	for _, change := range scores[1].Change {
		if change.Value != 0 || change.Low != 0 || change.High != 0 {
			t.Errorf("%s changed by %g [%g, %g]", change.Name, change.Value, change.Low, change.High)
		}
	}
	if s := scores[0].Scores[0]; s.Name != eval.Similarity || !strings.Contains(s.Signature, "hashed (also the reward)") {
		t.Errorf("first score %+v: it does not say that the judge is the reward", s)
	}

	events = c.must(protocol.Command{Type: protocol.CmdEvaluate, Evaluate: &protocol.Evaluate{Base: true, Limit: 2, Sampling: sampling}})
	last := events[len(events)-2]
	if last.Type != protocol.EvScores || last.Scores.Which != "base" || last.Scores.Count != 2 {
		t.Errorf("evaluation ended with %s", text(t, last))
	}
}

func TestTaxIsMeasured(t *testing.T) {
	c := opened(t)
	tax := map[string][]string{"en": {strings.Repeat("open the file and save it. ", 80)}}
	c.must(protocol.Command{Type: protocol.CmdExamples, Examples: &protocol.Examples{Train: testTrain, Tax: tax}})
	config := settings("sft", 2, 2)
	config.TaxEvery = 2
	at := map[int]float64{}
	for _, e := range c.must(protocol.Command{Type: protocol.CmdTrain, Train: config}) {
		if e.Type == protocol.EvTax {
			at[e.Tax.Step] = e.Tax.NLL["en"]
		}
	}
	if len(at) != 2 || at[0] <= 0 || at[2] <= 0 || at[0] == at[2] {
		t.Errorf("held-out loss by step %v, want two different ones at 0 and 2", at)
	}
}

// TestScoredCandidates: what is asked to be scored says how likely and how near it is.
func TestScoredCandidates(t *testing.T) {
	c := opened(t)
	found := 0
	for _, e := range c.must(protocol.Command{Type: protocol.CmdGenerate, Generate: &protocol.Generate{
		Examples: testHeldOut[:1], Count: 3, Score: true, Sampling: task.Sampling{Temperature: 1, TopP: 0.5, MaxTokens: 8, Seed: 5}}}) {
		if e.Type != protocol.EvCompletion {
			continue
		}
		found++
		similarity, measured := e.Completion.Terms[eval.Similarity]
		if logProb, known := e.Completion.Terms["log_prob"]; !measured || similarity < -1.001 || similarity > 1.001 || !known || !(logProb < 0) {
			t.Errorf("terms %v", e.Completion.Terms)
		}
	}
	if found != 3 {
		t.Errorf("%d candidates, want 3", found)
	}
}

func TestTableCommands(t *testing.T) {
	c := open(t) // none of them needs a model
	examples := []task.Example{
		{ID: "a", Task: "translate", Source: "今天很好", Reference: "ཀ།", SourceLang: "zh", TargetLang: "bo"},
		{ID: "b", Task: "translate", Source: "今天很好。", Reference: "ཁ།", SourceLang: "zh", TargetLang: "bo", Split: "test"},
		{ID: "c", Task: "translate", Source: "他走了", Reference: "ག།", SourceLang: "zh", TargetLang: "bo"},
	}
	for _, format := range []string{"tsv", "csv", "jsonl", "xliff", "xliff2", "tmx"} {
		file := c.must(protocol.Command{Type: protocol.CmdExport, Export: &protocol.Export{Format: format, Examples: examples}})[0].File
		parsed := c.must(protocol.Command{Type: protocol.CmdParse, Parse: &protocol.Parse{Name: file.Name, Data: file.Data, Task: "translate", SourceLang: "zh", TargetLang: "bo"}})[0].Parsed
		if got, want := text(t, parsed.Examples), text(t, examples); got != want {
			t.Errorf("%s: %s came back as %s", format, want, got)
		}
	}
	if m := c.must(protocol.Command{Type: protocol.CmdInspect, Inspect: &protocol.Inspect{Examples: examples}})[0].Matches; len(m) != 1 || m[0].Index != 1 || m[0].Of != 0 || !m[0].Leak || !m[0].Exact {
		t.Errorf("matches %+v", m)
	}
	parts := c.must(protocol.Command{Type: protocol.CmdSplit, Split: &protocol.Split{Examples: examples, Share: 0.34, Seed: 1}})[0].Parts.HeldOut
	if len(parts) != 3 || parts[0] != parts[1] || parts[0] == parts[2] {
		t.Errorf("parts %v: examples of one source must stay together, and neither part may be empty", parts)
	}
	for _, wrong := range []protocol.Command{
		{Type: protocol.CmdSplit, Split: &protocol.Split{Examples: examples, Share: 1.5}},
		{Type: protocol.CmdExport, Export: &protocol.Export{Format: "docx", Examples: examples}},
	} {
		if _, err := c.do(wrong); err == nil {
			t.Errorf("%s %s was carried out", wrong.Type, text(t, wrong))
		}
	}
}

func TestParse(t *testing.T) {
	c := open(t)
	parse := func(data string) *protocol.Parsed {
		events := c.must(protocol.Command{Type: protocol.CmdParse, Parse: &protocol.Parse{
			Name: "mine.tsv", Data: []byte(data), Task: "translate", SourceLang: "bo", TargetLang: "en"}})
		return events[0].Parsed
	}
	if p := parse("source\treference\nཁ་ཕྱེ།\topen\n"); len(p.Examples) != 1 || p.Examples[0].Reference != "open" || len(p.Problems) != 0 {
		t.Errorf("a table: %s", text(t, p))
	}
	for name, data := range map[string]string{"an empty table": "", "one column": "source\nཁ་ཕྱེ།\n", "no UTF-8": "source\treference\n\xff\xfe\topen\n"} {
		if p := parse(data); len(p.Problems) == 0 || p.Problems[0].Message == "" {
			t.Errorf("%s: %s", name, text(t, p))
		}
	}
}
