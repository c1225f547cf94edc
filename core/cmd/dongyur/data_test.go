package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dongyur/dongyur/core/data"
)

const (
	pairsTable = "id\tsplit\tbo\tzh\np1\ttrain\tདེབ།\t书\np2\ttest\tཇ།\t茶\np3\ttrain\tཁང་པ།\t房子\n"
	factsLines = `{"id":"f1","split":"train","subject":{"en":"A"}}` + "\n" + `{"id":"f2","split":"test","subject":{"en":"B"}}` + "\n"
	plainTable = "source\ttext\nx\tབོད་ཡིག།\ny\tསྐད་ཡིག།\n"
)

// smallCatalogue describes sets whose files lie in the folder that it gives, but for
// "missing", which is on a server at url.
func smallCatalogue(t *testing.T, url string) *data.Catalogue {
	t.Helper()
	dir := t.TempDir()
	for name, content := range map[string]string{"pairs.tsv": pairsTable, "facts.jsonl": factsLines, "plain.tsv": plainTable, "one.json": "{}"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	source := fmt.Sprintf(`{"sets": [
		{"name": "starter", "rows": 152, "class": "R", "licence": "CC0-1.0", "reviewed": "no", "languages": ["bo", "zh", "en"],
		 "tasks": ["translate", "headline"], "splits": ["train", "test"]},
		{"name": "pairs", "file": "pairs.tsv", "format": "tsv", "rows": 3, "sha256": "%s", "class": "M", "licence": "none", "reviewed": "no",
		 "columns": ["id", "split", "bo", "zh"], "languages": ["bo", "zh"], "tasks": ["translate"], "splits": ["train", "test"]},
		{"name": "plain", "file": "plain.tsv", "format": "tsv", "rows": 2, "sha256": "%s", "class": "R", "licence": "CC0-1.0", "reviewed": "no",
		 "columns": ["source", "text"], "languages": ["bo"]},
		{"name": "facts", "file": "facts.jsonl", "format": "jsonl", "rows": 2, "sha256": "%s", "class": "R", "licence": "CC0-1.0", "reviewed": "no",
		 "columns": ["id", "split", "subject"], "languages": ["ar", "bo", "en", "sw", "zh"], "splits": ["train", "test"], "evaluation_only": true},
		{"name": "one", "file": "one.json", "format": "json", "rows": 1, "sha256": "%s", "class": "R", "licence": "CC0-1.0", "reviewed": "no",
		 "languages": ["en"]},
		{"name": "missing", "file": "missing.tsv", "format": "tsv", "rows": 3, "sha256": "%s", "url": "%s", "class": "R", "licence": "CC0-1.0",
		 "reviewed": "no", "columns": ["id", "split", "bo", "zh"], "languages": ["bo", "zh"], "tasks": ["translate"]}
	]}`, hashOf(pairsTable), hashOf(plainTable), hashOf(factsLines), hashOf("{}"), hashOf(pairsTable), url)
	catalogue, err := data.LoadCatalogue(strings.NewReader(source))
	if err != nil {
		t.Fatal(err)
	}
	catalogue.Folder = dir
	return catalogue
}

func hashOf(content string) string {
	sum := sha256.Sum256([]byte(content))
	return hex.EncodeToString(sum[:])
}

// linesOf decodes JSON lines.
func linesOf(t *testing.T, out string) []map[string]any {
	t.Helper()
	var lines []map[string]any
	for _, line := range strings.Split(strings.TrimSpace(out), "\n") {
		var fields map[string]any
		if err := json.Unmarshal([]byte(line), &fields); err != nil {
			t.Fatalf("%q is no JSON object: %v", line, err)
		}
		lines = append(lines, fields)
	}
	return lines
}

func TestListSets(t *testing.T) {
	catalogue := smallCatalogue(t, "")
	var out bytes.Buffer
	if err := listSets(&out, catalogue, false); err != nil {
		t.Fatal(err)
	}
	rows := map[string]string{}
	for _, line := range strings.Split(out.String(), "\n") {
		if fields := strings.Fields(line); len(fields) > 0 {
			rows[fields[0]] = strings.Join(fields, " ")
		}
	}
	for name, want := range map[string]string{
		"NAME":    "NAME ROWS CLASS LANGUAGES HERE LICENCE",
		"starter": "starter 152 R bo zh en built in CC0-1.0",
		"pairs":   "pairs 3 M bo zh yes none",
		"facts":   "facts 2 R ar bo en and 2 more yes CC0-1.0",
		"missing": "missing 3 R bo zh no CC0-1.0",
	} {
		if rows[name] != want {
			t.Errorf("row %q, want %q", rows[name], want)
		}
	}

	out.Reset()
	if err := listSets(&out, catalogue, true); err != nil {
		t.Fatal(err)
	}
	lines := linesOf(t, out.String())
	if len(lines) != len(catalogue.Sets) {
		t.Fatalf("%d lines for %d sets", len(lines), len(catalogue.Sets))
	}
	for i, want := range []struct {
		present bool
		class   string
	}{{true, "R"}, {true, "M"}, {true, "R"}, {true, "R"}, {true, "R"}, {false, "R"}} {
		if lines[i]["present"] != want.present || lines[i]["class"] != want.class || lines[i]["name"] != catalogue.Sets[i].Name {
			t.Errorf("line %d: %v", i, lines[i])
		}
	}
}

func TestShow(t *testing.T) {
	catalogue := smallCatalogue(t, "")
	for _, test := range []struct {
		name        string
		show        dataShow
		json        bool
		want        []string // in this order
		hidden, err string
	}{
		{name: "pairs, set's own languages", show: dataShow{Name: "pairs"},
			want: []string{"p1  train", "bo  དེབ།", "zh  书", "p2  test", "p3", "3 of 3 examples, task translate"}},
		{name: "other way, split and limit", show: dataShow{Name: "pairs", From: "zh", Split: "train", Limit: 1},
			want: []string{"p1", "zh  书", "bo  དེབ།", "1 of 2 examples"}, hidden: "p3"},
		{name: "examples as JSON", show: dataShow{Name: "pairs", Limit: 1}, json: true,
			want: []string{`{"id":"p1","task":"translate","source":"དེབ།","reference":"书","source_lang":"bo","target_lang":"zh","split":"train"`}, hidden: "examples"},
		{name: "starter headlines", show: dataShow{Name: "starter", Task: "headline", Limit: 2}, want: []string{"2 of 24 examples, task headline"}},
		{name: "plain text", show: dataShow{Name: "plain", Limit: 1}, want: []string{"1  བོད་ཡིག།"}, hidden: "སྐད་ཡིག།"},
		{name: "plain text as JSON", show: dataShow{Name: "plain"}, json: true, want: []string{`{"lang":"bo","text":"བོད་ཡིག།"}`, "སྐད་ཡིག།"}},
		{name: "a set with tasks as plain text", show: dataShow{Name: "pairs", Task: "text", From: "zh", Split: "test"}, want: []string{"1  茶"}, hidden: "书"},
		{name: "rows of facts", show: dataShow{Name: "facts", Split: "test"}, want: []string{`{"id":"f2"`}, hidden: "f1"},
		{name: "rows of facts, limit", show: dataShow{Name: "facts", Limit: 1}, want: []string{`{"id":"f1"`}, hidden: "f2"},
		{name: "no rows", show: dataShow{Name: "one"}, err: "one json document"},
		{name: "no such task", show: dataShow{Name: "pairs", Task: "headline"}, err: "headline"},
		{name: "no such language", show: dataShow{Name: "pairs", From: "en"}, err: `"en"`},
		{name: "no such split", show: dataShow{Name: "pairs", Split: "dev"}, err: `"dev"`},
		{name: "not here", show: dataShow{Name: "missing"}, err: "dongyur data pull missing"},
	} {
		t.Run(test.name, func(t *testing.T) {
			set, err := catalogue.Set(test.show.Name)
			if err != nil {
				t.Fatal(err)
			}
			var out bytes.Buffer
			err = test.show.show(&out, catalogue, set, test.json)
			if test.err != "" {
				if err == nil || !strings.Contains(err.Error(), test.err) {
					t.Fatalf("error %v, want one with %q", err, test.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if test.json {
				linesOf(t, out.String())
			}
			rest := out.String()
			for _, text := range test.want {
				_, after, found := strings.Cut(rest, text)
				if !found {
					t.Fatalf("%q is not shown, or not in order:\n%s", text, out.String())
				}
				rest = after
			}
			if test.hidden != "" && strings.Contains(out.String(), test.hidden) {
				t.Errorf("%q is shown:\n%s", test.hidden, out.String())
			}
		})
	}
}

func TestNotes(t *testing.T) {
	catalogue := smallCatalogue(t, "")
	for name, want := range map[string]struct{ measure, evaluation bool }{"pairs": {true, false}, "facts": {false, true}, "plain": {false, false}} {
		set, err := catalogue.Set(name)
		if err != nil {
			t.Fatal(err)
		}
		text := strings.Join(notes(set), "\n")
		if strings.Contains(text, "measuring and experiments only") != want.measure || strings.Contains(text, "do not train on it") != want.evaluation {
			t.Errorf("notes on %s: %s", name, text)
		}
		if !strings.Contains(text, "reviewed by a native speaker: no") || !strings.Contains(text, set.Licence) {
			t.Errorf("notes on %s tell neither licence nor review: %s", name, text)
		}
	}
}

func TestShort(t *testing.T) {
	for _, test := range []struct{ name, text, want string }{
		{"short", "དེབ།", "དེབ།"},
		{"as long as may be", strings.Repeat("ཀ", shownRunes), strings.Repeat("ཀ", shownRunes)},
		{"long", strings.Repeat("ཀ", shownRunes+1), strings.Repeat("ཀ", shownRunes) + "…"},
		{"a vowel sign at the cut", strings.Repeat("ཀ", shownRunes) + "ིཀ", strings.Repeat("ཀ", shownRunes-1) + "…"},
	} {
		if got := short(test.text); got != test.want {
			t.Errorf("%s: ends in %q", test.name, got[max(0, len(got)-12):])
		}
	}
}

func TestPullSet(t *testing.T) {
	for _, test := range []struct {
		name, served string
		status       int
		err          string
	}{
		{"whole", pairsTable, http.StatusOK, ""},
		{"another version", pairsTable + "p4\ttrain\tཆུ།\t水\n", http.StatusOK, "sha256"},
		{"gone", "", http.StatusNotFound, "404"},
	} {
		t.Run(test.name, func(t *testing.T) {
			requests := 0
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				requests++
				w.WriteHeader(test.status)
				fmt.Fprint(w, test.served)
			}))
			defer server.Close()
			catalogue := smallCatalogue(t, server.URL)
			path := filepath.Join(catalogue.Folder, "missing.tsv")
			var out bytes.Buffer
			err := pullSet(context.Background(), &out, catalogue, "missing", true)
			if test.err != "" {
				if err == nil || !strings.Contains(err.Error(), test.err) {
					t.Errorf("error %v, want one with %q", err, test.err)
				}
				if left, _ := filepath.Glob(path + "*"); len(left) != 0 {
					t.Errorf("left behind: %v", left)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			lines := linesOf(t, out.String())
			last := lines[len(lines)-1]
			if last["event"] != "checked" || last["path"] != path || last["sha256"] != hashOf(pairsTable) {
				t.Errorf("last line %v", last)
			}
			if first := lines[0]; first["event"] != "progress" || first["total"] != float64(len(pairsTable)) {
				t.Errorf("first line %v", first)
			}
			out.Reset()
			if err := pullSet(context.Background(), &out, catalogue, "missing", false); err != nil {
				t.Fatal(err)
			}
			if requests != 1 || !strings.Contains(out.String(), path) {
				t.Errorf("%d downloads of a set that is there; printed %q", requests, out.String())
			}
		})
	}
	t.Run("not to be pulled", func(t *testing.T) {
		catalogue := smallCatalogue(t, "")
		var out bytes.Buffer
		if err := pullSet(context.Background(), &out, catalogue, "starter", false); err != nil || !strings.Contains(out.String(), "built in") {
			t.Errorf("built-in set: %q, %v", out.String(), err)
		}
		if err := pullSet(context.Background(), &out, catalogue, "missing", false); err == nil || !strings.Contains(err.Error(), "no public address") {
			t.Errorf("a set without address: %v", err)
		}
		if err := pullSet(context.Background(), &out, catalogue, "nope", false); err == nil || !strings.Contains(err.Error(), "pairs") {
			t.Errorf("an unknown set: %v", err)
		}
	})
}
