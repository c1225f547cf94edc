//go:build js && wasm

// Package opfs keeps files in the browser's own storage for a page, the origin private
// file system (WHATWG File System standard). Nobody but the page's origin sees them.
//
// In go paths and bytes; out come bytes, names and errors that say what to do. A file
// is written in one move: whoever reads it, also after a crash, finds all of the old
// content or all of the new one. In a worker it is written through a
// FileSystemSyncAccessHandle and then moved to its place, elsewhere through a
// FileSystemWritableFileStream, which does the same by itself.
//
// All functions wait for promises: see package promise for where they may be called.
package opfs

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"syscall/js"

	"github.com/dongyur/dongyur/wasm/promise"
)

// ErrFull is what a write gives when the browser grants no more room.
var ErrFull = errors.New("the browser's storage for this page is full: delete projects that you have exported, or free disk space")

// ErrUnavailable says that the browser keeps nothing, as in some private windows.
var ErrUnavailable = errors.New("this browser keeps no files for this page (a private window, blocked site data, or an old browser)")

// Storage is a folder of the origin's file system; paths are relative to it and have
// slashes between their elements.
type Storage struct{ root js.Value }

// Open opens the folder name, and makes it where it is not there.
func Open(name string) (*Storage, error) {
	storage := js.Global().Get("navigator").Get("storage")
	if !storage.Truthy() || storage.Get("getDirectory").Type() != js.TypeFunction {
		return nil, ErrUnavailable
	}
	root, err := promise.Await(storage.Call("getDirectory"))
	if err == nil {
		root, err = folder(root, name, true)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	return &Storage{root}, nil
}

// Write puts a file at path in one move; folders above it are made.
func (s *Storage) Write(path string, data []byte) error {
	return s.wrap("write", path, func() error {
		dir, name, err := s.parent(path, true)
		if err != nil {
			return err
		}
		if js.Global().Get("FileSystemFileHandle").Get("prototype").Get("createSyncAccessHandle").Type() == js.TypeFunction && inWorker() {
			return replace(dir, name, data)
		}
		return stream(dir, name, data)
	})
}

// Append adds to the end of a file, and makes it where it is not there. A crash may
// leave a part of what was added. It works in workers alone.
func (s *Storage) Append(path string, data []byte) error {
	return s.wrap("write", path, func() error {
		dir, name, err := s.parent(path, true)
		if err != nil {
			return err
		}
		handle, err := promise.Await(dir.Call("getFileHandle", name, map[string]any{"create": true}))
		if err != nil {
			return err
		}
		return access(handle, func(file js.Value) { writeAt(file, file.Call("getSize").Int(), data) })
	})
}

// Read gives a file's content; errors.Is(err, fs.ErrNotExist) where there is none.
func (s *Storage) Read(path string) (data []byte, err error) {
	err = s.wrap("read", path, func() error {
		dir, name, err := s.parent(path, false)
		if err != nil {
			return err
		}
		handle, err := promise.Await(dir.Call("getFileHandle", name))
		if err != nil {
			return err
		}
		file, err := promise.Await(handle.Call("getFile"))
		if err != nil {
			return err
		}
		buffer, err := promise.Await(file.Call("arrayBuffer"))
		if err != nil {
			return err
		}
		data = make([]byte, buffer.Get("byteLength").Int())
		js.CopyBytesToGo(data, js.Global().Get("Uint8Array").New(buffer))
		return nil
	})
	return data, err
}

// List names what is in a folder, folders with a slash at their end; nothing where
// there is no such folder.
func (s *Storage) List(path string) (names []string, err error) {
	err = s.wrap("list", path, func() error {
		dir, err := folder(s.root, path, false)
		if err != nil {
			return err
		}
		entries := dir.Call("values")
		for {
			next, err := promise.Await(entries.Call("next"))
			if err != nil || next.Get("done").Bool() {
				return err
			}
			name := next.Get("value").Get("name").String()
			if next.Get("value").Get("kind").String() == "directory" {
				name += "/"
			}
			names = append(names, name)
		}
	})
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return names, err
}

// Remove takes a file away, or a folder with all that is in it; what is not there is
// removed already.
func (s *Storage) Remove(path string) error {
	err := s.wrap("remove", path, func() error {
		dir, name, err := s.parent(path, false)
		if err != nil {
			return err
		}
		_, err = promise.Await(dir.Call("removeEntry", name, map[string]any{"recursive": true}))
		return err
	})
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// wrap says what was being done to which file, and gives the browser's failures the
// names that Go knows.
func (s *Storage) wrap(what, path string, do func() error) error {
	err := do()
	if err == nil {
		return nil
	}
	var failure *promise.Error
	if errors.As(err, &failure) {
		switch failure.Name {
		case "NotFoundError":
			err = fs.ErrNotExist
		case "QuotaExceededError":
			err = ErrFull
		case "NotAllowedError", "SecurityError", "InvalidStateError":
			err = fmt.Errorf("%w: %w", ErrUnavailable, err)
		}
	}
	return fmt.Errorf("%s %s: %w", what, path, err)
}

// parent opens the folder that holds path, and gives the name in it.
func (s *Storage) parent(file string, create bool) (js.Value, string, error) {
	dir, name := path.Split(file)
	handle, err := folder(s.root, dir, create)
	return handle, name, err
}

func folder(root js.Value, path string, create bool) (js.Value, error) {
	var err error
	for name := range strings.SplitSeq(path, "/") {
		if name == "" {
			continue
		}
		if root, err = promise.Await(root.Call("getDirectoryHandle", name, map[string]any{"create": create})); err != nil {
			return js.Null(), err
		}
	}
	return root, nil
}
