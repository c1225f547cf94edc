package data

import (
	"encoding/binary"
	"errors"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"

	"github.com/dongyur/dongyur/core/task"
)

// inUTF16 encodes a text, with whatever byte order mark it begins with.
func asUTF16(text string, order binary.AppendByteOrder) string {
	var b []byte
	for _, unit := range utf16.Encode([]rune(text)) {
		b = order.AppendUint16(b, unit)
	}
	return string(b)
}

// A file in UTF-16 reads as the same file in UTF-8 does, whether its first line says so
// or not, and its problems are at the same places.
func TestUTF16(t *testing.T) {
	const declared = `<?xml version="1.0" encoding="UTF-16"?>`
	withPair := strings.Replace(tmx3, "Hello", "𝄞 Hello", 1) // outside the basic plane
	for _, test := range []struct{ name, plain, wide string }{
		{"TMX", tmx3, tmx3},
		{"TMX that says so", tmx3, strings.Replace(tmx3, `<?xml version="1.0"?>`, declared, 1)},
		{"TMX that says UTF-8", tmx3, strings.Replace(tmx3, `<?xml version="1.0"?>`, `<?xml version="1.0" encoding="utf-8"?>`, 1)},
		{"TMX with Windows lines", tmx3, strings.ReplaceAll(tmx3, "\n", "\r\n")},
		{"TMX with pairs", withPair, withPair},
		{"XLIFF 1.2", xliff12, strings.Replace(xliff12, `"UTF-8"`, `"utf-16"`, 1)},
		{"XLIFF 2.0", xliff20, declared + xliff20},
		{"TSV", "bo\tzh\nཇ།\t茶\n", "bo\tzh\nཇ།\t茶\n"},
	} {
		for ends, encoding := range map[string]binary.AppendByteOrder{"little endian": binary.LittleEndian, "big endian": binary.BigEndian} {
			for _, mark := range []string{"\ufeff", ""} {
				t.Run(test.name+" "+ends+map[string]string{"": " without a mark"}[mark], func(t *testing.T) {
					read := func(text string) ([]task.Example, []string) {
						var problems []string
						opt := ReadOptions{SourceLang: "zh", TargetLang: "bo", Name: "f"}
						if strings.HasPrefix(test.name, "TMX") {
							opt.Columns = map[string]string{"source": "en-US", "reference": "bod"}
						}
						got, err := ReadTable(strings.NewReader(text), opt)
						if err != nil {
							t.Fatal(err)
						}
						for _, skipped := range got.Skipped {
							problems = append(problems, skipped.Error())
						}
						if got.Encoding == textUTF16 != strings.HasPrefix(strings.Join(got.Notes, " "), "the file is in UTF-16") {
							t.Errorf("encoding %s, notes %q", got.Encoding, got.Notes)
						}
						return got.Examples, problems
					}
					want, wantProblems := read(test.plain)
					got, problems := read(asUTF16(mark+test.wide, encoding))
					if diff := cmp.Diff(want, got); diff != "" || len(got) == 0 {
						t.Errorf("%d examples (-UTF-8 +UTF-16):\n%s", len(got), diff)
					}
					if diff := cmp.Diff(wantProblems, problems); diff != "" {
						t.Errorf("problems (-UTF-8 +UTF-16):\n%s", diff)
					}
				})
			}
		}
	}
}

func TestUTF16Errors(t *testing.T) {
	for _, test := range []struct {
		name, text   string
		line, column int
		says         string
	}{
		{"not well-formed", "<?xml version=\"1.0\"?><tmx>\n<body></tmx>", 2, 13, "not well-formed"},
		{"a zero", "<?xml version=\"1.0\"?>\n<tmx>\x00", 2, 6, "zero byte"},
		{"empty", "", 1, 1, "empty"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := ReadTable(strings.NewReader(asUTF16("\ufeff"+test.text, binary.BigEndian)), ReadOptions{SourceLang: "zh", TargetLang: "bo"})
			var at *TableError
			if !errors.As(err, &at) || at.Line != test.line || at.Column != test.column || !strings.Contains(at.Msg, test.says) {
				t.Errorf("%v; want line %d, column %d and %q", err, test.line, test.column, test.says)
			}
		})
	}
}
