//go:build js && wasm

package dom

import (
	"syscall/js"
	"unicode/utf16"

	"github.com/vugu/vugu"
)

// fields of an event and of its target that components read through Prop.
var (
	eventFields  = []string{"key", "code", "clientX", "clientY", "offsetX", "offsetY", "deltaY", "ctrlKey", "metaKey", "altKey", "shiftKey", "isComposing"}
	targetFields = []string{"value", "checked", "id", "open", "clientWidth"}
)

// listen registers what is new, lets go of what is gone, and points the rest to
// this render's functions.
func (r *Renderer) listen(n *node, want []vugu.DOMEventHandlerSpec) {
	for event, l := range n.listeners {
		if !handles(want, event) {
			n.element.Call("removeEventListener", event, l.callback)
			l.callback.Release()
			delete(n.listeners, event)
		}
	}
	for _, spec := range want {
		if l := n.listeners[spec.EventType]; l != nil {
			l.call = spec.Func
			continue
		}
		l := &listener{call: spec.Func}
		l.callback = js.FuncOf(func(_ js.Value, args []js.Value) any {
			l.call(newEvent(args[0]))
			if r.Handled != nil {
				r.Handled()
			}
			return nil
		})
		n.element.Call("addEventListener", spec.EventType, l.callback)
		if n.listeners == nil {
			n.listeners = map[string]*listener{}
		}
		n.listeners[spec.EventType] = l
	}
}

func handles(list []vugu.DOMEventHandlerSpec, event string) bool {
	for _, spec := range list {
		if spec.EventType == event {
			return true
		}
	}
	return false
}

func (r *Renderer) releaseChildren(n *node) {
	for _, child := range n.children {
		r.release(child)
	}
	n.children = nil
}

// release lets go of the callbacks of a node that left the document.
func (r *Renderer) release(n *node) {
	r.listen(n, nil)
	r.releaseChildren(n)
}

// Event is a browser's event as components see it.
type Event struct {
	vugu.DOMEvent // reads the summary
	event         js.Value
}

func newEvent(event js.Value) *Event {
	summary := primitives(event, eventFields)
	if target := event.Get("target"); target.Truthy() {
		summary["target"] = primitives(target, targetFields)
	}
	return &Event{DOMEvent: vugu.NewDOMEvent(nil, summary), event: event}
}

func primitives(object js.Value, fields []string) map[string]any {
	found := make(map[string]any, len(fields))
	for _, field := range fields {
		switch value := object.Get(field); value.Type() {
		case js.TypeString:
			found[field] = value.String()
		case js.TypeNumber:
			found[field] = value.Float()
		case js.TypeBoolean:
			found[field] = value.Bool()
		}
	}
	return found
}

// PreventDefault keeps the browser from doing what it does with this event.
func (e *Event) PreventDefault() { e.event.Call("preventDefault") }

// StopPropagation ends the event's way through the document.
func (e *Event) StopPropagation() { e.event.Call("stopPropagation") }

// ReadFiles gives the content of each file of a file input or of a drop, once it
// is read. The input is emptied, so that the same file can be chosen again.
func (e *Event) ReadFiles(take func(name string, data []byte)) {
	input := e.event.Get("target")
	list := input.Get("files")
	if transfer := e.event.Get("dataTransfer"); transfer.Truthy() {
		list = transfer.Get("files")
	}
	if !list.Truthy() {
		return
	}
	for i := range list.Length() {
		file := list.Index(i)
		var then js.Func
		then = js.FuncOf(func(_ js.Value, args []js.Value) any {
			defer then.Release()
			bytes := js.Global().Get("Uint8Array").New(args[0])
			data := make([]byte, bytes.Length())
			js.CopyBytesToGo(data, bytes)
			take(file.Get("name").String(), data)
			return nil
		})
		file.Call("arrayBuffer").Call("then", then)
	}
	if input.Get("files").Truthy() {
		input.Set("value", "")
	}
}

// BeforeCaret is what stands left of the caret in a text field.
func (e *Event) BeforeCaret() string {
	field := e.event.Get("target")
	text, units := field.Get("value").String(), field.Get("selectionStart").Int()
	for i, r := range text {
		if units <= 0 {
			return text[:i]
		}
		units -= utf16.RuneLen(r)
	}
	return text
}

// ReplaceBefore puts text in the place of the last characters left of the caret, n of
// them in UTF-16, and gives the field's whole text.
func (e *Event) ReplaceBefore(n int, text string) string {
	field := e.event.Get("target")
	caret := field.Get("selectionStart").Int()
	field.Call("setRangeText", text, max(0, caret-n), caret, "end")
	return field.Get("value").String()
}

// Pasted is the plain text of a paste.
func (e *Event) Pasted() string {
	board := e.event.Get("clipboardData")
	if !board.Truthy() {
		return ""
	}
	return board.Call("getData", "text/plain").String()
}
