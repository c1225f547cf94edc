//go:build js && wasm

package main

import (
	"io"
	"io/fs"
	"syscall/js"
	"testing"
	"time"
)

func TestFolder(t *testing.T) {
	f := folder{"config.json": []byte("{}"), "model.safetensors": []byte("12345678")}
	for _, test := range []struct {
		name, want string
		err        error
	}{
		{"config.json", "{}", nil},
		{"model.safetensors", "12345678", nil},
		{"tokenizer.json", "", fs.ErrNotExist},
	} {
		data, err := fs.ReadFile(f, test.name)
		if string(data) != test.want || (err == nil) != (test.err == nil) {
			t.Errorf("ReadFile(%s) = %q, %v; want %q, %v", test.name, data, err, test.want, test.err)
		}
	}
	file, err := f.Open("model.safetensors")
	if err != nil {
		t.Fatal(err)
	}
	at, ok := file.(io.ReaderAt)
	if !ok {
		t.Fatal("an open file is no io.ReaderAt")
	}
	part := make([]byte, 3)
	if _, err := at.ReadAt(part, 2); err != nil || string(part) != "345" {
		t.Errorf("ReadAt(2) = %q, %v; want 345", part, err)
	}
	if info, err := file.Stat(); err != nil || info.Size() != 8 {
		t.Errorf("Stat: %v, %v; want a size of 8", info, err)
	}
}

// The yield must let timers and messages in, or a pause would wait for the run's end.
func TestYieldLetsEventsIn(t *testing.T) {
	if js.Global().Get("MessageChannel").IsUndefined() {
		t.Skip("this host has no MessageChannel")
	}
	yield := newYield()
	came := false
	call := js.FuncOf(func(js.Value, []js.Value) any {
		came = true
		return nil
	})
	defer call.Release()
	js.Global().Call("setTimeout", call, 0)
	for deadline := time.Now().Add(5 * time.Second); !came && time.Now().Before(deadline); {
		yield()
	}
	if !came {
		t.Error("a timer did not run while the session yielded")
	}
}
