//go:build js && wasm

package dom

import (
	"syscall/js"

	"github.com/vugu/vugu"
)

// node is what stands in the document, and what the next render is compared with.
type node struct {
	element    js.Value
	kind       vugu.VGNodeType
	name       string // element name
	text       string // of a text node
	attributes []vugu.VGAttribute
	inner      *string // content set as HTML; children is empty then
	children   []*node
	listeners  map[string]*listener
}

// listener is one registration with the browser; its function changes at every
// render and the registration stays.
type listener struct {
	call     func(vugu.DOMEvent)
	callback js.Func
}

func (n *node) fits(want *vugu.VGNode) bool {
	return n.kind == want.Type && (want.Type == vugu.TextNode || n.name == want.Data)
}

func (r *Renderer) create(want *vugu.VGNode, results *vugu.BuildResults) *node {
	n := &node{kind: want.Type, name: want.Data}
	if want.Type == vugu.TextNode {
		n.name, n.text = "", want.Data
		n.element = r.document.Call("createTextNode", want.Data)
		return n
	}
	if want.Namespace == "svg" {
		n.element = r.document.Call("createElementNS", svgNamespace, want.Data)
	} else {
		n.element = r.document.Call("createElement", want.Data)
	}
	r.patch(n, want, results)
	return n
}

// patch makes n what want says.
func (r *Renderer) patch(n *node, want *vugu.VGNode, results *vugu.BuildResults) {
	if n.kind == vugu.TextNode {
		if n.text != want.Data {
			n.text = want.Data
			n.element.Set("nodeValue", want.Data)
		}
		return
	}
	r.listen(n, want.DOMEventHandlerSpecList)
	r.setAttributes(n, want.Attr)
	if want.InnerHTML != nil {
		if n.inner == nil || *n.inner != *want.InnerHTML {
			r.releaseChildren(n)
			n.inner = want.InnerHTML
			n.element.Set("innerHTML", *want.InnerHTML)
		}
	} else {
		if n.inner != nil {
			n.inner = nil
			n.element.Set("textContent", "")
		}
		r.patchChildren(n, children(want, results), results)
	}
	n.syncForm(want.Attr) // after the children: a select's value needs its options
}

func (r *Renderer) patchChildren(n *node, want []*vugu.VGNode, results *vugu.BuildResults) {
	for i, child := range want {
		switch {
		case i >= len(n.children):
			made := r.create(child, results)
			n.element.Call("appendChild", made.element)
			n.children = append(n.children, made)
		case n.children[i].fits(child):
			r.patch(n.children[i], child, results)
		default:
			made := r.create(child, results)
			n.element.Call("replaceChild", made.element, n.children[i].element)
			r.release(n.children[i])
			n.children[i] = made
		}
	}
	for _, extra := range n.children[len(want):] {
		n.element.Call("removeChild", extra.element)
		r.release(extra)
	}
	n.children = n.children[:len(want)]
}
