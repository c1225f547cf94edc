package main

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func sumOf(content string) string {
	sum := sha256.Sum256([]byte(content))
	return hex.EncodeToString(sum[:])
}

// The service worker lists what the page loads as it is served now, and nothing else.
func TestSiteListsItselfForOffline(t *testing.T) {
	dir := repository(t)
	s := siteOf(t, dir)
	read := func() (script, tag string) {
		t.Helper()
		response := ask(s, http.MethodGet, "/sw.js")
		if response.StatusCode != http.StatusOK || response.Header.Get("Content-Type") != contentTypes[".js"] || response.Header.Get("Cache-Control") != "no-cache" {
			t.Fatalf("status %s, headers %v", response.Status, response.Header)
		}
		if response.Header.Get("Content-Security-Policy") == "" {
			t.Error("the worker has no Content-Security-Policy")
		}
		return bodyOf(t, response), response.Header.Get("ETag")
	}
	first, tag := read()
	listed := map[string]string{
		"index.html": "<!doctype html>", "assets/page.js": "go()", "assets/styles/page.css": "body{}", "assets/icon.svg": "<svg/>",
		"assets/models/nano/model.safetensors": "0123456789", "assets/models/nano/config.json": "{}", "assets/fonts/noto.woff2": "wOF2",
		"build/page.wasm": "\x00asm page", "build/trainer.wasm": "\x00asm trainer", "build/trainer-go.wasm": "\x00asm trainer of the Go engine",
		"build/wasm_exec.js": "shim", "build/webgpu.js": "gpu shim", "build/simd.js": "simd worker",
	}
	for path, content := range listed {
		if want := `"` + path + `": "` + sumOf(content) + `"`; !strings.Contains(first, want) {
			t.Errorf("the worker does not hold %s:\n%s", want, first)
		}
	}
	if n := strings.Count(first, `": "`); n != len(listed) {
		t.Errorf("%d files are listed, want %d:\n%s", n, len(listed), first)
	}
	if !strings.HasPrefix(first, "// head\n") || !strings.HasSuffix(first, "// rest\n") {
		t.Errorf("what stands around the list is gone:\n%s", first)
	}
	if again, same := read(); again != first || same != tag {
		t.Error("the same files give another worker")
	}
	if response := ask(s, http.MethodGet, "/sw.js", "If-None-Match", tag); response.StatusCode != http.StatusNotModified {
		t.Errorf("unchanged: status %s", response.Status)
	}

	style := filepath.Join(dir, "assets", "styles", "page.css")
	if err := os.WriteFile(style, []byte("body{color:red}"), 0o600); err != nil {
		t.Fatal(err)
	}
	if changed, other := read(); !strings.Contains(changed, sumOf("body{color:red}")) || other == tag {
		t.Errorf("after a file has changed the list is\n%s", changed)
	}

	source := filepath.Join(dir, filepath.FromSlash(workerSource))
	if err := os.WriteFile(source, []byte("no place"), 0o600); err != nil {
		t.Fatal(err)
	}
	response := ask(s, http.MethodGet, "/sw.js")
	if body := bodyOf(t, response); response.StatusCode != http.StatusInternalServerError || !strings.Contains(body, workerSource) {
		t.Errorf("without a place for the list: status %s, %s", response.Status, body)
	}
}
