package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha512"
	"encoding/base64"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"
)

func TestWriteWithBrotli(t *testing.T) {
	path := filepath.Join(t.TempDir(), "page.wasm")
	first := bytes.Repeat([]byte("don 'gyur "), 1000)
	size, err := writeWithBrotli(path, first, 5)
	if err != nil {
		t.Fatal(err)
	}
	assertCopy(t, path, first, size)

	before, err := os.Stat(path + ".br")
	if err != nil {
		t.Fatal(err)
	}
	if again, err := writeWithBrotli(path, first, 5); err != nil || again != size {
		t.Fatalf("second write: size %d, error %v; want %d, nil", again, err, size)
	}
	after, err := os.Stat(path + ".br")
	if err != nil {
		t.Fatal(err)
	}
	if !os.SameFile(before, after) {
		t.Error("the same content at the same quality was compressed again")
	}

	second := append([]byte("changed "), first...)
	if size, err = writeWithBrotli(path, second, 9); err != nil {
		t.Fatal(err)
	}
	assertCopy(t, path, second, size)
	if names, _ := filepath.Glob(path + "*"); len(names) != 3 {
		t.Errorf("files left: %v; want the binary, its copy and the copy's mark", names)
	}
}

// assertCopy checks that path holds content and path.br decompresses to it and has the size given.
func assertCopy(t *testing.T, path string, content []byte, size int64) {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	packed, err := os.ReadFile(path + ".br")
	if err != nil {
		t.Fatal(err)
	}
	unpacked, err := io.ReadAll(brotli.NewReader(bytes.NewReader(packed)))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(raw, content) || !bytes.Equal(unpacked, content) {
		t.Error("the file or its Brotli copy does not hold what was written")
	}
	if int64(len(packed)) != size {
		t.Errorf("size given %d, on disk %d", size, len(packed))
	}
}

func TestUnpackFonts(t *testing.T) {
	all := map[string]string{}
	for member, name := range fontFiles {
		all[member] = "content of " + name
	}
	all["package/../../outside"] = "not wanted"
	whole := archiveOf(t, all)
	part := archiveOf(t, map[string]string{"package/LICENSE": "text"})

	for _, test := range []struct {
		name, sum, want string
		archive         []byte
	}{
		{"whole", sumOf(whole), "", whole},
		{"other checksum", sumOf(part), "SHA-512", whole},
		{"missing members", sumOf(part), "1 of the 3", part},
		{"not gzip", sumOf([]byte("text")), "unexpected EOF", []byte("text")},
		{"cut short", sumOf(whole[:len(whole)/2]), "unexpected EOF", whole[:len(whole)/2]},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "fonts")
			err := unpackFonts(test.archive, test.sum, dir)
			if test.want != "" {
				if err == nil || !strings.Contains(err.Error(), test.want) {
					t.Fatalf("error %v, want one with %q", err, test.want)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if !haveFonts(dir) {
				t.Error("haveFonts is false after unpacking")
			}
			if names, _ := filepath.Glob(filepath.Join(dir, "*")); len(names) != len(fontFiles) {
				t.Errorf("files in the folder: %v", names)
			}
		})
	}
}

func archiveOf(t *testing.T, members map[string]string) []byte {
	t.Helper()
	var out bytes.Buffer
	zipped := gzip.NewWriter(&out)
	archive := tar.NewWriter(zipped)
	for name, content := range members {
		if err := archive.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(content))}); err != nil {
			t.Fatal(err)
		}
		if _, err := archive.Write([]byte(content)); err != nil {
			t.Fatal(err)
		}
	}
	if err := archive.Close(); err != nil {
		t.Fatal(err)
	}
	if err := zipped.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func sumOf(content []byte) string {
	sum := sha512.Sum512(content)
	return base64.StdEncoding.EncodeToString(sum[:])
}
