package main

import (
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path"
	"strconv"
	"strings"
	"sync"

	"github.com/dongyur/dongyur/core/hub"
)

// site serves the page's files out of a repository's folder, and nothing else of it:
//
//	/                 index.html
//	/assets/fonts/…   .cache/fonts/…, which make page brings where npm is there
//	/assets/…         assets/…
//	/build/…          .build/…, its .wasm and .js files
//	/vote, …          assets/hub/vote.html, …: see hub.Pages
//	/sw.js            assets/sw.js with a list of all these; it serves the whole page and so stands above it
//
// A file with a newer NAME.br beside it is sent compressed to who accepts that. The
// folder is opened as an os.Root, so no path and no symbolic link leads out of it.
type site struct {
	root   *os.Root
	mutex  sync.Mutex        // of what follows
	hashes map[string]hashed // of the files that the service worker lists, by their names
}

// contentTypes are fixed here, as those of the system differ from machine to machine
// and WebAssembly is compiled while it loads only under its own type.
var contentTypes = map[string]string{
	".css":         "text/css; charset=utf-8",
	".html":        "text/html; charset=utf-8",
	".ico":         "image/x-icon",
	".js":          "text/javascript; charset=utf-8",
	".json":        "application/json",
	".jsonl":       "application/jsonl; charset=utf-8",
	".md":          "text/plain; charset=utf-8",
	".png":         "image/png",
	".svg":         "image/svg+xml",
	".tsv":         "text/tab-separated-values; charset=utf-8",
	".txt":         "text/plain; charset=utf-8",
	".wasm":        "application/wasm",
	".webmanifest": "application/manifest+json",
	".webp":        "image/webp",
	".woff2":       "font/woff2",
	".wgsl":        "text/plain; charset=utf-8",
	"":             "text/plain; charset=utf-8", // LICENSE
}

const noFonts = "The web font is not here: run make page where npm is installed. The page uses the system's font.\n"

// ServeHTTP answers GET and HEAD.
func (s *site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	for name, value := range hub.PageHeaders {
		w.Header().Set(name, value)
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "Only GET and HEAD are answered.", http.StatusMethodNotAllowed)
		return
	}
	if r.URL.Path == "/sw.js" {
		s.sendWorker(w, r)
		return
	}
	name, ok := hub.Pages[r.URL.Path]
	if !ok {
		name, ok = fileOf(r.URL.Path)
	}
	if !ok {
		http.Error(w, "There is no such page.", http.StatusNotFound)
		return
	}
	file, info, err := s.open(name)
	if err != nil {
		message := "There is no such file."
		if strings.HasPrefix(name, ".cache/fonts/") {
			message = strings.TrimSuffix(noFonts, "\n")
		}
		http.Error(w, message, http.StatusNotFound)
		return
	}
	defer file.Close()
	s.send(w, r, name, file, info)
}

// fileOf maps a URL's path to a file of the repository; false for a path that is not served.
func fileOf(urlPath string) (string, bool) {
	name := strings.TrimPrefix(urlPath, "/")
	if name == "" {
		return "index.html", true
	}
	// ValidPath refuses "..", ".", and empty elements.
	if !fs.ValidPath(name) || strings.ContainsAny(name, "\\:\x00") {
		return "", false
	}
	for _, element := range strings.Split(name, "/") {
		if strings.HasPrefix(element, ".") {
			return "", false
		}
	}
	if font, ok := strings.CutPrefix(name, "assets/fonts/"); ok {
		return ".cache/fonts/" + font, true
	}
	if built, ok := strings.CutPrefix(name, "build/"); ok {
		extension := path.Ext(built)
		return ".build/" + built, extension == ".wasm" || extension == ".js"
	}
	return name, name == "index.html" || strings.HasPrefix(name, "assets/")
}

// open opens a regular file; a folder is as good as missing.
func (s *site) open(name string) (*os.File, fs.FileInfo, error) {
	file, err := s.root.Open(name)
	if err != nil {
		return nil, nil, err
	}
	info, err := file.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%s: %w", name, fs.ErrNotExist)
	}
	if err != nil {
		file.Close()
		return nil, nil, err
	}
	return file, info, nil
}

// send writes a file, or its compressed copy, with what a browser needs to ask next
// time whether it changed. Parts of a file are always of the plain one.
func (s *site) send(w http.ResponseWriter, r *http.Request, name string, file *os.File, info fs.FileInfo) {
	header := w.Header()
	kind, known := contentTypes[strings.ToLower(path.Ext(name))]
	if !known {
		kind = "application/octet-stream"
	}
	header.Set("Content-Type", kind)
	header.Set("Cache-Control", "no-cache")
	header.Set("Vary", "Accept-Encoding")
	tag := versionOf(info)
	if r.Header.Get("Range") == "" && acceptsBrotli(r.Header.Get("Accept-Encoding")) {
		packed, packedInfo, err := s.open(name + ".br")
		if err == nil {
			defer packed.Close()
			// An older copy is of another build.
			if !packedInfo.ModTime().Before(info.ModTime()) {
				file, tag = packed, versionOf(packedInfo)+"-br"
				header.Set("Content-Encoding", "br")
				// ServeContent leaves the length of encoded content to us.
				header.Set("Content-Length", strconv.FormatInt(packedInfo.Size(), 10))
			}
		}
	}
	header.Set("ETag", `"`+tag+`"`)
	http.ServeContent(w, r, name, info.ModTime(), file)
}

// versionOf tells versions of a file apart for an ETag.
func versionOf(info fs.FileInfo) string {
	return fmt.Sprintf("%x-%x", info.Size(), info.ModTime().UnixNano())
}

// acceptsBrotli reads an Accept-Encoding header (RFC 9110, section 12.5.3).
func acceptsBrotli(header string) bool {
	for _, part := range strings.Split(header, ",") {
		coding, parameters, _ := strings.Cut(part, ";")
		if !strings.EqualFold(strings.TrimSpace(coding), "br") {
			continue
		}
		value, weighted := strings.CutPrefix(strings.ToLower(strings.TrimSpace(parameters)), "q=")
		if !weighted {
			return true
		}
		quality, err := strconv.ParseFloat(value, 64)
		return err == nil && quality > 0
	}
	return false
}
