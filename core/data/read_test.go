package data

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dongyur/dongyur/core/task"
)

// brief is what most cases compare of an example.
type brief struct{ Source, Reference, SourceLang, TargetLang string }

func briefs(examples []task.Example) []brief {
	var out []brief
	for _, e := range examples {
		out = append(out, brief{e.Source, e.Reference, e.SourceLang, e.TargetLang})
	}
	return out
}

func TestReadTableFormats(t *testing.T) {
	boZh := []brief{{"ཇ་འཐུང་།", "喝茶。", "bo", "zh"}, {"ཆུ་འཐུང་།", "喝水。", "bo", "zh"}}
	cases := []struct {
		name, text string
		opt        ReadOptions
		want       []brief
	}{
		{"tsv, language columns", "bo\tzh\nཇ་འཐུང་།\t喝茶。\nཆུ་འཐུང་།\t喝水。\n", ReadOptions{}, boZh},
		{"tsv, the other direction", "zh\tbo\n喝茶。\tཇ་འཐུང་།\n喝水。\tཆུ་འཐུང་།\n", ReadOptions{SourceLang: "bo", TargetLang: "zh"}, boZh},
		{"Excel's byte order mark and line ends", "\ufeffTibetan,Chinese\r\nཇ་འཐུང་།,喝茶。\r\nཆུ་འཐུང་།,喝水。\r\n", ReadOptions{}, boZh},
		{"Macintosh line ends", "bo,zh\rཇ་འཐུང་།,喝茶。\rཆུ་འཐུང་།,喝水。", ReadOptions{}, boZh},
		{"semicolons", "bo;zh\nཇ་འཐུང་།;喝茶。\nཆུ་འཐུང་།;喝水。\n", ReadOptions{}, boZh},
		{"tabs in a file called csv", "bo\tzh\nཇ་འཐུང་།\t喝茶。\nཆུ་འཐུང་།\t喝水。\n", ReadOptions{Name: "a.csv"}, boZh},
		{"no column names", "ཇ་འཐུང་།\t喝茶。\nཆུ་འཐུང་།\t喝水。", ReadOptions{SourceLang: "bo", TargetLang: "zh"}, boZh},
		{"blank lines and empty cells at the end", "bo,zh\n\nཇ་འཐུང་།,喝茶。,,\n,,\nཆུ་འཐུང་།,喝水。\n", ReadOptions{}, boZh},
		{"jsonl", `{"source":"ཇ་འཐུང་།","target":"喝茶。","source_lang":"bo","target_lang":"zh"}` + "\n\n" + `{"target":"喝水。","source":"ཆུ་འཐུང་།","source_lang":"bo","target_lang":"zh","n":1}`, ReadOptions{}, boZh},
		{"columns by name", "a,b,c\n喝茶。,x,ཇ་འཐུང་།\n喝水。,y,ཆུ་འཐུང་།\n", ReadOptions{Columns: map[string]string{"source": "C", "reference": "a"}, SourceLang: "bo", TargetLang: "zh"}, boZh},
		{"columns by number", "喝茶。,x,ཇ་འཐུང་།\n喝水。,y,ཆུ་འཐུང་།\n", ReadOptions{Columns: map[string]string{"source": "3", "reference": "1"}, SourceLang: "bo", TargetLang: "zh"}, boZh},
		{"a column called source that is not the text", "source\ten\tzh\ntatoeba\tHi.\t你好。\n", ReadOptions{SourceLang: "en", TargetLang: "zh"}, []brief{{"Hi.", "你好。", "en", "zh"}}},
		{"three languages, one named", "bo\tzh\ten\nཇ་འཐུང་།\t喝茶。\tDrink tea.\n", ReadOptions{SourceLang: "en", TargetLang: "bo"}, []brief{{"Drink tea.", "ཇ་འཐུང་།", "en", "bo"}}},
		{"quotes in csv", "source,reference\n\"He said \"\"hi\"\", twice\",\"two\nlines\"\n", ReadOptions{}, []brief{{`He said "hi", twice`, "two\nlines", "", ""}}},
		{"quotes in tsv stay", "source\treference\n\"He said\" hi\t\"a\n", ReadOptions{}, []brief{{`"He said" hi`, `"a`, "", ""}}},
		{"no references", "text\nཇ་འཐུང་།\nཆུ་འཐུང་།\n", ReadOptions{ReferenceFree: true, SourceLang: "bo"}, []brief{{"ཇ་འཐུང་།", "", "bo", ""}, {"ཆུ་འཐུང་།", "", "bo", ""}}},
		{"a foreign name in a reference", "en,zh\nOpen LibreOffice Writer,打开 LibreOffice Writer\nLibreOffice,LibreOffice\n12,12\n", ReadOptions{},
			[]brief{{"Open LibreOffice Writer", "打开 LibreOffice Writer", "en", "zh"}, {"LibreOffice", "LibreOffice", "en", "zh"}, {"12", "12", "en", "zh"}}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got, err := ReadTable(strings.NewReader(c.text), c.opt)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, briefs(got.Examples)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestReadTableHeadlines(t *testing.T) {
	text := `{"id":"tt-1","title":"ས་ཡོམ།","body":"དེ་རིང་ས་ཡོམ་བརྒྱབ།","cov":0.5,"split":"dev"}`
	got, err := ReadTable(strings.NewReader(text), ReadOptions{Name: "news.jsonl", SourceLang: "bo"})
	if err != nil {
		t.Fatal(err)
	}
	want := []task.Example{{ID: "tt-1", Task: task.Headline, Source: "དེ་རིང་ས་ཡོམ་བརྒྱབ།", Reference: "ས་ཡོམ།", SourceLang: "bo", TargetLang: "bo",
		Split: Dev, Meta: map[string]string{"cov": "0.5"}}}
	if diff := cmp.Diff(want, got.Examples); diff != "" {
		t.Error(diff)
	}
}

func TestReadTableIDs(t *testing.T) {
	got, err := ReadTable(strings.NewReader("source\treference\na\tb\n\nc\td\n"), ReadOptions{Name: "my/pairs.tsv"})
	if err != nil {
		t.Fatal(err)
	}
	if got.Examples[0].ID != "pairs.tsv:2" || got.Examples[1].ID != "pairs.tsv:4" {
		t.Errorf("ids %q and %q, want the file and the line", got.Examples[0].ID, got.Examples[1].ID)
	}
}

func TestReadTableErrors(t *testing.T) {
	boZh := ReadOptions{SourceLang: "bo", TargetLang: "zh"}
	cases := []struct {
		name, text   string
		opt          ReadOptions
		line, column int
		field, says  string
	}{
		{"empty file", "", boZh, 1, 1, "", "empty"},
		{"white space only", "\ufeff \r\n\r\n", boZh, 1, 1, "", "empty"},
		{"column names only", "bo\tzh\n", boZh, 1, 1, "", "no examples"},
		{"names and blank rows", "bo,zh\n,\n,\n", boZh, 1, 1, "", "no examples"},
		{"one column", "bo\nཇ།\n", boZh, 1, 1, "", "one column"},
		{"one column in jsonl", `{"source":"ཇ།"}`, boZh, 1, 1, "", "one column"},
		{"no source", "id,zh\n1,茶\n", boZh, 1, 1, "source", "no column for the source"},
		{"no reference", "source,note\nཇ།,x\n", boZh, 1, 1, "reference", "no column for the reference"},
		{"mapped column missing", "bo,zh\nཇ།,茶\n", ReadOptions{Columns: map[string]string{"source": "xx"}}, 1, 1, "xx", `"bo", "zh"`},
		{"three languages, none named", "bo,zh,en\nཇ།,茶,tea\n", ReadOptions{}, 1, 1, "", "say which one"},
		{"text after a closing quote", "bo,zh\n\"ཇ།\"x,茶\n", boZh, 2, 1, "", "write each quote inside it twice"},
		{"a quote that never closes", "bo,zh\nཇ།,茶\n\"ཇ།,茶\nཆུ།,水\n", boZh, 3, 1, "", "not closed"},
		{"a short row", "id\tbo\tzh\n1\tཇ།\t茶\n2\tཆུ།\n", boZh, 3, 6, "zh", "2 fields and the first row has 3"},
		{"a long row", "bo\tzh\nཇ།\t茶\t水\n", boZh, 2, 6, "", "3 fields and the first row has 2"},
		{"UTF-16, cut inside a character", "\xff\xfeb\x00o", boZh, 1, 2, "", "cut off"},
		{"UTF-16, half a pair", "\xfe\xff\x00b\x00\n\xd8\x00\x00o", boZh, 2, 1, "", "0xD800"},
		{"UTF-16, half a pair at the end", "\xff\xfeb\x00\x00\xdc", boZh, 1, 2, "", "0xDC00"},
		{"not a text", "a\x00b", boZh, 1, 2, "", "zero byte"},
		{"Latin-1", "en,fr\ntea,th\xe9\n", ReadOptions{Columns: map[string]string{"source": "en", "reference": "fr"}}, 2, 7, "", "0xE9 is not UTF-8"},
		{"Big5", "en\tzh\ntea\t\xa7A\xa6n\n", ReadOptions{}, 2, 5, "", "0xA7 is not UTF-8"},
		{"a damaged Excel file", "PK\x03\x04\x14\x00", boZh, 1, 1, "", "damaged"},
		{"an old Excel file", "\xd0\xcf\x11\xe0\xa1\xb1", boZh, 1, 1, "", "XLSX"},
		{"a reference in the wrong script", "bo\tzh\nཇ།\t茶\nཆུ།\twater\n", boZh, 3, 5, "zh", "script (zh)"},
		{"columns exchanged in a row", "source\treference\nཇ།\t茶\n茶\tཇ།\n", boZh, 3, 3, "reference", "exchanged"},
		{"wrong script in csv after a field of two lines", "bo,zh\n\"ཇ\nང\",tea\n", boZh, 3, 4, "zh", "script (zh)"},
		{"wrong script in jsonl", `{"source": "ཇ།", "reference": "tea"}`, boZh, 1, 31, "reference", "script (zh)"},
		{"an empty source", "bo\tzh\n\t茶\n", boZh, 2, 1, "bo", "source is empty"},
		{"no row with a reference", "bo\tzh\nཇ།\t\n", boZh, 2, 4, "zh", "1 untranslated"},
		{"an unknown task", "task\tsource\treference\npoem\ta\tb\n", ReadOptions{}, 2, 1, "task", `"poem" is not known`},
		{"a JSON array that is cut off", "[\n{\"bo\":\"ཇ།\"},", boZh, 2, 13, "", "cut off"},
		{"broken JSON", "{\"bo\":\"ཇ།\",\"zh\":\"茶\"}\n{\"bo\":\"ཇ།\" \"zh\":\"茶\"}", boZh, 2, 12, "", "not a JSON object"},
		{"JSON over several lines", "{\n\"bo\":\"ཇ།\"}", boZh, 1, 1, "", "one whole object on each line"},
		{"null in JSONL", "{\"bo\":\"ཇ།\",\"zh\":\"茶\"}\nnull", boZh, 2, 1, "", "not a JSON object"},
		{"text after a JSON object", "{\"bo\":\"ཇ།\"} x", ReadOptions{Format: JSONL}, 1, 13, "", "not a JSON object"},
		{"thousands of columns", strings.Repeat("a\t", 5000) + "\n", boZh, 1, 1, "", "5001 columns"},
		{"thousands of columns in csv", "a,b\n" + strings.Repeat("a,", 5000) + "\n", boZh, 2, 1, "", "5001 columns"},
		{"thousands of keys", manyKeys(5000), boZh, 1001, 1, "", "1001 columns"},
		{"a huge line", "bo\tzh\nཇ།\t茶\nཇ།\t" + strings.Repeat("茶", maxLine/3) + "\n", boZh, 3, 1, "", "put one example on each line"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			c.opt.Strict = true
			got, err := ReadTable(strings.NewReader(c.text), c.opt)
			if err == nil {
				t.Fatalf("read %d examples, want an error", len(got.Examples))
			}
			var at *TableError
			if !errors.As(err, &at) {
				t.Fatalf("%v is not a *TableError", err)
			}
			if at.Line != c.line || at.Column != c.column || at.Field != c.field || !strings.Contains(at.Msg, c.says) {
				t.Errorf("got line %d, column %d, field %q, %q; want line %d, column %d, field %q, …%s…",
					at.Line, at.Column, at.Field, at.Msg, c.line, c.column, c.field, c.says)
			}
		})
	}
}

// manyKeys is JSON Lines in which every object has a key of its own.
func manyKeys(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "{\"k%d\":1}\n", i)
	}
	return b.String()
}

func TestReadTableRefusesOptions(t *testing.T) {
	for says, opt := range map[string]ReadOptions{
		`format "xls" is not known`:            {Format: "xls"},
		`"sauce" is not a field of an example`: {Columns: map[string]string{"sauce": "bo"}},
		"both reference and source":            {Columns: map[string]string{"source": "1", "reference": "source"}},
		`task "poem" is not known`:             {Task: "poem"},
	} {
		_, err := ReadTable(strings.NewReader("source\treference\na\tb\n"), opt)
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%+v: error %v, want …%s…", opt, err, says)
		}
	}
}

func TestReadTableReadError(t *testing.T) {
	broken := errors.New("the disk is gone")
	if _, err := ReadTable(failing{broken}, ReadOptions{Name: "a.tsv"}); !errors.Is(err, broken) {
		t.Errorf("error %v, want the reader's", err)
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

func TestReadTableLongLine(t *testing.T) {
	long := strings.Repeat("ཇ་", 100_000) // 600 kB, past every default buffer
	got, err := ReadTable(strings.NewReader("bo\tzh\n"+long+"\t茶\n"), ReadOptions{})
	if err != nil || got.Examples[0].Source != long {
		t.Errorf("a line of %d bytes: %+v, %v", len(long), got, err)
	}
}

func TestTableErrorText(t *testing.T) {
	err := &TableError{Name: "pairs.csv", Line: 3, Column: 7, Field: "zh", Msg: "the reference is empty"}
	want := `pairs.csv: line 3, column 7, field "zh": the reference is empty`
	if got := fmt.Sprint(err); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
