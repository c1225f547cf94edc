//go:build js && wasm

package webgpu

import (
	"errors"
	"syscall/js"
)

// await blocks this goroutine, and nothing else, until a promise is settled.
func await(promise js.Value) (js.Value, error) {
	type outcome struct {
		value js.Value
		err   error
	}
	settled := make(chan outcome, 1)
	fulfilled := js.FuncOf(func(_ js.Value, args []js.Value) any {
		settled <- outcome{value: args[0]}
		return nil
	})
	defer fulfilled.Release()
	rejected := js.FuncOf(func(_ js.Value, args []js.Value) any {
		settled <- outcome{err: errors.New(text(args[0]))}
		return nil
	})
	defer rejected.Release()
	promise.Call("then", fulfilled, rejected)
	o := <-settled
	return o.value, o.err
}

// text is what a thrown value says.
func text(thrown js.Value) string {
	if thrown.Type() == js.TypeObject {
		if message := thrown.Get("message"); message.Type() == js.TypeString {
			return message.String()
		}
	}
	return js.Global().Get("String").Invoke(thrown).String()
}

// catch turns a JavaScript exception into an error.
func catch(err *error) {
	switch thrown := recover().(type) {
	case nil:
	case js.Error:
		*err = &DeviceError{text(thrown.Value)}
	default:
		panic(thrown)
	}
}
