//go:build js && wasm

package promise

import (
	"errors"
	"syscall/js"
	"testing"
)

func TestAwait(t *testing.T) {
	global := js.Global()
	if value, err := Await(global.Get("Promise").Call("resolve", 7)); err != nil || value.Int() != 7 {
		t.Errorf("%v, %v; want 7", value, err)
	}
	for _, test := range []struct {
		thrown        js.Value
		name, message string
	}{
		{global.Get("Error").New("no route"), "Error", "no route"},
		{global.Get("DOMException").New("it is full", "QuotaExceededError"), "QuotaExceededError", "it is full"},
		{js.ValueOf("a string"), "a string", "a string"},
	} {
		_, err := Await(global.Get("Promise").Call("reject", test.thrown))
		var failure *Error
		if !errors.As(err, &failure) || failure.Name != test.name || failure.Message != test.message {
			t.Errorf("error %#v, want %q: %q", err, test.name, test.message)
		}
	}
}
