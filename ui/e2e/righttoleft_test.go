//go:build e2e

package e2e

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

// Chinese–Uyghur rows in the page: languages are typed, texts run from right to left.
func TestUyghurRunsFromRightToLeft(t *testing.T) {
	p := table(t, 5*time.Minute)
	p.click("#tab-train")
	p.fill("#target-language", "Uyghur")
	p.until(`document.querySelector("#target-language").value === "ug"`, time.Minute)
	content, err := os.ReadFile(filepath.Join("..", "..", "core", "language", "testdata", "zh-ug.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	p.click("#tab-compare")
	p.click("#part-examples")
	p.importFile("zh-ug.tsv", content)
	p.until(rowCount+` === 24 && document.querySelector("#reference-1").value === "سۇ"`, time.Minute)
	for _, c := range []struct{ of, want string }{
		{`document.querySelector("#reference-1").lang`, "ug"},
		{`getComputedStyle(document.querySelector("#reference-1")).unicodeBidi`, "plaintext"},
		{`document.querySelector("#source-1").dir`, "ltr"},
		{`getComputedStyle(document.documentElement).direction`, "ltr"},
	} {
		if got := eval[string](p, c.of); got != c.want {
			t.Errorf("%s is %q, want %q", c.of, got, c.want)
		}
	}
	if folder := os.Getenv("SHOTS"); folder != "" {
		p.shoot(filepath.Join(folder, "uyghur.png"))
	}
}
