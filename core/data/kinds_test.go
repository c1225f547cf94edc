package data

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dongyur/dongyur/core/protocol"
)

const (
	waterTea = "水→ཆུ། 茶→ཇ།"
	four     = "水→ཆུ། 喝茶→ཇ་འཐུང་། 下雪了→ཁ་བ་བབས། 门开着→སྒོ་ཕྱེ་ཡོད།"
)

// kinds are the files of testdata/tables, one for each way in which tables come: what is
// read of them from zh to bo, which rows are left out, by line, and what is said.
var kinds = []struct {
	file, read, out string
	says            string
	refused         string // part of the error
}{
	{"gb18030.csv", four, "", "GB18030", ""},
	{"utf16-mark.txt", four, "", "UTF-16", ""},
	{"utf16-le.csv", four, "", "UTF-16", ""},
	{"utf16-be.csv", four, "", "UTF-16", ""},
	{"one-byte-lost.csv", "水→ཆུ། 下雪了→ཁ་བ་བབས། 门开着→སྒོ་ཕྱེ་ཡོད། 水冰→ཆུ་འཁྱགས།", "3 broken", "", ""},

	{"excel-sep.csv", four, "", "", ""},
	{"excel-quoted.tsv", `按 "门" 键→"སྒོ" མནོན། 水/茶→ཆུ།/ཇ།`, "", "", ""},
	{"quotes-are-letters.tsv", `"水" 好→ཆུ། "茶→ཇ།`, "", "", ""},
	{"invisible-ends.csv", "水→ཆུ།", "", "", ""},

	{"codes.tsv", "水→ཆུ།", "", "", ""},
	{"tags.tsv", "水→ཆུ།", "", "", ""},
	{"names.tsv", "水→ཆུ།", "", "", ""},
	{"names-zh.tsv", "水→ཆུ།", "", "", ""},
	{"names-bo.tsv", "水→ཆུ།", "", "", ""},
	{"unknown-names.csv", waterTea, "", `the first row, "frase", "tradotta"`, ""},
	{"no-names.tsv", waterTea, "", "", ""},
	{"exchanged.tsv", waterTea, "", "exchanged", ""},

	{"weblate.csv", "水→ཆུ།", "3 fuzzy, 4 untranslated", "", ""},
	{"crowdin.csv", "水→ཆུ།", "", "", ""},
	{"states.csv", "水→ཆུ།", "3 draft, 4 untranslated", "", ""},
	{"omegat.txt", waterTea, "", "", ""},

	{"pairs.jsonl", "水→ཆུ།", "2 untranslated", "", ""},
	{"flores.jsonl", "水→ཆུ། 12→༡༢", "2 not text, 4 broken", "", ""},
	{"array.json", waterTea, "", "", ""},
	{"messages.jsonl", waterTea, "", "1 conversations", ""},
	{"conversations.jsonl", "水→ཆུ།", "", "", ""},
	{"prompts.jsonl", "水→ཆུ།", "", "1 conversations", ""},
	{"prompt.jsonl", "水→ཆུ།", "", "", ""},
	{"choices.jsonl", "水→ཆུ།", "", "", ""},

	{"app.po", `水/茶 "热"→ཆུ།/ཇ། "ཚ་པོ" %d 杯水们→ཆུ་%d`, "17 fuzzy, 21 untranslated, 27 broken, 29 obsolete", "", ""},

	{"states.xlf", "水→ཆུ། 火→མེ།", "4 draft, 5 untranslated, 6 draft, 7 locked, 8 locked, 9 untranslated", "", ""},
	{"no-target-language.xlf", "水→ཆུ།", "", "", ""},
	{"codes.xlf", "第%1杯%2水{3}/茶→ཆུ་%1 %2{3}/ཇ།", "", "2 inline codes of formatting", ""},
	{"codes20.xlf", "水%1和%2和%3和{4}A→ཆུ་%1དང་%2དང་%3དང་{4}A", "3 untranslated", "", ""},
	{"segments.sdlxliff", "水。→ཆུ།", "2 draft, 2 untranslated", "", ""},
	{"memory.tmx", "第%1杯水→ཆུ་{1}", "5 untranslated", "2 inline codes", ""},
	{"memory11.tmx", "第%1杯水→ཆུ་{1}", "5 untranslated", "2 inline codes", ""},

	{"mojibake.tsv", "", "2 other script, 3 other script, 4 other script, 5 other script", "", "none of the table's 4 rows"},
	{"wylie.tsv", "", "2 other script, 3 other script", "", "none of the table's 2 rows"},
	{"one-wrong.tsv", "水→ཆུ། water→ཆུ།", "3 other script, 4 Wylie, 5 mojibake", "", ""},

	{"words.xlsx", "水→ཆུ། 喝茶→ཇ་འཐུང་།", "5 untranslated, 6 untranslated", `"words" was read`, ""},
}

func TestKindsOfTables(t *testing.T) {
	files, err := filepath.Glob("testdata/tables/*")
	if err != nil || len(files) != len(kinds)+1 { // and what makes them
		t.Errorf("%d files, %v; want one for each of %d kinds", len(files), err, len(kinds))
	}
	for _, kind := range kinds {
		t.Run(kind.file, func(t *testing.T) {
			raw, err := os.ReadFile("testdata/tables/" + kind.file)
			if err != nil {
				t.Fatal(err)
			}
			table, err := ReadTable(bytes.NewReader(raw), ReadOptions{Name: kind.file, SourceLang: "zh", TargetLang: "bo"})
			if kind.refused == "" && err != nil || kind.refused != "" && (err == nil || !strings.Contains(err.Error(), kind.refused)) {
				t.Fatalf("error %v, want %q", err, kind.refused)
			}
			var read, out []string
			for i, e := range table.Examples {
				read = append(read, strings.ReplaceAll(e.Source+"→"+e.Reference, "\n", "/"))
				if e.SourceLang != "zh" || e.TargetLang != "bo" || table.Lines[i] < 1 {
					t.Errorf("%+v at line %d", e, table.Lines[i])
				}
			}
			for _, s := range table.Skipped {
				out = append(out, fmt.Sprintf("%d %s", s.Line, s.Reason))
			}
			if diff := cmp.Diff(kind.read, strings.Join(read, " ")); diff != "" && kind.refused == "" {
				t.Errorf("read (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(kind.out, strings.Join(out, ", ")); diff != "" {
				t.Errorf("left out (-want +got):\n%s", diff)
			}
			if notes := strings.Join(table.Notes, "\n"); !strings.Contains(notes, kind.says) || kind.says == "" && notes != "" {
				t.Errorf("notes %q, want %q", notes, kind.says)
			}
			strict, err := ReadTable(bytes.NewReader(raw), ReadOptions{Name: kind.file, SourceLang: "zh", TargetLang: "bo", Strict: true})
			bad := strings.Contains(kind.out, "broken") || strings.Contains(kind.out, "not text") || strings.Contains(kind.out, "script")
			if bad != (err != nil) {
				t.Errorf("strict: %+v, %v", strict, err)
			}
		})
	}
}

// The other way round reads the same pairs, exchanged.
func TestKindsTheOtherWay(t *testing.T) {
	for _, kind := range kinds {
		if kind.refused != "" || kind.file == "one-wrong.tsv" || kind.file == "flores.jsonl" {
			continue
		}
		raw, err := os.ReadFile("testdata/tables/" + kind.file)
		if err != nil {
			t.Fatal(err)
		}
		there, err := ReadTable(bytes.NewReader(raw), ReadOptions{Name: kind.file, SourceLang: "zh", TargetLang: "bo"})
		if err != nil {
			t.Fatal(err)
		}
		back, err := ReadTable(bytes.NewReader(raw), ReadOptions{Name: kind.file, SourceLang: "bo", TargetLang: "zh"})
		if err != nil || len(back.Examples) != len(there.Examples) {
			t.Errorf("%s: %d examples and %v, want %d", kind.file, len(back.Examples), err, len(there.Examples))
			continue
		}
		for i, e := range back.Examples {
			if e.Source != there.Examples[i].Reference || e.Reference != there.Examples[i].Source {
				t.Errorf("%s: %q → %q, want %q → %q", kind.file, e.Source, e.Reference, there.Examples[i].Reference, there.Examples[i].Source)
			}
		}
	}
}

// A table all of whose texts on one side are of another kind is refused, and in a page
// comes in to be mended.
func TestWhollyWrongTables(t *testing.T) {
	for _, test := range []struct{ file, from, to, says string }{
		{"mojibake.tsv", "bo", "zh", "mojibake"},
		{"wylie.tsv", "bo", "en", "Wylie"},
		{"names.tsv", "ja", "bo", "no column for the source"},
	} {
		raw, err := os.ReadFile("testdata/tables/" + test.file)
		if err != nil {
			t.Fatal(err)
		}
		_, err = ReadTable(bytes.NewReader(raw), ReadOptions{Name: test.file, SourceLang: test.from, TargetLang: test.to})
		if err == nil || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%s from %s to %s: %v, want %q", test.file, test.from, test.to, err, test.says)
		}
		parsed, err := Parse(protocol.Parse{Name: test.file, Data: raw, SourceLang: test.from, TargetLang: test.to})
		if err != nil || parsed.Report == nil || (len(parsed.Examples) == 0) != (test.file == "names.tsv") {
			t.Errorf("%s in a page: %+v, %v", test.file, parsed, err)
		}
	}
}

// Columns are mapped by name, language or number, and a mapping is never exchanged.
func TestColumnsAreMapped(t *testing.T) {
	const text = "Simplified (zh-CN)\tzh-TW\tbo\tcomment\n水\t滴\tཆུ།\twater\n"
	for _, test := range []struct{ source, reference, want string }{
		{"zh-TW", "bo", "滴→ཆུ།"}, {"zh-CN", "bo", "水→ཆུ།"}, {"1", "3", "水→ཆུ།"}, {"bod", "2", "ཆུ།→滴"}, {"comment", "bo", "water→ཆུ།"},
	} {
		got, err := ReadTable(strings.NewReader(text), ReadOptions{Columns: map[string]string{columnSource: test.source, columnReference: test.reference}})
		if err != nil || got.Examples[0].Source+"→"+got.Examples[0].Reference != test.want {
			t.Errorf("%s, %s: %+v, %v; want %s", test.source, test.reference, got, err, test.want)
		}
	}
	for _, test := range []struct{ head, from, want string }{
		{"zh-TW\tzh-CN", "zh", "滴"}, {"zh-TW\tzh-CN", "zh-Hant", "水"}, {"en-US\ten", "en", "滴"}, {"yor\tswa", "sw", "滴"}, {"Yoruba\tSwahili", "yo", "水"},
	} {
		got, err := ReadTable(strings.NewReader(test.head+"\tbo\n水\t滴\tཆུ།\n"), ReadOptions{SourceLang: test.from, TargetLang: "bo", Mendable: true})
		if err != nil || got.Examples[0].Source != test.want {
			t.Errorf("%q from %s: %+v, %v; want %s", test.head, test.from, got, err, test.want)
		}
	}
	_, err := ReadTable(strings.NewReader("en-US\ten-GB\tbo\ncolor\tcolour\tཚོས།\n"), ReadOptions{SourceLang: "en", TargetLang: "bo"})
	if err == nil || !strings.Contains(err.Error(), "choose one with --columns source=") {
		t.Errorf("two columns of English: %v", err)
	}
}

// TestRegisteredFormat: a format is added by its row alone, and then is read by its name
// and by its look, written, listed for the page and told in errors.
func TestRegisteredFormat(t *testing.T) {
	before := registered
	defer func() { registered = before }()
	register(Format{Name: "arrows", Title: "Arrows", Extensions: []string{".arr"},
		Is: func(text string) bool { return strings.Contains(text, "⇒") },
		Read: func(f file) (*sheet, error) {
			b := newBuilder(f)
			for i, line := range strings.Split(strings.TrimSpace(f.text), "\n") {
				r := sheetRow{line: i + 1, column: 1}
				source, reference, _ := strings.Cut(line, "⇒")
				for name, text := range map[string]string{"source": source, "reference": reference} {
					if err := b.put(&r, name, "", cell{text: text, line: i + 1, column: 1}); err != nil {
						return nil, err
					}
				}
				b.rows = append(b.rows, r)
			}
			return b.done(), nil
		}})
	for _, name := range []string{"a.arr", "pasted"} {
		got, err := ReadTable(strings.NewReader("水⇒ཆུ།\n"), ReadOptions{Name: name, SourceLang: "zh", TargetLang: "bo"})
		if err != nil || got.Format.Name != "arrows" || got.Examples[0].Reference != "ཆུ།" {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
	listed := false
	for _, f := range TableFormats() {
		listed = listed || f.Name == "arrows" && f.Reads && !f.Writes
	}
	if !listed {
		t.Error("the format is not told to the page")
	}
	if err := Write(&bytes.Buffer{}, "arrows", nil); err == nil || !strings.Contains(err.Error(), "read only") {
		t.Errorf("writing it: %v", err)
	}
	if _, err := FormatNamed("none"); err == nil || !strings.Contains(err.Error(), "arrows") {
		t.Errorf("an unknown format: %v", err)
	}
}
