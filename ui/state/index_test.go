package state

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"
)

var update = flag.Bool("update", false, "write the sizes of the files at hand into assets/models/index.json")

// The page tells the cost of a model from the index before it downloads it, so the
// index must be near the files: `go test ./ui/state -run ModelIndex -update` after
// training.
func TestModelIndex(t *testing.T) {
	root := filepath.Join("..", "..")
	path := filepath.Join(root, "assets", "models", "index.json")
	data, err := os.ReadFile(path)
	if err != nil {
		t.Skipf("%v: no models are listed yet", err)
	}
	models, err := ParseModels(data)
	if err != nil {
		t.Fatal(err)
	}
	listed := map[string]bool{}
	for _, m := range models {
		listed[m.Path] = true
		for i, f := range m.Files {
			info, err := os.Stat(filepath.Join(root, filepath.FromSlash(m.Path), f.Name))
			switch {
			case err != nil:
				t.Errorf("%s: %v; run make models", m.Path, err)
			case info.Size() != f.Bytes && *update:
				m.Files[i].Bytes = info.Size()
			case max(info.Size(), f.Bytes)-min(info.Size(), f.Bytes) > info.Size()/10+1000:
				t.Errorf("%s/%s has %d bytes, the index says %d; run this test with -update", m.Path, f.Name, info.Size(), f.Bytes)
			}
		}
	}
	for _, m := range models {
		for _, part := range []string{m.Encoder, m.Judge} {
			if part != "" && !listed[part] {
				t.Errorf("%s names %s, which the index does not list", m.Name, part)
			}
		}
	}
	if *update {
		var out bytes.Buffer
		write := json.NewEncoder(&out)
		write.SetIndent("", "  ")
		if err := write.Encode(models); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, out.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
