package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// listMark is what the list of files takes the place of in assets/sw.js.
const listMark = "const files = {};"

// unlisted are assets that the page never asks for.
var unlisted = []string{"assets/screenshots/", "assets/recipes/", "assets/sw.js", "assets/datasets.json"}

// writeServiceWorker puts the hashes of all that the page loads into assets/sw.js and
// writes it to out: the worker keeps a whole build, so a new one is another worker.
func writeServiceWorker(out, fonts string, quality int) error {
	const source = "assets/sw.js"
	script, err := os.ReadFile(source)
	if err != nil {
		return err
	}
	if bytes.Count(script, []byte(listMark)) != 1 {
		return fmt.Errorf("%s does not hold %q once, so the list of files has no place", source, listMark)
	}
	sums := map[string]string{}
	for _, part := range []struct {
		folder, served string
		want           func(name string) bool
	}{
		{"assets", "assets", isServed},
		{out, "build", func(name string) bool {
			return name != "sw.js" && (strings.HasSuffix(name, ".js") || strings.HasSuffix(name, ".wasm"))
		}},
		{fonts, "assets/fonts", func(name string) bool { return strings.HasSuffix(name, ".woff2") }},
	} {
		if err := hashFolder(part.folder, part.served, part.want, sums); err != nil {
			return err
		}
	}
	if sums["index.html"], err = hashFile("index.html"); err != nil {
		return err
	}
	list, err := json.MarshalIndent(sums, "", " ") // sorted by path
	if err != nil {
		return err
	}
	script = bytes.Replace(script, []byte(listMark), append(append([]byte("const files = "), list...), ';'), 1)
	_, err = writeWithBrotli(filepath.Join(out, "sw.js"), script, quality)
	return err
}

// isServed tells which assets belong to the page.
func isServed(name string) bool {
	for _, prefix := range unlisted {
		if strings.HasPrefix("assets/"+name, prefix) {
			return false
		}
	}
	return !strings.HasSuffix(name, ".md") && !strings.Contains("/"+name, "/.")
}

// hashFolder adds the SHA-256 of a folder's files by the path that they are served at.
func hashFolder(folder, served string, want func(name string) bool, sums map[string]string) error {
	err := filepath.WalkDir(folder, func(file string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		name, err := filepath.Rel(folder, file)
		if err != nil {
			return err
		}
		if name = filepath.ToSlash(name); want(name) {
			sums[path.Join(served, name)], err = hashFile(file)
		}
		return err
	})
	if errors.Is(err, fs.ErrNotExist) {
		return nil // no fonts were brought: the page uses the system's
	}
	return err
}

func hashFile(name string) (string, error) {
	content, err := os.ReadFile(name)
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:]), err
}
