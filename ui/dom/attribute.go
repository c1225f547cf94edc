//go:build js && wasm

package dom

import "github.com/vugu/vugu"

// focusAttribute asks for the focus whenever its value changes.
const focusAttribute = "data-focus"

// setAttributes changes only what differs from the last render.
func (r *Renderer) setAttributes(n *node, want []vugu.VGAttribute) {
	if sameAttributes(n.attributes, want) {
		return
	}
	for _, old := range n.attributes {
		if _, still := find(want, old.Key); !still {
			n.element.Call("removeAttribute", old.Key)
		}
	}
	for _, a := range want {
		if old, known := find(n.attributes, a.Key); !known || old != a.Val {
			n.element.Call("setAttribute", a.Key, a.Val)
			if a.Key == focusAttribute {
				r.focus = n
			}
		}
	}
	n.attributes = want
}

func sameAttributes(a, b []vugu.VGAttribute) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

func find(list []vugu.VGAttribute, key string) (string, bool) {
	for _, a := range list {
		if a.Key == key {
			return a.Val, true
		}
	}
	return "", false
}

// syncForm sets the properties that attributes only initialise: what the user
// typed or ticked stays only where the state took it over.
func (n *node) syncForm(want []vugu.VGAttribute) {
	switch n.name {
	case "input":
		if kind, _ := find(want, "type"); kind == "checkbox" || kind == "radio" {
			_, checked := find(want, "checked")
			n.syncBool("checked", checked)
			return
		}
		n.syncValue(want)
	case "textarea", "select":
		n.syncValue(want)
	case "dialog":
		n.syncDialog(want)
	}
}

func (n *node) syncValue(want []vugu.VGAttribute) {
	value, given := find(want, "value")
	if given && n.element.Get("value").String() != value {
		n.element.Set("value", value)
	}
}

func (n *node) syncBool(property string, want bool) {
	if n.element.Get(property).Bool() != want {
		n.element.Set(property, want)
	}
}

// syncDialog opens a dialog as modal when it has data-open, and closes it when not.
func (n *node) syncDialog(want []vugu.VGAttribute) {
	_, open := find(want, "data-open")
	if !n.element.Get("isConnected").Bool() || n.element.Get("open").Bool() == open {
		return
	}
	if open {
		n.element.Call("showModal")
	} else {
		n.element.Call("close")
	}
}
