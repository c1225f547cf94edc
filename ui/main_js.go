//go:build js && wasm

// Command ui is the page: it shows ui/view on ui/state and talks to the trainer's
// worker. What stands in index.html is the shell that is seen until it runs.
package main

import (
	"syscall/js"

	"github.com/dongyur/dongyur/core/protocol"
	"github.com/dongyur/dongyur/ui/dom"
	"github.com/dongyur/dongyur/ui/state"
	"github.com/dongyur/dongyur/ui/view"
)

func main() {
	p := &page{}
	p.app = state.New(p.send)
	p.app.Later = p.later
	p.view = view.New(p.app, view.Browser{Download: download, Share: p.share, Changed: p.changed})
	p.view.Keep(p)
	p.course = p.newCourse()
	p.view.Lessons = &view.Lessons{Course: p.course}
	p.view.Export(saveText, p.savePicture)
	renderer, err := dom.Mount("#page")
	if err != nil {
		js.Global().Get("console").Call("error", err.Error())
		return
	}
	p.renderer = renderer
	p.rememberedPreferences()
	p.arrive()
	p.shown = p.app.Preferences // what nobody chose is not remembered
	p.draw = js.FuncOf(func(js.Value, []js.Value) any {
		p.drawing = false
		p.render()
		return nil
	})
	p.render()
	js.Global().Get("document").Get("documentElement").Get("dataset").Set("page", "ready")
	js.Global().Get("performance").Call("mark", "page-ready")
	p.watchInput()
	p.lookForFont()
	p.startWorker()
	p.fetchModels()
	go p.openProject()
	select {} // the browser calls from here on
}

// page joins the state to the browser.
type page struct {
	app      *state.App
	view     *view.Page
	renderer *dom.Renderer
	worker   *worker            // nil until it is started
	queue    []protocol.Command // that came while there was none
	draw     js.Func
	drawing  bool // a frame is asked for
	keeping  keeping
	offline  bool              // the service worker was asked for
	renewing bool              // the user asked for the page's new version
	shown    state.Preferences // as they are remembered
	fetching string            // language whose words are on their way
	course   *state.Course
	// Of the lessons: the file that is on its way, and what was remembered last.
	lessonsFile string
	lessonsKept int
	helpIn      string // language of the help texts that were asked for
	address     string // as it was written last
	shared      string // name on the hub of the project that the address asks for; "": none
	// Its files as they came, for a copy.
	sharedFiles map[string][]byte
}

// changed draws the state with the next frame, once for all changes until then.
func (p *page) changed() {
	if !p.drawing {
		p.drawing = true
		js.Global().Call("requestAnimationFrame", p.draw)
	}
}

func (p *page) render() {
	p.applyPreferences()
	p.followLessons()
	p.writeAddress()
	if err := p.renderer.Render(p.view); err != nil {
		js.Global().Get("console").Call("error", err.Error())
	}
}

// watchInput draws after every event that a component handled, and takes the run's
// keys where no field wants them.
func (p *page) watchInput() {
	p.renderer.Handled = func() {
		p.changed()
		p.keepSoon()
	}
	keys := js.FuncOf(func(_ js.Value, args []js.Value) any {
		e := args[0]
		if e.Get("ctrlKey").Bool() || e.Get("metaKey").Bool() || e.Get("altKey").Bool() || e.Get("repeat").Bool() {
			return nil
		}
		key, taken := e.Get("key").String(), "input, textarea, select"
		if key == " " {
			taken += ", button, summary, a" // where Space presses
		}
		if e.Get("target").Call("closest", taken).Truthy() {
			return nil
		}
		if p.view.Key(key) {
			e.Call("preventDefault")
			p.renderer.Handled()
		}
		return nil
	})
	js.Global().Get("document").Call("addEventListener", "keydown", keys)
}
