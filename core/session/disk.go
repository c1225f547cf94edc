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
