package session

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/dongyur/dongyur/core/protocol"
	"github.com/dongyur/dongyur/core/train"
)

// Disk is the Files and the Saves of a native program: paths are folders.
type Disk struct{}

// Write implements Saves.
func (Disk) Write(dir string, files []protocol.File) error {
	for _, f := range files {
		err := train.WriteFile(filepath.Join(dir, f.Name), func(w io.Writer) error {
			_, err := w.Write(f.Data)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// Read implements Saves.
func (Disk) Read(dir, name string) ([]byte, error) { return os.ReadFile(filepath.Join(dir, name)) }

// Room tells whether a folder can be written and its disk has room for so many bytes. It
// makes the folder.
func (Disk) Room(dir string, bytes int64) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("%w; choose another folder", err)
	}
	probe, err := os.CreateTemp(dir, ".room-*")
	if err != nil {
		return fmt.Errorf("%w; make the folder writable or choose another", err)
	}
	if err := errors.Join(probe.Close(), os.Remove(probe.Name())); err != nil {
		return err
	}
	if left, known, err := free(dir); err != nil || known && left < uint64(bytes) {
		return errors.Join(err, fmt.Errorf("a save takes about %d MB, and the disk of %s has %d MB left: make room or choose another folder", bytes>>20, dir, left>>20))
	}
	return nil
}

// Open opens a folder; nothing is downloaded, so there is no progress.
func (Disk) Open(path string, _ func(done, total int64)) (fs.FS, error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w; name a folder with a model's config.json, model.safetensors and tokenizer.json, or an adapter's adapter_config.json and adapter_model.safetensors", fs.ErrNotExist)
	}
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		return nil, fmt.Errorf("it is a file; name the folder that holds it")
	}
	return os.DirFS(path), nil
}
