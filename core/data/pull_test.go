//go:build !js

package data

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const pulled = "bo\tzh\nཇ།\t茶\n"

// pullFrom makes a catalogue whose set lies on a server with that handler.
func pullFrom(t *testing.T, handler http.HandlerFunc) *Catalogue {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	c := small(t, Set{File: "a.tsv", Format: TSV, URL: server.URL + "/a.tsv"}, pulled)
	c.Folder = filepath.Join(t.TempDir(), "new", "folder")
	return c
}

func TestPull(t *testing.T) {
	requests := 0
	c := pullFrom(t, func(w http.ResponseWriter, _ *http.Request) {
		requests++
		w.Write([]byte(pulled))
	})
	var done, total int64
	progress := func(d, n int64) { done, total = d, n }
	for range 2 { // the second time the file is there
		if err := c.Pull(context.Background(), "small", "", progress); err != nil {
			t.Fatal(err)
		}
	}
	if requests != 1 || done != int64(len(pulled)) || total != int64(len(pulled)) {
		t.Errorf("%d requests, progress %d of %d; want 1, %d of %d", requests, done, total, len(pulled), len(pulled))
	}
	if f, err := c.Open("small", ""); err != nil {
		t.Error(err)
	} else {
		f.Close()
	}
}

func TestPullErrors(t *testing.T) {
	cancelled, cancel := context.WithCancel(context.Background())
	cancel()
	cases := []struct {
		name    string
		ctx     context.Context
		handler http.HandlerFunc
		says    string
	}{
		{"not found", context.Background(), http.NotFound, "404"},
		{"another file", context.Background(), func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("hello")) }, "sha256"},
		{"cut short", context.Background(), func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "1000")
			w.Write([]byte(pulled))
		}, "run the command again"},
		{"cancelled", cancelled, http.NotFound, "canceled"},
	}
	for _, x := range cases {
		t.Run(x.name, func(t *testing.T) {
			c := pullFrom(t, x.handler)
			err := c.Pull(x.ctx, "small", "", nil)
			if err == nil || !strings.Contains(err.Error(), x.says) || !strings.Contains(err.Error(), "small") {
				t.Errorf("error %v, want …%s…", err, x.says)
			}
			if left, _ := os.ReadDir(c.Folder); len(left) > 0 {
				t.Errorf("left %v behind", left)
			}
		})
	}
}

// A damaged file that is there is replaced.
func TestPullMends(t *testing.T) {
	c := pullFrom(t, func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte(pulled)) })
	if err := errors.Join(os.MkdirAll(c.Folder, 0o755), os.WriteFile(filepath.Join(c.Folder, "a.tsv"), []byte("x"), 0o644)); err != nil {
		t.Fatal(err)
	}
	if err := c.Pull(context.Background(), "small", "", nil); err != nil {
		t.Fatal(err)
	}
	if got, _ := os.ReadFile(filepath.Join(c.Folder, "a.tsv")); string(got) != pulled {
		t.Errorf("the file has %q", got)
	}
}

// A set without an address says where its file goes, what it must be, and where its
// text comes from; a file that is there and is another is told of first, and the
// right one is found to be right.
func TestPullWithoutAddress(t *testing.T) {
	c, err := OpenCatalogue("")
	if err != nil {
		t.Fatal(err)
	}
	c.Folder = t.TempDir()
	for _, s := range c.Sets {
		if s.URL != "" || s.File == "" {
			continue
		}
		want := []string{s.Name, filepath.Join(c.Folder, s.File), s.SHA256, "--data-dir"}
		for _, source := range s.Sources {
			want = append(want, source.Name, source.URL)
		}
		err := c.Pull(context.Background(), s.Name, "", nil)
		for _, part := range want {
			if err == nil || !strings.Contains(err.Error(), part) {
				t.Errorf("%s: %v lacks %q", s.Name, err, part)
			}
		}
	}
	c = small(t, Set{File: "a.tsv", Format: TSV}, pulled)
	path := filepath.Join(c.Folder, "a.tsv")
	if err := c.Pull(context.Background(), "small", "", nil); err != nil {
		t.Errorf("the right file is there: %v", err)
	}
	if err := os.WriteFile(path, []byte("x"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := c.Pull(context.Background(), "small", "", nil); err == nil || !strings.Contains(err.Error(), "damaged or another version") || !strings.Contains(err.Error(), path) {
		t.Errorf("another file is there: %v", err)
	}
}
