package data

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dongyur/dongyur/core/task"
)

// What Write writes, its pivot included, ReadTable reads as the same, in every format;
// so are the columns and objects that people name it by.
func TestPivotsComeBack(t *testing.T) {
	want := []task.Example{
		{ID: "1", Task: task.Translate, Source: "打开文件。", Reference: "ཡིག་ཆ་ཁ་ཕྱེ།", SourceLang: "zh", TargetLang: "bo", Split: Train,
			Pivot: &task.Pivot{Reference: "Open the file.", Lang: "en"}, Meta: map[string]string{"reviewed": "no"}},
		{ID: "2", Task: task.Translate, Source: "关闭。", Reference: "ཁ་རྒྱོབ།", SourceLang: "zh", TargetLang: "bo"},
	}
	for _, format := range []string{TSV, CSV, JSONL, XLIFF, XLIFF2, TMX} {
		var file bytes.Buffer
		if err := Write(&file, format, want); err != nil {
			t.Fatal(format, err)
		}
		got, err := ReadTable(&file, ReadOptions{Name: "f." + Extension(format), SourceLang: "zh", TargetLang: "bo"})
		if err != nil {
			t.Fatal(format, err)
		}
		if diff := cmp.Diff(want, got.Examples); diff != "" {
			t.Errorf("%s: %s", format, diff)
		}
	}
}
