package session

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// Disk is the Files of a native program: paths are folders.
type Disk struct{}

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
