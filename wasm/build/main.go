// Command build makes what the page loads: the page's and the worker's WebAssembly, Go's wasm_exec.js, the
// backends' webgpu.js and simd.js, a Brotli copy of each, and the Tibetan web font.
//
// In go the packages ./ui and ./wasm/trainer, the latter twice: with the fast engines and with the Go engine; out
// come .build/page.wasm, .build/trainer.wasm, .build/trainer-go.wasm, .build/wasm_exec.js, .build/webgpu.js,
// .build/simd.js, their .br copies and .cache/fonts/. It runs at the repository's root (`make page`).
// What did not change is left as it was, so a second run takes as long as Go's linker.
//
// Each binary has a limit for what travels (Brotli at its best quality); -check fails when one is over it.
package main

import (
	"flag"
	"fmt"
	"os"
)

// A binary is one WebAssembly program of the page and the most that may travel for it.
type binary struct {
	name  string // file name in the output folder
	pkg   string // package built with GOOS=js GOARCH=wasm
	tag   string // and with this build tag; "": none
	limit int64  // bytes under Brotli, quality 11

	notInlined []string // patterns of packages whose functions are called and not copied into each other
}

var binaries = []binary{
	// Any language pair (names, scripts and directions of 590 languages), reports of what a table's reading left
	// out, and Share took 50 kB beyond the 1.2 MB that the page had.
	{name: "page.wasm", pkg: "./ui", limit: 1_270_000, notInlined: []string{"all"}},
	{name: "trainer.wasm", pkg: "./wasm/trainer", tag: "engines_fast", limit: 3_000_000, notInlined: graphWriters},
	{name: "trainer-go.wasm", pkg: "./wasm/trainer", tag: "engines_go", limit: 3_000_000, notInlined: graphWriters},
}

func main() {
	out := flag.String("out", ".build", "folder for what is built")
	fonts := flag.String("fonts", ".cache/fonts", "folder for the web font")
	quality := flag.Int("quality", 9, "Brotli's quality, 0 to 11")
	check := flag.Bool("check", false, "fail when a binary is over its limit")
	flag.Parse()
	if err := run(*out, *fonts, *quality, *check); err != nil {
		fmt.Fprintln(os.Stderr, "build:", err)
		os.Exit(1)
	}
}

func run(out, fonts string, quality int, check bool) error {
	if quality < 0 || quality > 11 {
		return fmt.Errorf("-quality %d: Brotli knows 0 to 11", quality)
	}
	if err := os.MkdirAll(out, 0o755); err != nil {
		return err
	}
	over := 0
	for _, b := range binaries {
		ok, err := buildBinary(out, b, quality, check)
		if err != nil {
			return err
		}
		if !ok {
			over++
		}
	}
	if err := copyShims(out, quality); err != nil {
		return err
	}
	if err := bringFonts(fonts); err != nil {
		// The page works without: it says so when the system has no Tibetan glyphs either.
		fmt.Printf("web font: not brought, the page uses the system's (%v)\n", err)
	}
	if check && over > 0 {
		return fmt.Errorf("%d of %d binaries are over their limit: see what grew with `go list -deps`", over, len(binaries))
	}
	return nil
}
