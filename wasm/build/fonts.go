package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha512"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
)

// The web font comes from npm, pinned by version and by the SHA-512 of its archive; it is under the SIL
// Open Font Licence, whose text is kept beside it. Font files are not committed.
const (
	fontPackage = "@fontsource/noto-serif-tibetan@5.3.0"
	fontSHA512  = "0BEcd06ijxHuEBkZJcRqB0g0hPAY/wGrqEzvCaq84j1ZjgQRey+ZDqRBA/bMKfoz0jB+nnW9dXaHAmCsctkMrw=="
)

// fontFiles maps members of the archive to the names under which the page loads them.
var fontFiles = map[string]string{
	"package/files/noto-serif-tibetan-tibetan-400-normal.woff2": "noto-serif-tibetan-tibetan-400-normal.woff2",
	"package/files/noto-serif-tibetan-tibetan-700-normal.woff2": "noto-serif-tibetan-tibetan-700-normal.woff2",
	"package/LICENSE": "LICENSE",
}

// bringFonts puts the font's files into dir, unless they are there. It needs npm.
func bringFonts(dir string) error {
	if haveFonts(dir) {
		return nil
	}
	npm, err := exec.LookPath("npm")
	if err != nil {
		return errors.New("npm is not installed")
	}
	temp, err := os.MkdirTemp("", "dongyur-font-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(temp)
	var complaint bytes.Buffer
	cmd := exec.Command(npm, "pack", fontPackage, "--pack-destination", temp, "--silent")
	cmd.Stderr = &complaint
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("npm pack %s: %w: %s", fontPackage, err, lastLine(complaint.String()))
	}
	archives, err := filepath.Glob(filepath.Join(temp, "*.tgz"))
	if err != nil || len(archives) != 1 {
		return fmt.Errorf("npm pack %s: left %d archives, want 1", fontPackage, len(archives))
	}
	archive, err := os.ReadFile(archives[0])
	if err != nil {
		return err
	}
	if err := unpackFonts(archive, fontSHA512, dir); err != nil {
		return fmt.Errorf("unpack %s: %w", fontPackage, err)
	}
	fmt.Printf("web font: %s in %s\n", fontPackage, dir)
	return nil
}

func haveFonts(dir string) bool {
	for _, name := range fontFiles {
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			return false
		}
	}
	return true
}

// unpackFonts checks a gzipped tar archive against its SHA-512 (base64) and writes the members named in
// fontFiles into dir.
func unpackFonts(archive []byte, sum, dir string) error {
	got := sha512.Sum512(archive)
	if s := base64.StdEncoding.EncodeToString(got[:]); s != sum {
		return fmt.Errorf("SHA-512 is %s, want %s", s, sum)
	}
	zipped, err := gzip.NewReader(bytes.NewReader(archive))
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	found := 0
	members := tar.NewReader(zipped)
	for {
		header, err := members.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		name, wanted := fontFiles[path.Clean(header.Name)]
		if !wanted {
			continue
		}
		content, err := io.ReadAll(members)
		if err != nil {
			return fmt.Errorf("member %s: %w", header.Name, err)
		}
		if err := replaceFile(filepath.Join(dir, name), content); err != nil {
			return err
		}
		found++
	}
	if found != len(fontFiles) {
		return fmt.Errorf("%w: archive holds %d of the %d wanted files", fs.ErrNotExist, found, len(fontFiles))
	}
	return nil
}

func lastLine(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return lines[len(lines)-1]
}
