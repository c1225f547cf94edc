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

// patchChildren keeps each child that stays itself, see align.
func (r *Renderer) patchChildren(n *node, want []*vugu.VGNode, results *vugu.BuildResults) {
	old := n.children
	if fitAll(old, want) {
		for i, child := range want {
			r.patch(old[i], child, results)
		}
		return
	}
	pairs := align(identities(old, (*node).identity), identities(want, identityOf))
	stays := make([]bool, len(old))
	for _, pair := range pairs {
		if pair >= 0 {
			stays[pair] = true
		}
	}
	for i, gone := range old {
		if !stays[i] {
			n.element.Call("removeChild", gone.element)
			r.release(gone)
		}
	}
	n.children = make([]*node, len(want))
	next := js.Null() // what a new child is put before
	for i := len(want) - 1; i >= 0; i-- {
		if pairs[i] >= 0 {
			n.children[i] = old[pairs[i]]
			r.patch(n.children[i], want[i], results)
		} else {
			n.children[i] = r.create(want[i], results)
			n.element.Call("insertBefore", n.children[i].element, next)
		}
		next = n.children[i].element
	}
}

// fitAll tells whether each child can become the one wanted in its place, which is so
// at most renders.
func fitAll(have []*node, want []*vugu.VGNode) bool {
	if len(have) != len(want) {
		return false
	}
	for i, n := range have {
		if !n.fits(want[i]) {
			return false
		}
	}
	return true
}

func (n *node) identity() identity { return identityIn(n.name, n.attributes) }

func identityOf(n *vugu.VGNode) identity {
	if n.Type == vugu.TextNode {
		return identity{}
	}
	return identityIn(n.Data, n.Attr)
}

func identityIn(name string, attributes []vugu.VGAttribute) identity {
	id, _ := find(attributes, "id")
	class, _ := find(attributes, "class")
	return identity{name, id, class}
}

func identities[T any](list []T, of func(T) identity) []identity {
	all := make([]identity, len(list))
	for i, e := range list {
		all[i] = of(e)
	}
	return all
}
