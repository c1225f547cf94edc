//go:build js && wasm

package main

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"strings"
	"syscall/js"

	"github.com/dongyur/dongyur/wasm/promise"
)

// modelIndex lists the models with their files and sizes; folders are named in it
// relative to the page.
const modelIndex = "assets/models/index.json"

// fetched opens folders of models by fetching their files from the page's server.
type fetched struct {
	root string // the page's address, with a slash at its end
}

type listedModel struct {
	Path  string `json:"path"`
	Files []struct {
		Name  string `json:"name"`
		Bytes int64  `json:"bytes"`
	} `json:"files"`
}

// Open fetches every file that the index lists for the folder. The index's sizes
// serve the progress; the server's own, where it tells them, must be met.
func (f fetched) Open(name string, progress func(done, total int64)) (fs.FS, error) {
	model, err := f.find(name)
	if err != nil {
		return nil, err
	}
	var done, total int64
	for _, file := range model.Files {
		total += file.Bytes
	}
	files := folder{}
	for _, file := range model.Files {
		before := done
		data, err := f.fetch(path.Join(model.Path, file.Name), file.Bytes, func(n int64) {
			done = before + min(n, file.Bytes)
			if progress != nil {
				progress(done, total)
			}
		})
		if err != nil {
			return nil, err
		}
		done = before + file.Bytes
		files[file.Name] = data
	}
	return files, nil
}

func (f fetched) find(folder string) (listedModel, error) {
	data, err := f.fetch(modelIndex, 0, nil)
	if err != nil {
		return listedModel{}, err
	}
	var list []listedModel
	if err := json.Unmarshal(data, &list); err != nil {
		return listedModel{}, fmt.Errorf("read %s: %w", f.root+modelIndex, err)
	}
	wanted := strings.Trim(folder, "/")
	for _, m := range list {
		if strings.Trim(m.Path, "/") == wanted {
			return m, nil
		}
	}
	return listedModel{}, fmt.Errorf("%s does not list the model %s; choose one that it lists", f.root+modelIndex, folder)
}

// fetch reads one file as it streams in; size is what to expect, 0 when unknown.
func (f fetched) fetch(name string, size int64, progress func(done int64)) ([]byte, error) {
	address := f.root + name
	response, err := promise.Await(js.Global().Call("fetch", address))
	if err != nil {
		return nil, fmt.Errorf("fetch %s: %w; check that the server runs, then retry", address, err)
	}
	if !response.Get("ok").Bool() {
		return nil, fmt.Errorf("fetch %s: the server answers %d; run `make models` on the server, then retry", address, response.Get("status").Int())
	}
	data := make([]byte, 0, size)
	reader := response.Get("body").Call("getReader")
	for {
		part, err := promise.Await(reader.Call("read"))
		if err != nil {
			return nil, fmt.Errorf("fetch %s: broke off after %d bytes: %w; retry", address, len(data), err)
		}
		if part.Get("done").Bool() {
			if told := toldLength(response); told >= 0 && told != len(data) {
				return nil, fmt.Errorf("fetch %s: got %d of %d bytes; retry", address, len(data), told)
			}
			return data, nil
		}
		chunk := part.Get("value")
		at, n := len(data), chunk.Length()
		data = append(data, make([]byte, n)...)
		js.CopyBytesToGo(data[at:], chunk)
		if progress != nil {
			progress(int64(len(data)))
		}
	}
}

// toldLength is the Content-Length of an answer that was not compressed, or -1.
func toldLength(response js.Value) int {
	headers := response.Get("headers")
	told := headers.Call("get", "Content-Length")
	if told.IsNull() || headers.Call("get", "Content-Encoding").Truthy() {
		return -1
	}
	n, err := strconv.Atoi(told.String())
	if err != nil {
		return -1
	}
	return n
}
