package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// repository writes a small repository for the site and gives its folder.
func repository(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	built := time.Now().Add(-time.Hour)
	for _, file := range []struct {
		name, content string
		age           time.Duration // older than the build by this
	}{
		{"index.html", "<!doctype html>", 0},
		{"go.mod", "module secret", 0},
		{"core/main.go", "package secret", 0},
		{".git/config", "secret", 0},
		{".build/page.wasm", "\x00asm page", 0},
		{".build/page.wasm.br", "packed page", -time.Second},
		{".build/trainer.wasm", "\x00asm trainer", 0},
		{".build/trainer.wasm.br", "packed from an older build", time.Minute},
		{".build/trainer-go.wasm", "\x00asm trainer of the Go engine", 0},
		{".build/trainer-go.wasm.br", "packed trainer of the Go engine", 0},
		{".build/wasm_exec.js", "shim", 0},
		{".build/webgpu.js", "gpu shim", 0},
		{".build/simd.js", "simd worker", 0},
		{".build/sw.js", "left by an earlier version", 0},
		{".build/other/tool.js", "not the page's", 0},
		{".build/dongyur", "secret program", 0},
		{".cache/fonts/noto.woff2", "wOF2", 0},
		{".cache/npm/package.json", "secret", 0},
		{"assets/models/nano/model.safetensors", "0123456789", 0},
		{"assets/models/nano/config.json", "{}", 0},
		{"assets/models/nano/.state.safetensors", "secret", 0},
		{"assets/styles/page.css", "body{}", 0},
		{"assets/page.js", "go()", 0},
		{"assets/sw.js", "// head\n" + listMark + "\n// rest\n", 0},
		{"assets/models/nano/README.md", "text", 0},
		{"assets/screenshots/a.png", "picture", 0},
		{"assets/icon.svg", "<svg/>", 0},
		{"assets/datasets.json", "{}", 0},
	} {
		path := filepath.Join(dir, filepath.FromSlash(file.name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(file.content), 0o600); err != nil {
			t.Fatal(err)
		}
		when := built.Add(-file.age)
		if err := os.Chtimes(path, when, when); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func siteOf(t *testing.T, dir string) *site {
	t.Helper()
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { root.Close() })
	return &site{root: root}
}

// ask sends one request; headers are name, value, name, value, …
func ask(s *site, method, path string, headers ...string) *http.Response {
	request := httptest.NewRequest(method, "http://localhost/", nil)
	request.URL.Path = path
	for i := 0; i < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	recorder := httptest.NewRecorder()
	s.ServeHTTP(recorder, request)
	return recorder.Result()
}

func bodyOf(t *testing.T, response *http.Response) string {
	t.Helper()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

func TestSiteServes(t *testing.T) {
	s := siteOf(t, repository(t))
	for _, test := range []struct{ path, kind, body string }{
		{"/", "text/html; charset=utf-8", "<!doctype html>"},
		{"/index.html", "text/html; charset=utf-8", "<!doctype html>"},
		{"/build/page.wasm", "application/wasm", "\x00asm page"},
		{"/build/trainer.wasm", "application/wasm", "\x00asm trainer"},
		{"/build/trainer-go.wasm", "application/wasm", "\x00asm trainer of the Go engine"},
		{"/build/wasm_exec.js", "text/javascript; charset=utf-8", "shim"},
		{"/assets/fonts/noto.woff2", "font/woff2", "wOF2"},
		{"/assets/models/nano/model.safetensors", "application/octet-stream", "0123456789"},
		{"/assets/models/nano/config.json", "application/json", "{}"},
		{"/assets/styles/page.css", "text/css; charset=utf-8", "body{}"},
		{"/assets/page.js", "text/javascript; charset=utf-8", "go()"},
		{"/assets/icon.svg", "image/svg+xml", "<svg/>"},
		{"/assets/datasets.json", "application/json", "{}"},
	} {
		t.Run(test.path, func(t *testing.T) {
			response := ask(s, http.MethodGet, test.path)
			if response.StatusCode != http.StatusOK || bodyOf(t, response) != test.body {
				t.Errorf("status %s, or another body than the file", response.Status)
			}
			if got := response.Header.Get("Content-Type"); got != test.kind {
				t.Errorf("Content-Type %q, want %q", got, test.kind)
			}
			if response.ContentLength != int64(len(test.body)) {
				t.Errorf("Content-Length %d, want %d", response.ContentLength, len(test.body))
			}
			for _, name := range []string{"ETag", "Last-Modified"} {
				if response.Header.Get(name) == "" {
					t.Errorf("no %s", name)
				}
			}
			if got := response.Header.Get("Cache-Control"); got != "no-cache" {
				t.Errorf("Cache-Control %q, want no-cache, so that a new build is seen", got)
			}
		})
	}
}

func TestSiteRefuses(t *testing.T) {
	dir := repository(t)
	outside := filepath.Join(t.TempDir(), "outside.json")
	if err := os.WriteFile(outside, []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(outside, filepath.Join(dir, "assets", "link.json")); err != nil {
		t.Logf("no symbolic links here: %v", err)
	}
	s := siteOf(t, dir)
	for _, path := range []string{
		"/go.mod", "/core/main.go", "/Makefile", "/.git/config", "/.build/page.wasm", "/.cache/npm/package.json",
		"/build/dongyur", "/build/page.wasm.br", "/build/../go.mod", "/build/../.git/config", "/build/missing.wasm",
		"/assets", "/assets/", "/assets/models", "/assets/models/", "/assets/models/nano/", "/build/", "/build",
		"/assets/../go.mod", "/assets/../../etc/passwd", "/../go.mod", "/..", "/./index.html", "//index.html",
		"/assets//datasets.json", "/assets/./datasets.json", "/assets/models/nano/.state.safetensors",
		"/assets/..\\go.mod", "\\go.mod", "/assets/\x00", "/assets/C:/x.json", "/assets/link.json",
		"/assets/fonts/../npm/package.json", "/assets/fonts/", "/assets/fonts", "/assets/datasets.json/", "index",
	} {
		t.Run(path, func(t *testing.T) {
			response := ask(s, http.MethodGet, path)
			body := bodyOf(t, response)
			if response.StatusCode != http.StatusNotFound || strings.Contains(body, "secret") || strings.Contains(body, "nano") {
				t.Errorf("status %s, body %q; want 404 and none of the folder", response.Status, body)
			}
			if got := response.Header.Get("X-Content-Type-Options"); got != "nosniff" {
				t.Errorf("X-Content-Type-Options %q on a refusal", got)
			}
		})
	}
	t.Run("a font that was not brought", func(t *testing.T) {
		response := ask(s, http.MethodGet, "/assets/fonts/other.woff2")
		if body := bodyOf(t, response); response.StatusCode != http.StatusNotFound || !strings.Contains(body, "make page") {
			t.Errorf("status %s, body %q", response.Status, body)
		}
	})
	for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodDelete, http.MethodOptions} {
		response := ask(s, method, "/")
		if response.StatusCode != http.StatusMethodNotAllowed || response.Header.Get("Allow") != "GET, HEAD" {
			t.Errorf("%s: status %s, Allow %q", method, response.Status, response.Header.Get("Allow"))
		}
	}
}

func TestSiteSendsBrotli(t *testing.T) {
	s := siteOf(t, repository(t))
	for _, test := range []struct{ name, path, accept, rangeOf, body string }{
		{"accepted", "/build/page.wasm", "gzip, deflate, br, zstd", "", "packed page"},
		{"accepted with a weight", "/build/page.wasm", "gzip;q=1, BR ; q=0.5", "", "packed page"},
		{"refused by weight", "/build/page.wasm", "gzip, br;q=0", "", "\x00asm page"},
		{"refused by a broken weight", "/build/page.wasm", "br;q=x", "", "\x00asm page"},
		{"another coding", "/build/page.wasm", "gzip, brx", "", "\x00asm page"},
		{"not asked for", "/build/page.wasm", "", "", "\x00asm page"},
		{"the Go engine's worker", "/build/trainer-go.wasm", "br", "", "packed trainer of the Go engine"},
		{"a copy of an older build", "/build/trainer.wasm", "br", "", "\x00asm trainer"},
		{"no copy", "/build/wasm_exec.js", "br", "", "shim"},
		{"a part", "/build/page.wasm", "br", "bytes=1-3", "asm"},
	} {
		t.Run(test.name, func(t *testing.T) {
			headers := []string{"Accept-Encoding", test.accept}
			if test.rangeOf != "" {
				headers = append(headers, "Range", test.rangeOf)
			}
			response := ask(s, http.MethodGet, test.path, headers...)
			body, packed := bodyOf(t, response), strings.HasPrefix(test.body, "packed")
			if body != test.body || response.ContentLength != int64(len(test.body)) {
				t.Errorf("body %q of Content-Length %d, want %q", body, response.ContentLength, test.body)
			}
			if got := response.Header.Get("Content-Encoding"); (got == "br") != packed {
				t.Errorf("Content-Encoding %q", got)
			}
			if packed && response.Header.Get("Content-Type") != "application/wasm" {
				t.Errorf("Content-Type %q", response.Header.Get("Content-Type"))
			}
			if got := response.Header.Get("Vary"); got != "Accept-Encoding" {
				t.Errorf("Vary %q", got)
			}
		})
	}
	plain, packed := ask(s, http.MethodGet, "/build/page.wasm"), ask(s, http.MethodGet, "/build/page.wasm", "Accept-Encoding", "br")
	if plain.Header.Get("ETag") == packed.Header.Get("ETag") {
		t.Error("the plain file and its compressed copy have the same ETag")
	}
}

func TestSiteRangesAndRevalidation(t *testing.T) {
	dir := repository(t)
	s := siteOf(t, dir)
	const model = "/assets/models/nano/model.safetensors"
	whole := ask(s, http.MethodGet, model)
	tag := whole.Header.Get("ETag")
	for _, test := range []struct {
		name, method string
		headers      []string
		status       int
		body, span   string
	}{
		{"first bytes", http.MethodGet, []string{"Range", "bytes=0-3"}, 206, "0123", "bytes 0-3/10"},
		{"rest after a break", http.MethodGet, []string{"Range", "bytes=4-", "If-Range", tag}, 206, "456789", "bytes 4-9/10"},
		{"rest of another version", http.MethodGet, []string{"Range", "bytes=4-", "If-Range", `"old"`}, 200, "0123456789", ""},
		{"beyond the end", http.MethodGet, []string{"Range", "bytes=10-"}, 416, "", "bytes */10"},
		{"unchanged", http.MethodGet, []string{"If-None-Match", tag}, 304, "", ""},
		{"changed", http.MethodGet, []string{"If-None-Match", `"old"`}, 200, "0123456789", ""},
		{"head", http.MethodHead, nil, 200, "", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			response := ask(s, test.method, model, test.headers...)
			body := bodyOf(t, response)
			if response.StatusCode != test.status || (test.status != 416 && body != test.body) {
				t.Errorf("status %s, body %q; want %d, %q", response.Status, body, test.status, test.body)
			}
			if got := response.Header.Get("Content-Range"); got != test.span {
				t.Errorf("Content-Range %q, want %q", got, test.span)
			}
			if test.method == http.MethodHead && response.ContentLength != 10 {
				t.Errorf("Content-Length %d of a HEAD, want 10", response.ContentLength)
			}
		})
	}

	path := filepath.Join(dir, filepath.FromSlash(model))
	if err := os.WriteFile(path, []byte("9876543210"), 0o600); err != nil {
		t.Fatal(err)
	}
	if response := ask(s, http.MethodGet, model, "If-None-Match", tag); response.StatusCode != http.StatusOK {
		t.Errorf("a new version of the same length: status %s, want 200", response.Status)
	}
}

func TestSiteHeaders(t *testing.T) {
	header := ask(siteOf(t, repository(t)), http.MethodGet, "/").Header
	for name, want := range map[string]string{
		"Cross-Origin-Opener-Policy":   "same-origin",
		"Cross-Origin-Embedder-Policy": "require-corp",
		"Cross-Origin-Resource-Policy": "same-origin",
		"X-Content-Type-Options":       "nosniff",
		"Referrer-Policy":              "no-referrer",
	} {
		if got := header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	policy := header.Get("Content-Security-Policy")
	for _, want := range []string{
		"default-src 'none'", "script-src 'self' 'wasm-unsafe-eval'", "worker-src 'self'", "style-src 'self'", "manifest-src 'self'",
		"img-src 'self' data: blob:", "connect-src 'self'", "base-uri 'none'", "frame-ancestors 'none'",
	} {
		if !strings.Contains(policy+";", want+";") {
			t.Errorf("Content-Security-Policy lacks %q: %s", want, policy)
		}
	}
}
