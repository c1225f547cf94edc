package data

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/dongyur/dongyur/core/task"
)

// text is a field as ReadTable gives it: no white space at its ends, no carriage return.
var text = rapid.Map(rapid.StringMatching(`[a-zབོད་ཇ།中文",;\t\n\\{}\[\]:# ]{0,12}`), func(s string) string {
	return strings.TrimSpace("x" + s)
})

// Property: what Write writes, ReadTable reads.
func TestWriteReadsBack(t *testing.T) {
	for _, format := range []string{TSV, CSV, JSONL} {
		t.Run(format, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				field := text
				var want []task.Example
				for range rapid.IntRange(1, 4).Draw(t, "rows") {
					e := task.Example{ID: field.Draw(t, "id"), Task: task.Translate, Source: field.Draw(t, "source"), SourceLang: "xx", TargetLang: "yy"}
					if rapid.Bool().Draw(t, "has a reference") {
						e.Reference = field.Draw(t, "reference")
					}
					if rapid.Bool().Draw(t, "is split") {
						e.Split = Dev
						e.Meta = map[string]string{"source": field.Draw(t, "meta"), "era": "x"}
					}
					want = append(want, e)
				}
				var b bytes.Buffer
				if err := Write(&b, format, want); err != nil {
					t.Fatal(err)
				}
				written := b.String()
				got, err := ReadTable(&b, ReadOptions{Format: format, ReferenceFree: true})
				if err != nil {
					t.Fatalf("%v in\n%s", err, written)
				}
				if diff := cmp.Diff(want, got.Examples); diff != "" {
					t.Fatalf("%s\nin\n%s", diff, written)
				}
			})
		})
	}
}

func TestWriteRefuses(t *testing.T) {
	tab := []task.Example{{ID: "a", Source: "one\ttwo"}}
	if err := Write(&bytes.Buffer{}, "xls", tab); err == nil || !strings.Contains(err.Error(), "not known") {
		t.Errorf("an unknown format: %v", err)
	}
	if err := Write(full{}, CSV, tab); err == nil || !strings.Contains(err.Error(), "no space left") {
		t.Errorf("a full disk: %v", err)
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errFull }
