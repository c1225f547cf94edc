package served

import (
	"os"
	"path/filepath"
	"testing"

	"pgregory.net/rapid"
)

// Whatever happens to a file of kept rows, it is refused, or opened so that a row
// added to it is there at the next opening.
func TestDamagedRows(t *testing.T) {
	r, err := openRows(t.TempDir(), "u", "m")
	if err != nil {
		t.Fatal(err)
	}
	if err := r.add([]string{"a", "b"}, [][]float32{{1, 0}, {0, 1}}); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(r.path)
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Base(r.path)
	rapid.Check(t, func(t *rapid.T) {
		content := append([]byte{}, whole[:rapid.IntRange(0, len(whole)).Draw(t, "length")]...)
		for range rapid.IntRange(0, 3).Draw(t, "flips") {
			if len(content) > 0 {
				content[rapid.IntRange(0, len(content)-1).Draw(t, "at")] ^= rapid.Byte().Draw(t, "with")
			}
		}
		content = append(content, rapid.SliceOf(rapid.Byte()).Draw(t, "tail")...)
		folder, err := os.MkdirTemp("", "rows")
		if err != nil {
			t.Fatal(err)
		}
		defer os.RemoveAll(folder)
		if err := os.WriteFile(filepath.Join(folder, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
		r, err := openRows(folder, "u", "m")
		if err != nil || r.width > 64 {
			return
		}
		row := make([]float32, max(1, r.width))
		row[0] = 1
		if err := r.add([]string{"new"}, [][]float32{row}); err != nil {
			t.Fatal(err)
		}
		again, err := openRows(folder, "u", "m")
		if err != nil || len(again.known) != len(r.known) || again.get("new") == nil {
			t.Fatalf("%d rows, %v; had %d", len(again.known), err, len(r.known))
		}
	})
}
