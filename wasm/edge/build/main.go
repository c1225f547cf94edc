// Command build makes the Worker: the hub's WebAssembly, the scripts that call it, and
// the headers that they send.
//
// Input: wasm/edge. Output: .build/edge/worker/, and its size as Cloudflare counts it; an
// error where that is more than the free plan takes. It runs at the repository's root
// (`make edge`).
package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/dongyur/dongyur/core/hub"
)

// limit is what the free plan takes, in bytes after gzip.
const limit = 3_000_000

func main() {
	out := flag.String("out", filepath.Join(".build", "edge", "worker"), "folder for the Worker")
	flag.Parse()
	if err := build(*out); err != nil {
		fmt.Fprintln(os.Stderr, "edge:", err)
		os.Exit(1)
	}
}

func build(out string) error {
	if err := run(nil, "tool", "workers-assets-gen", "-mode=go", "-o", out); err != nil {
		return err
	}
	wasm := filepath.Join(out, "app.wasm")
	if err := run([]string{"GOOS=js", "GOARCH=wasm", "GOEXPERIMENT="}, "build", "-trimpath", "-ldflags=-s -w", "-o", wasm, "./wasm/edge"); err != nil {
		return err
	}
	script, err := os.ReadFile(filepath.Join("wasm", "edge", "edge.mjs"))
	if err != nil {
		return err
	}
	headers, err := json.Marshal(hub.PageHeaders)
	if err != nil {
		return err
	}
	for name, content := range map[string][]byte{"edge.mjs": script, "headers.mjs": append([]byte("export default "), headers...)} {
		if err := os.WriteFile(filepath.Join(out, name), content, 0o644); err != nil {
			return err
		}
	}
	return measure(out)
}

// run runs go for the host, or with a target in env.
func run(env []string, args ...string) error {
	cmd := exec.Command("go", args...)
	cmd.Env = append(os.Environ(), env...)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("go %s: %w", args[0], err)
	}
	return nil
}

// measure adds up the Worker's files after gzip.
func measure(out string) error {
	entries, err := os.ReadDir(out)
	if err != nil {
		return err
	}
	var raw int
	var packed bytes.Buffer
	for _, entry := range entries {
		content, err := os.ReadFile(filepath.Join(out, entry.Name()))
		if err != nil {
			return err
		}
		raw += len(content)
		w, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
		if err != nil {
			return err
		}
		if _, err := w.Write(content); err != nil {
			return err
		}
		if err := w.Close(); err != nil {
			return err
		}
	}
	fmt.Printf("Worker: %.2f MB, %.2f MB under gzip (limit %.1f)\n", float64(raw)/1e6, float64(packed.Len())/1e6, limit/1e6)
	if packed.Len() > limit {
		return fmt.Errorf("the Worker is %d bytes under gzip, more than %d: see what grew with `GOOS=js GOARCH=wasm go list -deps ./wasm/edge`", packed.Len(), limit)
	}
	return nil
}
