package train

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func only(t *testing.T, dir string, want ...string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	if strings.Join(names, " ") != strings.Join(want, " ") {
		t.Errorf("the folder holds %q, want %q", names, want)
	}
}

func TestWriteFileReplacesWhole(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "made", "for it")
	path := filepath.Join(dir, "state")
	for _, content := range []string{"first", "second and longer", "3"} {
		err := WriteFile(path, func(w io.Writer) error {
			_, err := io.WriteString(w, content)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if have, err := os.ReadFile(path); err != nil || string(have) != content {
			t.Errorf("%q, %v, want %q", have, err, content)
		}
		only(t, dir, "state")
	}
}

// What fails after half of the content leaves the old file and nothing else.
func TestWriteFileKeepsOldContent(t *testing.T) {
	for _, test := range []struct {
		name string
		err  error
	}{{"a full disk", syscall.ENOSPC}, {"a state that cannot be encoded", errors.New("weight is NaN")}} {
		t.Run(test.name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, "state")
			if err := os.WriteFile(path, []byte("good"), 0o644); err != nil {
				t.Fatal(err)
			}
			err := WriteFile(path, func(w io.Writer) error {
				if _, err := io.WriteString(w, "half of"); err != nil {
					return err
				}
				return test.err
			})
			if !errors.Is(err, test.err) || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), "untouched") {
				t.Errorf("error %v, want %v with the path and what became of the file", err, test.err)
			}
			if have, err := os.ReadFile(path); err != nil || string(have) != "good" {
				t.Errorf("the file holds %q, %v", have, err)
			}
			only(t, dir, "state")
		})
	}
}

// Linux's /dev/full refuses every write, as a full disk does.
func TestStateToFullDisk(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skipf("no full disk to write to: %v", err)
	}
	defer full.Close()
	s := newSFT(t, newPolicy(t, 2), 1, 2, 0)
	if err := s.WriteState(full, 1, nil, nil); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("write to a full disk: %v", err)
	}
}

func TestWriteFileNamesTheFolder(t *testing.T) {
	blocked := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(blocked, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(blocked, "state")
	err := WriteFile(path, func(io.Writer) error { return nil })
	if err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("a file for a folder: %v", err)
	}
}
