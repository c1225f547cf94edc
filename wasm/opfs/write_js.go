//go:build js && wasm

package opfs

import (
	"errors"
	"syscall/js"

	"github.com/dongyur/dongyur/wasm/promise"
)

// newSuffix marks a file that is being written.
const newSuffix = ".new"

func inWorker() bool { return js.Global().Get("document").IsUndefined() }

// replace writes beside the file through a synchronous handle, and moves the whole to
// its place.
func replace(dir js.Value, name string, data []byte) error {
	fresh, err := promise.Await(dir.Call("getFileHandle", name+newSuffix, map[string]any{"create": true}))
	if err != nil {
		return err
	}
	err = access(fresh, func(file js.Value) {
		file.Call("truncate", 0)
		writeAt(file, 0, data)
	})
	if err == nil && fresh.Get("move").Type() == js.TypeFunction {
		if _, err = promise.Await(fresh.Call("move", name)); err == nil {
			return nil
		}
	}
	var failure *promise.Error
	if full := errors.As(err, &failure) && failure.Name == "QuotaExceededError"; !full {
		// This browser moves no file to where another one is.
		err = stream(dir, name, data)
	}
	// What matters is being returned; the remains are only swept up.
	_, _ = promise.Await(dir.Call("removeEntry", name+newSuffix))
	return err
}

// stream writes a file through a stream, which takes its place when it is closed.
func stream(dir js.Value, name string, data []byte) error {
	handle, err := promise.Await(dir.Call("getFileHandle", name, map[string]any{"create": true}))
	if err != nil {
		return err
	}
	if handle.Get("createWritable").Type() != js.TypeFunction {
		return ErrUnavailable
	}
	out, err := promise.Await(handle.Call("createWritable"))
	if err != nil {
		return err
	}
	if _, err = promise.Await(out.Call("write", bytesOf(data))); err != nil {
		_, _ = promise.Await(out.Call("abort"))
		return err
	}
	_, err = promise.Await(out.Call("close"))
	return err
}

// access opens a file's synchronous handle, whose methods throw what fails.
func access(handle js.Value, use func(file js.Value)) (err error) {
	file, err := promise.Await(handle.Call("createSyncAccessHandle"))
	if err != nil {
		return err
	}
	defer func() {
		file.Call("close")
		switch thrown := recover().(type) {
		case nil:
		case js.Error:
			err = &promise.Error{Name: thrown.Get("name").String(), Message: thrown.Get("message").String()}
		default:
			panic(thrown)
		}
	}()
	use(file)
	file.Call("flush")
	return nil
}

// writeAt writes all of data; where a part alone finds room it throws as a full storage
// does.
func writeAt(file js.Value, at int, data []byte) {
	if n := file.Call("write", bytesOf(data), map[string]any{"at": at}).Int(); n < len(data) {
		panic(js.Error{Value: js.Global().Get("DOMException").New("only a part was written", "QuotaExceededError")})
	}
}

func bytesOf(data []byte) js.Value {
	array := js.Global().Get("Uint8Array").New(len(data))
	js.CopyBytesToJS(array, data)
	return array
}
