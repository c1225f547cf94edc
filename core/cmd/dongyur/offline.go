package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"time"
)

const (
	// workerSource is the page's service worker without its list of files.
	workerSource = "assets/sw.js"
	// listMark is what the list takes the place of in it.
	listMark = "const files = {};"
)

// unlisted are assets that the page never asks for.
var unlisted = []string{"assets/screenshots/", "assets/recipes/", "assets/bench/", workerSource, "assets/datasets.json"}

// hashed is the SHA-256, in hex, of one version of a file.
type hashed struct{ version, sum string }

// sendWorker sends the service worker with the hashes of all that the page loads. The
// list is made as it is asked for, so it is of the files that are served: one that has
// changed makes another worker, which takes the whole site in anew.
func (s *site) sendWorker(w http.ResponseWriter, r *http.Request) {
	script, err := s.serviceWorker()
	if err != nil {
		http.Error(w, "The service worker cannot be made: "+err.Error()+".", http.StatusInternalServerError)
		return
	}
	sum := sha256.Sum256(script)
	w.Header().Set("Content-Type", contentTypes[".js"])
	w.Header().Set("Cache-Control", "no-cache")
	w.Header().Set("ETag", `"`+hex.EncodeToString(sum[:])+`"`)
	http.ServeContent(w, r, "sw.js", time.Time{}, bytes.NewReader(script))
}

func (s *site) serviceWorker() ([]byte, error) {
	script, err := fs.ReadFile(s.root.FS(), workerSource)
	if err != nil {
		return nil, err
	}
	if bytes.Count(script, []byte(listMark)) != 1 {
		return nil, fmt.Errorf("%s does not hold %q once, so the list of files has no place", workerSource, listMark)
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	sums, err := s.listed()
	if err != nil {
		return nil, err
	}
	list, err := json.MarshalIndent(sums, "", " ") // sorted by path
	if err != nil {
		return nil, err
	}
	return bytes.Replace(script, []byte(listMark), append(append([]byte("const files = "), list...), ';'), 1), nil
}

// listed are the hashes of all that the page loads, by the path it is served at.
func (s *site) listed() (map[string]string, error) {
	sums := map[string]string{}
	for _, part := range []struct {
		folder, served string
		want           func(name string) bool
	}{
		{"assets", "assets", isPart},
		{".build", "build", func(name string) bool {
			return !strings.Contains(name, "/") && name != "sw.js" && (path.Ext(name) == ".js" || path.Ext(name) == ".wasm")
		}},
		{".cache/fonts", "assets/fonts", func(name string) bool { return path.Ext(name) == ".woff2" }},
	} {
		if err := s.hashFolder(part.folder, part.served, part.want, sums); err != nil {
			return nil, err
		}
	}
	sum, err := s.hash("index.html")
	sums["index.html"] = sum
	return sums, err
}

// isPart tells which assets belong to the page.
func isPart(name string) bool {
	for _, prefix := range unlisted {
		if strings.HasPrefix("assets/"+name, prefix) {
			return false
		}
	}
	return path.Ext(name) != ".md" && !strings.Contains("/"+name, "/.")
}

// hashFolder adds the hashes of a folder's files by the path that they are served at.
func (s *site) hashFolder(folder, served string, want func(name string) bool, sums map[string]string) error {
	err := fs.WalkDir(s.root.FS(), folder, func(file string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		if name := strings.TrimPrefix(file, folder+"/"); want(name) {
			sums[path.Join(served, name)], err = s.hash(file)
		}
		return err
	})
	if errors.Is(err, fs.ErrNotExist) {
		return nil // no fonts were brought: the page uses the system's
	}
	return err
}

// hash reads a file unless it is as it was when it was read last.
func (s *site) hash(name string) (string, error) {
	file, info, err := s.open(name)
	if err != nil {
		return "", err
	}
	defer file.Close()
	version := versionOf(info)
	if known := s.hashes[name]; known.version == version {
		return known.sum, nil
	}
	digest := sha256.New()
	if _, err := io.Copy(digest, file); err != nil {
		return "", err
	}
	if s.hashes == nil {
		s.hashes = map[string]hashed{}
	}
	sum := hex.EncodeToString(digest.Sum(nil))
	s.hashes[name] = hashed{version, sum}
	return sum, nil
}
