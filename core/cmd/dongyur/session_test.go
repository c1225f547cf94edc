package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestEncodersBeside has a model's encoders found by the list of models beside it, then by their names, and
// neither where they are named.
func TestEncodersBeside(t *testing.T) {
	root := t.TempDir()
	for _, name := range []string{"a", "a-enc", "a-judge", "a-int8", "b", "b-enc", "other"} {
		if err := os.MkdirAll(filepath.Join(root, name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(root, name, "config.json"), []byte("{}"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	list := filepath.Join(root, "index.json")
	if err := os.WriteFile(list, []byte(`[{"path": "models/a-int8", "encoder": "models/a-enc", "judge": "models/a-judge"},
		{"path": "models/b", "judge": "models/other"}, {"path": "models/a", "encoder": "models/gone"}]`), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ model, encoder, wantEncoder, wantJudge string }{
		{"a", "", "a-enc", "a-judge"},
		{"a-int8", "", "a-enc", "a-judge"},
		{"a-int8/", "hashed", "hashed", "a-judge"},
		{"b", "", "b-enc", "other"},
		{"other", "", "", ""},
	} {
		l, err := modelFlags{Model: root + "/" + test.model, Encoder: test.encoder}.load("go")
		if err != nil {
			t.Fatal(err)
		}
		if encoder, judge := strings.TrimPrefix(l.Encoder, root+"/"), strings.TrimPrefix(l.Judge, root+"/"); encoder != test.wantEncoder || judge != test.wantJudge {
			t.Errorf("%s, --encoder %q: %q rewards and %q judges, want %q and %q", test.model, test.encoder, encoder, judge, test.wantEncoder, test.wantJudge)
		}
	}
	if err := os.WriteFile(list, []byte("{"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := (modelFlags{Model: filepath.Join(root, "a")}).load("go"); err == nil || !strings.Contains(err.Error(), list) {
		t.Errorf("a broken list: %v", err)
	}
}
