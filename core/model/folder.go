package model

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// folderFile is one file of a folder that is saved.
type folderFile struct {
	name  string
	write func(io.Writer) error
}

// saveFolder writes files into dir so that a crash or a full disk never leaves half
// of one. A new folder appears whole, in one move; in a folder that is there
// already all files are first written beside the old ones and then take their
// places one after the other, in the order of the list.
func saveFolder(dir string, files []folderFile) error {
	if _, err := os.Stat(dir); err == nil {
		return replaceFiles(dir, files)
	} else if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	parent := filepath.Dir(filepath.Clean(dir))
	if err := os.MkdirAll(parent, 0o755); err != nil {
		return err
	}
	temporary, err := os.MkdirTemp(parent, "."+filepath.Base(dir)+".*")
	if err != nil {
		return err
	}
	err = replaceFiles(temporary, files)
	if err == nil {
		err = os.Chmod(temporary, 0o755) // MkdirTemp's folders are private
	}
	if err == nil {
		err = os.Rename(temporary, dir)
	}
	if err != nil {
		// What went wrong is being returned; the remains are only swept up.
		_ = os.RemoveAll(temporary)
		return fmt.Errorf("%w; nothing was written to %s", err, dir)
	}
	syncFolder(parent)
	return nil
}

// replaceFiles writes all files under other names, then renames them.
func replaceFiles(dir string, files []folderFile) error {
	part := func(f folderFile) string { return filepath.Join(dir, "."+f.name+".part") }
	for i, f := range files {
		if err := writeFile(part(f), f.write); err != nil {
			for _, written := range files[:i+1] {
				_ = os.Remove(part(written)) // as above
			}
			return fmt.Errorf("%s: %w; the files in %s are as they were", f.name, err, dir)
		}
	}
	for _, f := range files {
		if err := os.Rename(part(f), filepath.Join(dir, f.name)); err != nil {
			return err
		}
	}
	syncFolder(dir)
	return nil
}

// writeFile writes one file and waits until the disk has it.
func writeFile(path string, write func(io.Writer) error) error {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o644)
	if err != nil {
		return err
	}
	err = write(file)
	if err == nil {
		err = file.Sync()
	}
	return errors.Join(err, file.Close())
}

// syncFolder makes renames last through a power cut, where the system can do so:
// some cannot sync a folder, and the files are whole either way.
func syncFolder(dir string) {
	if folder, err := os.Open(dir); err == nil {
		_ = folder.Sync()
		_ = folder.Close()
	}
}

func writeAll(w io.Writer, content []byte) error {
	_, err := w.Write(content)
	return err
}
