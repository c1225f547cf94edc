package report

import (
	"encoding/csv"
	"encoding/json"
	"html"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dongyur/dongyur/core/objective"
	"github.com/dongyur/dongyur/core/protocol"
	"github.com/dongyur/dongyur/core/task"
)

const hostile = `<script>alert("1")</script>`

// folder writes a run as dongyur train does.
func folder(t *testing.T, name string, method string, seed uint64, complete bool) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), name)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	write := func(file string, values ...any) {
		var b strings.Builder
		for _, value := range values {
			if err := json.NewEncoder(&b).Encode(value); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.WriteFile(filepath.Join(dir, file), []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	settings := usual(method)
	settings.Seed, settings.Steps = seed, 2
	example := task.Example{ID: "1", Task: "translate", Source: "བོད་ཡིག " + hostile, Reference: "打开文件", SourceLang: "bo", TargetLang: "zh"}
	write(runFile, map[string]any{"load": protocol.Load{Model: "models/" + hostile}, "train": settings,
		"examples": protocol.Examples{Train: []task.Example{example}}, "step": 2})
	step := func(n int) protocol.Event {
		return protocol.Event{Type: protocol.EvStep, Step: &protocol.Step{Step: n, Steps: 2, Reward: 0.5 * float64(n), Loss: 1, Terms: map[string]float64{"language": 1}}}
	}
	tax := func(n int, nll float64) protocol.Event {
		return protocol.Event{Type: protocol.EvTax, Tax: &protocol.Tax{Step: n, NLL: map[string]float64{"zh": nll}}}
	}
	curve := protocol.Event{Type: protocol.EvScores, Scores: &protocol.Scores{Which: "adapter", Step: 2, Scores: []task.Score{{Name: "similarity", Value: 0.4}}}}
	write(metricsFile, tax(0, 5), step(1), step(2), tax(2, 5.25), curve)
	write(completionsFile, protocol.Event{Type: protocol.EvGroup, Group: &protocol.Group{Step: 2, Example: example, Completions: []protocol.Completion{
		{Text: "打开" + hostile, Terms: map[string]float64{"language": 1, "similarity": 0.2}, Reward: 1.2, Advantage: 0.7}}}})
	if !complete {
		return dir
	}
	var events []any
	for _, id := range []string{"1", "2", "3"} {
		line := example
		line.ID = id
		events = append(events, protocol.Event{Type: protocol.EvCompared, Compared: &protocol.Compared{Example: line, Before: "关闭文件", After: "打开" + hostile,
			Metrics: map[string]float64{"similarity_before": 0.1, "similarity_after": 0.3, "chrF2++_before": 4, "chrF2++_after": 5}}})
	}
	scores := []task.Score{{Name: "similarity", Value: 0.1, Low: 0, High: 0.2, Signature: "mean cosine|judge:" + hostile}, {Name: "BLEU", Value: 12.345, Signature: "tok:zh"}}
	change := []task.Score{{Name: "similarity", Value: 0.2, Low: 0.1, High: 0.3}, {Name: "BLEU", Value: -1, Low: -2, High: 1}}
	events = append(events, protocol.Event{Type: protocol.EvScores, Scores: &protocol.Scores{Which: "base", Count: 3, Scores: scores}},
		protocol.Event{Type: protocol.EvScores, Scores: &protocol.Scores{Which: "adapter", Count: 3, Scores: scores, Change: change}})
	write(comparisonFile, events...)
	return dir
}

func document(t *testing.T, dirs ...string) *Document {
	t.Helper()
	var runs []*Run
	for _, dir := range dirs {
		run, err := Read(dir)
		if err != nil {
			t.Fatal(err)
		}
		runs = append(runs, run)
	}
	d, err := New(runs)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestDocument(t *testing.T) {
	d := document(t, folder(t, "grpo", "grpo", 1, true), folder(t, "grpo", "grpo", 2, true), folder(t, "stopped", "sft", 1, false))
	if len(d.Methods) != 1 || len(d.Methods[0].Seeds) != 2 || d.Methods[0].Lines != 3 {
		t.Fatalf("methods %+v, want grpo with two seeds", d.Methods)
	}
	m := d.Methods[0]
	if m.Similarity.Value < 0.199 || m.Similarity.Value > 0.201 || m.ChrF.Value != 1 || m.Drift["zh"] != 0.25 {
		t.Errorf("change %+v, %+v, drift %v", m.Similarity, m.ChrF, m.Drift)
	}
	apart := document(t, folder(t, "a", "grpo", 1, true), folder(t, "b", "sft", 1, true), folder(t, "c", "grpo", 2, true))
	if len(apart.Methods) != 2 || len(apart.Methods[0].Runs) != 2 {
		t.Errorf("methods %+v, want grpo of two runs and sft", apart.Methods)
	}
	if d.Runs[1].Name != "grpo (2)" || len(d.Runs[0].Curve) != 1 || d.Runs[0].After == nil || d.Runs[2].After != nil || d.Runs[0].Group == nil {
		t.Errorf("runs %+v", d.Runs)
	}
}

func TestHTML(t *testing.T) {
	var b strings.Builder
	if err := document(t, folder(t, "grpo & "+"<b>", "grpo", 1, true), folder(t, "stopped", "sft", 7, false)).WriteHTML(&b); err != nil {
		t.Fatal(err)
	}
	page := b.String()
	for _, never := range []string{"<script", "<b>", "http://", "https://", "src=", "@import", "url("} {
		if strings.Contains(strings.ReplaceAll(strings.ReplaceAll(page, "http://www.w3.org/2000/svg", ""), "http://www.w3.org/1999/xlink", ""), never) {
			t.Errorf("the page has %q: it must bring everything itself, and texts are no markup", never)
		}
	}
	for _, want := range []string{
		"&lt;script&gt;", "<svg", "var(--run-0)", "currentColor", "prefers-color-scheme: dark",
		"<mark>打开</mark>", "tok:zh", "12.35", "+0.2000 [+0.1000, +0.3000]", "zh +0.2500", "learning_rate", "A group of step 2", "the run did not end", `lang="bo"`,
	} {
		if !strings.Contains(page, want) && !strings.Contains(html.UnescapeString(page), want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if strings.Contains(page, "ZgotmplZ") {
		t.Error("the template refused a value")
	}
}

func TestJSONAndCSV(t *testing.T) {
	d := document(t, folder(t, "grpo", "grpo", 3, true))
	var b strings.Builder
	if err := d.WriteJSON(&b); err != nil {
		t.Fatal(err)
	}
	var read Document
	if err := json.Unmarshal([]byte(b.String()), &read); err != nil || len(read.Runs) != 1 || read.Runs[0].Lines[2].After != "打开"+hostile {
		t.Errorf("JSON: %v, %+v", err, read)
	}
	b.Reset()
	if err := d.WriteCSV(&b); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(strings.NewReader(b.String())).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	for _, row := range rows {
		found[strings.Join([]string{row[0], row[1], row[2], row[3], row[4], row[5]}, " ")] = row[6]
	}
	for key, want := range map[string]string{
		"grpo grpo 3 base 0 BLEU": "12.345", "grpo grpo 3 change 2 similarity": "0.2", "grpo grpo 3 step 2 reward": "1",
		"grpo grpo 3 step 1 reward language": "1", "grpo grpo 3 tax 2 held-out loss zh": "5.25", "grpo grpo 3 curve 2 similarity": "0.4",
	} {
		if found[key] != want {
			t.Errorf("%s: %q, want %q", key, found[key], want)
		}
	}
}

func TestPieces(t *testing.T) {
	for _, c := range []struct {
		name, answer, reference, code string
		want                          []Piece
	}{
		{"the same", "打开文件", "打开文件", "zh", []Piece{{"打开文件", true}}},
		{"nothing shared", "关", "打开", "zh", []Piece{{"关", false}}},
		{"in the middle", "请打开它吧", "打开文件吧。", "zh", []Piece{{"请", false}, {"打开", true}, {"它", false}, {"吧", true}}},
		{"syllables", "བོད་སྐད་ཡིག", "བོད་ཡིག", "bo", []Piece{{"བོད", true}, {"་", true}, {"སྐད་", false}, {"ཡིག", true}}},
		{"words, whatever their case", "open the File now", "Open file", "en", nil},
		{"an empty answer", "", "打开", "zh", nil},
	} {
		pieces := Pieces(c.answer, c.reference, c.code)
		var joined strings.Builder
		for _, p := range pieces {
			joined.WriteString(p.Text)
		}
		if joined.String() != c.answer {
			t.Errorf("%s: the pieces are %q, not the answer", c.name, joined.String())
		}
		if c.want == nil {
			continue
		}
		shared := func(list []Piece) string {
			var b strings.Builder
			for _, p := range list {
				if p.Shared {
					b.WriteString(strings.Trim(p.Text, "་ "))
				}
			}
			return b.String()
		}
		if shared(pieces) != shared(c.want) {
			t.Errorf("%s: shared %q, want %q", c.name, shared(pieces), shared(c.want))
		}
	}
}

func TestReadRefuses(t *testing.T) {
	good := folder(t, "grpo", "grpo", 1, true)
	if _, err := Read(t.TempDir()); err == nil || !strings.Contains(err.Error(), "dongyur train") {
		t.Errorf("an empty folder: %v", err)
	}
	if err := os.WriteFile(filepath.Join(good, metricsFile), []byte("{\"type\":\"step\"}\n{half"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Read(good); err == nil || !strings.Contains(err.Error(), "line 2") {
		t.Errorf("a damaged log: %v", err)
	}
	if err := os.WriteFile(filepath.Join(good, runFile), []byte("{"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Read(good); err == nil || !strings.Contains(err.Error(), runFile) {
		t.Errorf("a damaged run.json: %v", err)
	}
	if _, err := New(nil); err == nil {
		t.Error("no runs: no error")
	}
}

// usual is a run with a method's own settings.
func usual(name string) protocol.Train {
	method, err := objective.MethodNamed(name)
	if err != nil {
		panic(err)
	}
	return method.Settings()
}
