//go:build js && wasm

package dom

import (
	"errors"
	"syscall/js"

	"github.com/vugu/vugu"
)

// svgNamespace makes elements that Vugu marks as "svg".
const svgNamespace = "http://www.w3.org/2000/svg"

// Renderer keeps one mounted tree in step with its component.
type Renderer struct {
	Handled func() // called after a component handled an event; may be nil

	document js.Value
	mount    js.Value
	build    *vugu.BuildEnv
	root     *node
	focus    *node // gets the focus when the render is done
}

// Mount returns a renderer whose tree becomes the only child of the element that
// selector finds.
func Mount(selector string) (*Renderer, error) {
	document := js.Global().Get("document")
	mount := document.Call("querySelector", selector)
	if !mount.Truthy() {
		return nil, errors.New("mount the page: no element matches " + selector)
	}
	build, err := vugu.NewBuildEnv(nil)
	if err != nil {
		return nil, err
	}
	return &Renderer{document: document, mount: mount, build: build}, nil
}

// Render builds the component and changes the document where it differs.
func (r *Renderer) Render(component vugu.Builder) error {
	results := r.build.RunBuild(component)
	if len(results.Out.Out) != 1 {
		return errors.New("render the page: the root component must have one element")
	}
	want := results.Out.Out[0]
	defer r.giveFocus()
	if r.root != nil && r.root.fits(want) {
		r.patch(r.root, want, results)
		return nil
	}
	r.mount.Set("textContent", "")
	r.root = r.create(want, results)
	r.mount.Call("appendChild", r.root.element)
	return nil
}

// giveFocus moves the focus to what asked for it, now that it is in the document.
func (r *Renderer) giveFocus() {
	if r.focus != nil {
		r.focus.element.Call("focus")
		r.focus = nil
	}
}

// children lists what stands below n in the document: templates and components
// give way to their content, white space between elements is left out.
func children(n *vugu.VGNode, results *vugu.BuildResults) []*vugu.VGNode {
	var list []*vugu.VGNode
	for child := n.FirstChild; child != nil; child = child.NextSibling {
		list = appendFlat(list, child, results)
	}
	return list
}

func appendFlat(list []*vugu.VGNode, n *vugu.VGNode, results *vugu.BuildResults) []*vugu.VGNode {
	switch {
	case n.Component != nil:
		for _, out := range results.ResultFor(n.Component).Out {
			list = appendFlat(list, out, results)
		}
	case n.IsTemplate():
		list = append(list, children(n, results)...)
	case n.Type == vugu.ElementNode:
		list = append(list, n)
	case n.Type == vugu.TextNode && !isSpace(n.Data):
		list = append(list, n)
	}
	return list
}

func isSpace(s string) bool {
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case ' ', '\n', '\t', '\r':
		default:
			return false
		}
	}
	return true
}
