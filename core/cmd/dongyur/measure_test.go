package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dongyur/dongyur/core/protocol"
	"github.com/dongyur/dongyur/core/task"
)

// printed runs a command line and gives what it printed, object by object.
func printed(t *testing.T, arguments ...string) []map[string]any {
	t.Helper()
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout := os.Stdout
	os.Stdout = writer
	read := make(chan []byte)
	go func() {
		content, _ := io.ReadAll(reader)
		read <- content
	}()
	err = runProgram(t, context.Background(), append([]string{"--json"}, arguments...)...)
	os.Stdout = stdout
	writer.Close()
	content := <-read
	if err != nil {
		t.Fatal(err)
	}
	var objects []map[string]any
	for line := range bytes.Lines(content) {
		var object map[string]any
		if err := json.Unmarshal(line, &object); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		objects = append(objects, object)
	}
	return objects
}

func written(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// The dry run prints every term that the config weighs: here by hand, for an
// answer in the right script, an echo and silence.
func TestRewardCommand(t *testing.T) {
	const header = "source\treference\toutput\n"
	table := written(t, "a.tsv", header+"abc\t西藏\t西藏\nabc\t西藏\tabc\nabc\t西藏\t\n")
	config := written(t, "r.json", `{"language": {"weight": 2}, "rouge": {"weight": 1}, "length": {"weight": 0.5}}`)
	objects := printed(t, "reward", table, "--config", config, "--from", "en", "--to", "zh")
	if len(objects) != 4 {
		t.Fatalf("%d lines, want one a row and the means: %v", len(objects), objects)
	}
	want := []struct {
		total float64
		terms map[string]float64
	}{
		{3, map[string]float64{"language": 2, "rouge": 1, "length": 0, "empty": 0}},
		{0, map[string]float64{"language": 0, "rouge": 0, "length": 0, "empty": 0}},
		{-1.5, map[string]float64{"language": 0, "rouge": 0, "length": -0.5, "empty": -1}},
		{0.5, map[string]float64{"language": 2.0 / 3, "rouge": 1.0 / 3, "length": -0.5 / 3, "empty": -1.0 / 3}},
	}
	for i, object := range objects {
		terms := object["terms"].(map[string]any)
		if d := object["total"].(float64) - want[i].total; d > 1e-9 || d < -1e-9 || len(terms) != len(want[i].terms) {
			t.Errorf("line %d is %v, want %+v", i, object, want[i])
		}
		for name, value := range want[i].terms {
			if have, ok := terms[name].(float64); !ok || have-value > 1e-9 || value-have > 1e-9 {
				t.Errorf("line %d: %s is %v, want %v", i, name, terms[name], value)
			}
		}
	}
	facts := written(t, "f.jsonl", `{"source": "France", "reference": "Paris", "output": "Paris", "fact": "1", "sample": "0", "choices": "Rome|Oslo", "target_lang": "en"}
{"source": "法国", "reference": "巴黎", "output": "罗马", "fact": "1", "sample": "0", "choices": "罗马", "target_lang": "zh"}
`)
	consistency := written(t, "c.json", `{"consistency": {"weight": 1}}`)
	for i, object := range printed(t, "reward", facts, "--config", consistency, "--task", "fact", "--from", "en", "--to", "en")[:2] {
		if object["total"].(float64) != 1 { // one language right, one wrong
			t.Errorf("fact, line %d: %v", i, object)
		}
	}
	for _, test := range []struct {
		table, config, want string
	}{
		{table, "", "--encoder"},
		{written(t, "b.tsv", "source\treference\nabc\t西藏\n"), config, "called output"},
		{table, written(t, "bad.json", "{\n\"langage\": {}}"), `line 2: a reward has no field "langage"`},
		{written(t, "c.tsv", "source\treference\toutput\tsample\na\t西\t西\tx\n"), config, `sample "x"`},
	} {
		arguments := []string{"reward", test.table, "--from", "en", "--to", "zh"}
		if test.config != "" {
			arguments = append(arguments, "--config", test.config)
		}
		if err := runProgram(t, context.Background(), arguments...); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%v: error %v, want one with %q", arguments, err, test.want)
		}
	}
}

// An encoder that is served elsewhere gives the similarity.
func TestServedEncoder(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	t.Setenv("OPENAI_API_KEY", "")
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// 西藏 lies at 1, 0 and 西 at .6, .8.
		w.Header().Set("Content-Type", "application/json")
		io.WriteString(w, `{"data": [{"index": 0, "embedding": [0.6, 0.8]}, {"index": 1, "embedding": [2, 0]}]}`)
	}))
	defer server.Close()
	table := written(t, "a.tsv", "source\treference\toutput\nabc\t西藏\t西\n")
	config := written(t, "r.json", `{"similarity": {"weight": 1, "tau": 0.2}}`)
	objects := printed(t, "reward", table, "--config", config, "--from", "en", "--to", "zh", "--encoder", "openai:m@"+server.URL+"/v1")
	if have := objects[0]["total"].(float64); have < 0.5-1e-6 || have > 0.5+1e-6 {
		t.Errorf("similarity %v, want (.6-.2)/.8", have)
	}
	if _, ok, err := servedEncoder("assets/models/nano-enc"); ok || err != nil {
		t.Errorf("a folder is taken for a served encoder: %v", err)
	}
	if _, ok, err := servedEncoder("openai:m"); !ok || err == nil || !strings.Contains(err.Error(), "OPENAI_API_KEY") {
		t.Errorf("OpenAI without a key: %v", err)
	}
}

// Runs of two methods, two points each: drift over seeds at equal steps and gain.
func TestTaxCommand(t *testing.T) {
	run := func(name, method string, gain, drift float64) string {
		dir := filepath.Join(t.TempDir(), name)
		log, err := openRunLog(dir)
		if err != nil {
			t.Fatal(err)
		}
		for i, step := range []int{0, 10} {
			log.write("metrics.jsonl", protocol.Event{Tax: &protocol.Tax{Step: step, NLL: map[string]float64{"en": 4},
				Drift: map[string]protocol.Drift{"en": {Mean: float64(i) * drift, P90: float64(i) * 3 * drift}}}})
			log.write("metrics.jsonl", protocol.Event{Scores: &protocol.Scores{Step: step, Scores: []task.Score{{Name: "similarity", Value: 0.3 + float64(i)*gain}}}})
		}
		log.close()
		if err := os.WriteFile(filepath.Join(dir, "run.json"), []byte(`{"train": {"method": "`+method+`"}}`), 0o644); err != nil {
			t.Fatal(err)
		}
		return dir
	}
	object := printed(t, "tax", run("a", "sft", 0.4, 0.8), run("b", "sft", 0.4, 0.4), run("c", "grpo", 0.1, 0.1))[0]
	if object["step"].(float64) != 10 {
		t.Errorf("step %v", object["step"])
	}
	// At equal gain .1 the runs of SFT stand a quarter of their way: .2 and .1.
	want := []struct {
		method, at  string
		runs        int
		drift, high float64
	}{{"sft", "steps", 2, 0.6, 0.8}, {"grpo", "steps", 1, 0.1, 0.1}, {"sft", "gain", 2, 0.15, 0.2}, {"grpo", "gain", 1, 0.1, 0.1}}
	var rows []taxRow
	encoded, err := json.Marshal(object["rows"])
	if err == nil {
		err = json.Unmarshal(encoded, &rows)
	}
	if err != nil || len(rows) != len(want) {
		t.Fatalf("rows %s, %v", encoded, err)
	}
	near := func(a, b float64) bool { return a-b < 1e-9 && b-a < 1e-9 }
	for i, w := range want {
		r := rows[i]
		if r.Method != w.method || r.At != w.at || r.Runs != w.runs || !near(r.Drift["en"].Value, w.drift) || !near(r.Drift["en"].High, w.high) || !near(r.P90["en"].Value, 3*w.drift) {
			t.Errorf("row %d is %+v, want %+v", i, r, w)
		}
	}
	if err := runProgram(t, context.Background(), "tax", t.TempDir()); err == nil || !strings.Contains(err.Error(), "--out") {
		t.Errorf("a folder without a run: %v", err)
	}
}

// Facts and probes of the nano model run to their ends and count what was asked.
func TestFactsAndProbesCommands(t *testing.T) {
	if testing.Short() {
		t.Skip("measures the nano model")
	}
	data := os.Getenv("DONGYUR_DATA")
	if data == "" {
		data = filepath.Join("..", "..", "..", "..", "shared", "data")
	}
	if _, err := os.Stat(filepath.Join(data, "facts_geo_14lang.jsonl")); err != nil {
		t.Skipf("set DONGYUR_DATA to the folder of data sets: %v", err)
	}
	atRoot(t)
	for _, by := range []string{"likelihood", "generation"} {
		object := printed(t, "facts", "assets/models/nano", "--langs", "en,zh", "--seen", "en", "--limit", "3", "--by", by, "--max-tokens", "4")[0]
		all, seen := object["all"].(map[string]any), object["seen"].(map[string]any)
		if object["facts"].(float64) != 3 || len(object["languages"].([]any)) != 2 || all["facts"].(float64) != 3 || seen["facts"].(float64) != 0 {
			t.Errorf("by %s: %v", by, object)
		}
		if _, ranked := all["rankc"]; ranked != (by == "likelihood") {
			t.Errorf("by %s: RankC %v", by, all["rankc"])
		}
	}
	// The first pair of each paradigm, as transformers 5.23.0 in float32 judges them (testdata/probes.py).
	object := printed(t, "probes", "assets/models/nano", "--lang", "zh", "--limit", "1")[0]
	want := map[string][2]float64{"sling": {15, 26}, "zhoblimp": {33, 54}, "xcopa": {1, 2}}
	for _, set := range object["sets"].([]any) {
		s := set.(map[string]any)
		if have := [2]float64{s["right"].(float64), s["count"].(float64)}; have != want[s["name"].(string)] {
			t.Errorf("set %v: %v, want %v", s["name"], have, want[s["name"].(string)])
		}
	}
}

// Answers are greedy unless a temperature is given; what cannot be drawn from is refused.
func TestSampling(t *testing.T) {
	for _, c := range []struct {
		args []string
		want task.Sampling
		says string
	}{
		{args: nil, want: task.Sampling{MaxTokens: 64}},
		{args: []string{"--top-p", "0.9", "--seed", "7"}, want: task.Sampling{MaxTokens: 64}},
		{args: []string{"--temperature", "0.8", "--top-p", "0.9", "--seed", "7", "--max-tokens", "32"},
			want: task.Sampling{Temperature: 0.8, TopP: 0.9, MaxTokens: 32, Seed: 7}},
		{args: []string{"--temperature=-1"}, says: "--temperature -1"},
		{args: []string{"--temperature", "1", "--top-p", "0"}, says: "--top-p 0"},
		{args: []string{"--top-p", "1.5"}, says: "--top-p 1.5"},
	} {
		var cli program
		if _, err := newParser(t, &cli).Parse(append([]string{"compare", "--model", "nano"}, c.args...)); err != nil {
			t.Fatal(err)
		}
		got, err := cli.Compare.sampling()
		if got != c.want || (err != nil) != (c.says != "") || err != nil && !strings.Contains(err.Error(), c.says) {
			t.Errorf("%q: %+v, %v; want %+v, %q", c.args, got, err, c.want, c.says)
		}
	}
}

// Comparisons are averaged without their runs; a folder with neither is refused.
func TestSummaryOfComparisons(t *testing.T) {
	var folders []string
	for _, after := range []string{"0.5", "0.7"} {
		dir := t.TempDir()
		lines := `{"type":"compared","compared":{"metrics":{"similarity_before":0.4,"similarity_after":` + after + `,"chrF2++_before":10,"chrF2++_after":12}}}` + "\n"
		if err := os.WriteFile(filepath.Join(dir, comparisonFile), []byte(lines+lines), 0o644); err != nil {
			t.Fatal(err)
		}
		folders = append(folders, dir)
	}
	out := printed(t, append([]string{"summary"}, folders...)...)
	if got := out[0]; got["runs"] != 2.0 || got["lines"] != 2.0 || math.Abs(got["similarity_after"].(float64)-0.6) > 1e-9 || math.Abs(got["chrf_after"].(float64)-12) > 1e-9 {
		t.Errorf("%v", got)
	}
	if err := runProgram(t, t.Context(), "summary", t.TempDir()); err == nil || !strings.Contains(err.Error(), "neither a run") {
		t.Errorf("an empty folder: %v", err)
	}
}
