//go:build js && wasm

// Package promise waits for JavaScript's promises.
//
// In goes a promise; out comes its value, or its failure as an Error with the name
// that the browser gives it. Only the goroutine that waits stands still; the event
// loop goes on. So Await must not be called on the event loop itself, that is not in a
// js.Func but in a goroutine that it starts.
package promise

import "syscall/js"

// Error is a promise's failure.
type Error struct {
	Name    string // of a DOMException, such as "QuotaExceededError"
	Message string
}

func (e *Error) Error() string { return e.Message }

// Await gives the value that a promise settles to.
func Await(promise js.Value) (js.Value, error) {
	type result struct {
		value js.Value
		err   error
	}
	settled := make(chan result, 1)
	good := js.FuncOf(func(_ js.Value, args []js.Value) any {
		settled <- result{value: args[0]}
		return nil
	})
	bad := js.FuncOf(func(_ js.Value, args []js.Value) any {
		settled <- result{err: &Error{text(args[0], "name"), text(args[0], "message")}}
		return nil
	})
	defer good.Release()
	defer bad.Release()
	promise.Call("then", good, bad)
	r := <-settled
	return r.value, r.err
}

// text is a property of what was thrown, which may be anything.
func text(thrown js.Value, property string) string {
	if thrown.Type() == js.TypeObject {
		if value := thrown.Get(property); value.Type() == js.TypeString {
			return value.String()
		}
	}
	return thrown.String()
}
