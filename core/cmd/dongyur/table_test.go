package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const tables = "core/data/testdata/tables/"

// data show FILE says what is read of a table, what is not and why, with its line.
func TestShowFile(t *testing.T) {
	atRoot(t)
	for _, test := range []struct {
		file, from, to string
		flags          tableFlags
		says           []string
		wrong          string
	}{
		{"weblate.csv", "zh", "bo", tableFlags{}, []string{`column "target" → reference, filled in 2 rows`, "rows read as CSV: 1; left out: 2 (1 fuzzy, 1 untranslated)",
			`left out (fuzzy): line 3, column 11, field "target"`, "line 2  weblate.csv:2", "ཆུ།"}, ""},
		{"words.xlsx", "", "", tableFlags{}, []string{`"words" was read`, "Excel", "喝茶"}, ""},
		{"one-wrong.tsv", "zh", "bo", tableFlags{}, []string{"left out: 3", `warning (wrong script): line 6`, "warnings: 1, of 2 rows"}, ""},
		{"one-wrong.tsv", "zh", "bo", tableFlags{Strict: true}, nil, `line 3, column 3, field "reference"`},
		{"names-zh.tsv", "", "", tableFlags{Columns: map[string]string{"source": "中文", "reference": "1"}}, []string{"rows read as TSV: 1", "zh  水"}, ""},
		{"names-zh.tsv", "zh", "bo", tableFlags{Columns: map[string]string{"source": "德文"}}, nil, `"藏文", "中文"`},
		{"mojibake.tsv", "bo", "zh", tableFlags{}, nil, "mojibake"},
	} {
		var out bytes.Buffer
		show := dataShow{tableFlags: test.flags, Name: tables + test.file, From: tag(test.from), To: tag(test.to), Limit: 5}
		err := show.showFile(&out, false)
		if test.wrong == "" && err != nil || test.wrong != "" && (err == nil || !strings.Contains(err.Error(), test.wrong)) {
			t.Errorf("%s: %v, want %q", test.file, err, test.wrong)
		}
		for _, says := range test.says {
			if !strings.Contains(out.String(), says) {
				t.Errorf("%s says\n%s\nwithout %q", test.file, out.String(), says)
			}
		}
	}
	var out bytes.Buffer
	if err := (&dataShow{Name: tables + "states.xlf", From: "zh", To: "bo", Limit: 1}).showFile(&out, true); err != nil {
		t.Fatal(err)
	}
	lines := linesOf(t, out.String())
	if len(lines) != 8 || lines[0]["read"] != 2.0 || lines[1]["reason"] != "draft" || lines[1]["line"] != 4.0 || lines[7]["source"] != "水" {
		t.Errorf("as JSON: %v", lines)
	}
}

// train reads tables by the same flags, leaves out and warns, and refuses what is wholly
// wrong before it loads anything.
func TestTrainReadsTables(t *testing.T) {
	atRoot(t)
	dir := t.TempDir()
	rows := []string{"原文\tསྐད\tzh-TW"}
	for _, word := range []string{"水", "茶", "雪", "门", "路", "火", "山", "鸟"} {
		rows = append(rows, word+"在哪里？\t"+strings.Repeat("ཀ", len(rows))+" ག་པར་འདུག\tx")
	}
	path := filepath.Join(dir, "mine.tsv")
	if err := os.WriteFile(path, []byte(strings.Join(append(rows, "ab\thello\tx"), "\n")), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		flags []string
		says  string
	}{
		{[]string{"--columns", "source=原文,reference=སྐད", "--strict"}, "line 10, column 4"},
		{[]string{"--columns", "source=none"}, `"none"`},
		{[]string{"--columns", "sauce=1"}, `"sauce" is not a field`},
	} {
		err := runProgram(t, context.Background(), append([]string{"train", "--model", "assets/models/nano", "--data", path, "--from", "zh", "--to", "bo"}, test.flags...)...)
		if err == nil || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%v: %v, want %q", test.flags, err, test.says)
		}
	}
	flags := exampleFlags{Set: path, Task: "translate", From: "zh", To: "bo", tableFlags: tableFlags{Columns: map[string]string{"source": "原文", "reference": "སྐད"}}}
	cli := newProgram()
	examples, err := flags.whole(cli, allRows)
	again, err2 := flags.whole(cli, allRows)
	if err != nil || err2 != nil || len(examples) != 8 || len(again) != 8 || len(cli.tables) != 1 {
		t.Errorf("%d and %d examples, %v, %v, from %d readings", len(examples), len(again), err, err2, len(cli.tables))
	}
	err = runProgram(t, context.Background(), "train", "--model", "assets/models/nano", "--data", tables+"wylie.tsv", "--from", "bo", "--to", "en")
	if err == nil || !strings.Contains(err.Error(), "Wylie") || !strings.Contains(err.Error(), "all rows: 2") {
		t.Errorf("a table of Wylie: %v", err)
	}
}
