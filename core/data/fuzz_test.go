package data

import (
	"encoding/binary"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/dongyur/dongyur/core/protocol"
	"github.com/dongyur/dongyur/core/task"
)

var errFull = errors.New("no space left on device")

// FuzzReadTable: any bytes give examples with sources, or an error; never a panic.
// A *TableError points into the text.
func FuzzReadTable(f *testing.F) {
	for _, seed := range []string{
		"", "\ufeffbo,zh\r\nཇ།,茶\r\n", "bo\tzh\nཇ།\t茶\n", "a\tb", "a;b;\"c\n", "\"a\"\"b\",c\n\"", "bo\n\n", ",\n,", "\t\n",
		`{"source":"a","reference":"b","meta":{"x":1}}`, `{"a":{"b":{"c":[1,2]}}}`, "{}\n{}", "[1]", "{\"a\":1e9}\nnull", "{", "\xff\xfea", "PK\x03\x04", "a\rb\rc",
		"id,task,source,reference,source_lang,target_lang,split\n1,headline,a,b,bo,zh,dev\n", `{"":"","":""}`, "{\"source\":\"\\ud800\",\"target\":\"x\"}",
	} {
		for format := range 4 {
			f.Add(seed, format, format%2 == 0)
		}
	}
	f.Fuzz(func(t *testing.T, text string, format int, referenceFree bool) {
		opt := ReadOptions{Format: []string{"", TSV, CSV, JSONL}[uint(format)%4], ReferenceFree: referenceFree, SourceLang: "bo", TargetLang: "zh"}
		got, err := ReadTable(strings.NewReader(text), opt)
		var at *TableError
		if errors.As(err, &at) {
			lines := 1 + strings.Count(text, "\n") + strings.Count(text, "\r")
			if at.Line < 1 || at.Line > lines || at.Column < 1 || at.Column > len(text)+1 || at.Msg == "" {
				t.Errorf("%+v does not point into a text of %d lines and %d bytes", at, lines, len(text))
			}
		}
		if err == nil && len(got.Examples) == 0 {
			t.Error("neither examples nor an error")
		}
		if err != nil {
			return
		}
		for _, e := range got.Examples {
			if e.Source == "" || e.ID == "" || checkTask(e.Task) != nil || !referenceFree && e.Reference == "" {
				t.Errorf("read %+v", e)
			}
		}
	})
}

// FuzzXLIFF and FuzzTMX: any bytes give examples, or problems with their places; what
// was read is written and read as the same again.
func FuzzXLIFF(f *testing.F) { fuzzUnits(f, XLIFF, xliff12, xliff20) }

func FuzzTMX(f *testing.F) { fuzzUnits(f, TMX, tmx3) }

func fuzzUnits(f *testing.F, format string, seeds ...string) {
	for _, seed := range seeds {
		f.Add(seed, "zh", "bo")
		f.Add(seed[:len(seed)/2], "", "")
		for _, order := range []binary.AppendByteOrder{binary.LittleEndian, binary.BigEndian} {
			f.Add(asUTF16("\ufeff"+seed, order), "zh", "bo")
			f.Add(asUTF16(seed, order)[:len(seed)], "", "") // without its mark, half of it
		}
	}
	f.Add("<!DOCTYPE a [", "bo", "bo")
	f.Fuzz(func(t *testing.T, text, from, to string) {
		command := protocol.Parse{Name: "f." + Extension(format), Data: []byte(text), Task: "translate", SourceLang: from, TargetLang: to}
		got, err := Parse(command)
		if err != nil || len(got.Examples)+len(got.Problems) == 0 {
			t.Fatalf("%+v, %v", got, err)
		}
		if len(got.Examples) == 0 {
			return
		}
		var file strings.Builder
		if err := Write(&file, format, got.Examples); err != nil {
			return // characters that the format cannot hold
		}
		command.Data = []byte(file.String())
		command.SourceLang, command.TargetLang = got.Examples[0].SourceLang, got.Examples[0].TargetLang
		again, err := Parse(command)
		if err != nil {
			t.Fatal(err)
		}
		sources := map[string]bool{}
		for _, e := range again.Examples {
			sources[e.Source] = true
		}
		for _, e := range got.Examples {
			if e.Source != "" && !sources[e.Source] && len(again.Examples) > 0 {
				t.Errorf("%q did not come back from\n%s", e.Source, file.String())
			}
		}
	})
}

// FuzzAnyFile: any bytes under any name give rows or say with its place what is wrong,
// and what comes in is text that can be written and stored.
func FuzzAnyFile(f *testing.F) {
	for _, kind := range kinds {
		raw, err := os.ReadFile("testdata/tables/" + kind.file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw, kind.file, "zh", "bo")
		f.Add(raw[:len(raw)*2/3], kind.file, "bo", "zh")
		f.Add(raw, "", "", "")
	}
	for _, seed := range []string{"\xff\xfe\x00", "\x00<\x00?", "PK\x03\x04", "\xd0\xcf\x11\xe0", "\x81\x30\x81\x30", "msgid \"\"\nmsgstr \"Language: bo\\n\"\n#~", "sep=;\n;\n", "#\n#\n", "[[{}]]", `{"messages":[{"role":1}]}`, "<xliff version=\"1.2\"><file><trans-unit translate=\"no\">"} {
		f.Add([]byte(seed), "a.csv", "zh", "bo")
		f.Add([]byte(seed), "", "bo", "bo")
	}
	f.Fuzz(func(t *testing.T, raw []byte, name, from, to string) {
		got, err := Parse(protocol.Parse{Name: name, Data: raw, Task: task.Translate, SourceLang: from, TargetLang: to})
		if err != nil || len(got.Examples)+len(got.Problems) == 0 {
			t.Fatalf("%+v, %v", got, err)
		}
		for _, p := range got.Problems {
			if p.Message == "" || p.Line < 1 && !strings.Contains(p.Message, "more rows") {
				t.Errorf("a problem without place or message: %+v", p)
			}
		}
		for _, e := range got.Examples {
			if e.ID == "" || e.Source+e.Reference == "" {
				t.Errorf("read %+v", e)
			}
		}
	})
}
