package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/andybalholm/brotli"
)

// graphWriters are packages whose functions are called and not copied into each other: those that write graphs and
// programs, and not the engines' inner loops, which are WGSL and SIMD code. Go keeps tables of every copy, and they
// are a tenth of the worker under Brotli; compiling a graph takes no longer for it.
var graphWriters = []string{
	"github.com/gomlx/gomlx/...", "github.com/gomlx/compute", "github.com/gomlx/compute/shapeinference", "github.com/gomlx/compute/notimplemented",
	"github.com/dongyur/dongyur/wasm/...", "k8s.io/klog/v2/...", "github.com/go-logr/...", "encoding/gob", "log/slog",
}

// buildBinary compiles b into out, writes its Brotli copy, and prints a line with both sizes.
// It reports whether b keeps within its limit, which it only measures exactly when asked to check.
func buildBinary(out string, b binary, quality int, check bool) (bool, error) {
	path := filepath.Join(out, b.name)
	fresh := path + ".new"
	defer os.Remove(fresh)
	arguments := []string{"build", "-trimpath", "-ldflags=-s -w", "-tags=" + b.tag, "-o", fresh}
	for _, pattern := range b.notInlined {
		arguments = append(arguments, "-gcflags="+pattern+"=-l")
	}
	cmd := exec.Command("go", append(arguments, b.pkg)...)
	// The page is built with the compiler as released, whatever experiment native builds use.
	cmd.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm", "GOEXPERIMENT=")
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	if err := cmd.Run(); err != nil {
		return false, fmt.Errorf("compile %s for js/wasm: %w", b.pkg, err)
	}
	content, err := os.ReadFile(fresh)
	if err != nil {
		return false, err
	}
	if content, err = joinSegments(content); err != nil {
		return false, fmt.Errorf("join the data segments of %s: %w", b.name, err)
	}
	packed, err := writeWithBrotli(path, content, quality)
	if err != nil {
		return false, err
	}
	if check && packed > b.limit && quality < 11 {
		// A lower quality within the limit is proof enough; only a file over it is worth the minute.
		best, err := compress(content, 11)
		if err != nil {
			return false, err
		}
		packed = int64(len(best))
	}
	verdict := ""
	if check || quality == 11 { // the limits are those of the best quality
		verdict = fmt.Sprintf(" (limit %.1f)", megabytes(b.limit))
		if packed > b.limit {
			verdict += " OVER"
		}
	}
	fmt.Printf("%-14s %6.2f MB, %5.2f MB under Brotli%s\n", b.name, megabytes(int64(len(content))), megabytes(packed), verdict)
	return packed <= b.limit, nil
}

// copyShims copies the scripts that the binaries call: Go's wasm_exec.js, which must be that of the compiler
// that built them, and those of the two backends.
func copyShims(out string, quality int) error {
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		return fmt.Errorf("go env GOROOT: %w", err)
	}
	for name, from := range map[string]string{
		"wasm_exec.js": filepath.Join(strings.TrimSpace(string(root)), "lib", "wasm", "wasm_exec.js"),
		"webgpu.js":    filepath.Join("wasm", "webgpu", "shim.js"),
		"simd.js":      filepath.Join("wasm", "simd", "worker.js"),
	} {
		content, err := os.ReadFile(from)
		if err != nil {
			return fmt.Errorf("read the script %s: %w; it comes with Go (lib/wasm) or with this repository", name, err)
		}
		if _, err = writeWithBrotli(filepath.Join(out, name), content, quality); err != nil {
			return err
		}
	}
	return nil
}

// writeWithBrotli writes content to path and its compressed copy to path.br, and gives the copy's size.
// It leaves both alone when path already holds content and the copy was made at this quality.
func writeWithBrotli(path string, content []byte, quality int) (int64, error) {
	mark := fmt.Sprintf("%s.br%d", path, quality) // an empty file: says which quality made the copy
	old, err := os.ReadFile(path)
	if err == nil && bytes.Equal(old, content) {
		if _, err := os.Stat(mark); err == nil {
			if info, err := os.Stat(path + ".br"); err == nil {
				return info.Size(), nil
			}
		}
	} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return 0, err
	}
	packed, err := compress(content, quality)
	if err != nil {
		return 0, fmt.Errorf("compress %s: %w", path, err)
	}
	stale, err := filepath.Glob(path + ".br*")
	if err != nil {
		return 0, err
	}
	for _, name := range stale {
		if err := os.Remove(name); err != nil {
			return 0, err
		}
	}
	if err := replaceFile(path, content); err != nil {
		return 0, err
	}
	if err := replaceFile(path+".br", packed); err != nil {
		return 0, err
	}
	return int64(len(packed)), replaceFile(mark, nil)
}

// replaceFile writes content beside path and renames it, so that a server never reads half a file.
func replaceFile(path string, content []byte) error {
	part := path + ".part"
	if err := os.WriteFile(part, content, 0o644); err != nil {
		return err
	}
	return os.Rename(part, path)
}

func compress(content []byte, quality int) ([]byte, error) {
	var packed bytes.Buffer
	// A 16 MiB window sees the whole of a binary; browsers accept up to 24 bits.
	w := brotli.NewWriterOptions(&packed, brotli.WriterOptions{Quality: quality, LGWin: 24})
	if _, err := w.Write(content); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return packed.Bytes(), nil
}

func megabytes(n int64) float64 { return float64(n) / 1e6 }
