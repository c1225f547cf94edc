//go:build js && wasm

package main

import (
	"cmp"
	"strings"
	"syscall/js"

	"github.com/dongyur/dongyur/core/protocol"
	"github.com/dongyur/dongyur/ui/state"
	"github.com/dongyur/dongyur/ui/words"
	"github.com/dongyur/dongyur/wasm/opfs"
	"github.com/dongyur/dongyur/wasm/promise"
)

const (
	// keepDelay is how long changes are gathered before they are written, in ms.
	keepDelay = 400
	// lockDelay is how long a project may be held by a page that is being left, in ms.
	lockDelay = 700
	// projectKey is where this browser, and this tab, remember the project at hand.
	projectKey = "dongyur.project"
)

// keeping is what the page knows of keeping beside the state.
type keeping struct {
	storage *opfs.Storage // nil: nothing is kept
	asked   bool          // a write is due
	writing bool
	again   bool // something changed during the write
}

// openProject opens the project that this tab was left with, or the browser was, or a
// new one.
func (p *page) openProject() {
	defer p.changed()
	project := &p.app.Project
	project.Name = words.T("Project %d", 1)
	if project.ID = remembered(); project.ID == "" {
		project.ID = newID()
	}
	if err := p.openStorage(); p.shared != "" {
		p.openShared()
	} else if err != nil {
		project.Keeping, project.Problem = state.InMemory, err.Error()
		p.app.Notify(words.T("Your work is not kept here: %s. Export the project before you close this tab.", err.Error()))
	} else {
		remember(project.ID)
		p.readProject()
	}
	if len(p.app.Table.Rows) == 0 {
		p.app.LoadStarter()
	}
	p.watchLeaving()
	p.watchSelection()
	p.listProjects()
}

// openStorage finds out whether files can be kept, by keeping one.
func (p *page) openStorage() error {
	storage, err := opfs.Open(protocol.StorageFolder)
	if err != nil {
		return err
	}
	const probe = "probe"
	if err := storage.Write(probe, nil); err != nil {
		return err
	}
	p.keeping.storage = storage
	return storage.Remove(probe)
}

// readProject takes the project over, unless another tab has it.
func (p *page) readProject() {
	project := &p.app.Project
	mine := lock(project.ID)
	files, err := state.ReadProject(p.keeping.storage, project.ID)
	if project.Keeping = state.Kept; !mine {
		project.Keeping = state.Elsewhere
	}
	if err == nil && files != nil {
		var damaged []string
		if damaged, err = p.app.TakeProject(files); mine && err == nil {
			err = state.SetAside(p.keeping.storage, project.ID, damaged, files)
		}
	}
	if err != nil { // it stays as it is, and another takes its place
		p.app.Fail(words.T("The project cannot be opened: %s. It is left as it is; this is a new one.", err.Error()), nil)
		project.ID = newID()
		remember(project.ID)
		lock(project.ID)
	}
	if !mine {
		p.app.Fail(words.T("“%s” is open in another tab, which keeps it. What you do here is not kept: close that tab and retry, or duplicate the project.", project.Name), reload)
	}
}

// keepSoon writes what has changed, after a moment in which more may change.
func (p *page) keepSoon() {
	if p.keeping.asked || p.keeping.storage == nil {
		return
	}
	p.keeping.asked = true
	var due js.Func
	due = js.FuncOf(func(js.Value, []js.Value) any {
		due.Release()
		p.keepNow()
		return nil
	})
	js.Global().Call("setTimeout", due, keepDelay)
}

// keepNow starts a write; one at a time is under way.
func (p *page) keepNow() {
	p.keeping.asked = false
	if p.keeping.storage == nil {
		return
	}
	if p.keeping.writing {
		p.keeping.again = true
		return
	}
	p.keeping.writing = true
	go func() {
		p.flush()
		if p.app.Project.Unlisted() || p.app.Dialog == state.ProjectsDialog {
			p.listProjects()
		}
		p.keeping.writing = false
		if p.keeping.again {
			p.keeping.again = false
			p.keepNow()
		}
	}()
}

// flush writes what has changed and waits for it. The state tells of failures.
func (p *page) flush() {
	if p.keeping.storage != nil && p.app.Keep(p.keeping.storage, now()) != nil {
		p.changed()
	}
}

// watchLeaving writes at once when the tab is hidden, as it may be its last moment.
func (p *page) watchLeaving() {
	document := js.Global().Get("document")
	document.Call("addEventListener", "visibilitychange", js.FuncOf(func(js.Value, []js.Value) any {
		if document.Get("visibilityState").String() == "hidden" {
			p.keepNow()
		}
		return nil
	}))
}

// listProjects brings the list of projects, and how much room they take, up to date.
func (p *page) listProjects() {
	if p.keeping.storage == nil {
		return
	}
	list, err := state.Projects(p.keeping.storage)
	if err != nil {
		p.app.Fail(err.Error(), nil)
	}
	p.app.Project.List = list
	if estimate, err := promise.Await(js.Global().Get("navigator").Get("storage").Call("estimate")); err == nil {
		p.app.Project.Used, p.app.Project.Quota = int64(estimate.Get("usage").Float()), int64(estimate.Get("quota").Float())
	}
	p.changed()
}

// lock tells whether this tab has the project for itself, for as long as it lives.
func lock(id string) bool {
	locks := js.Global().Get("navigator").Get("locks")
	if !locks.Truthy() {
		return true
	}
	granted := make(chan bool, 2)
	// Neither function is released: the lock is held by a promise that never settles.
	held := js.FuncOf(func(js.Value, []js.Value) any {
		granted <- true
		return js.Global().Get("Promise").New(js.FuncOf(func(js.Value, []js.Value) any { return nil }))
	})
	failed := js.FuncOf(func(js.Value, []js.Value) any {
		granted <- false
		return nil
	})
	signal := js.Global().Get("AbortSignal").Call("timeout", lockDelay)
	locks.Call("request", lockName(id), map[string]any{"signal": signal}, held).Call("catch", failed)
	return <-granted
}

func lockName(id string) string { return "dongyur/" + id }

// lockedElsewhere tells whether another tab holds a project whose lock's name begins so.
func lockedElsewhere(prefix, mine string) bool {
	locks := js.Global().Get("navigator").Get("locks")
	if !locks.Truthy() {
		return false
	}
	state, err := promise.Await(locks.Call("query"))
	if err != nil {
		return false
	}
	held := state.Get("held")
	for i := range held.Length() {
		if name := held.Index(i).Get("name").String(); strings.HasPrefix(name, prefix) && name != mine {
			return true
		}
	}
	return false
}

// remembered is the project that this tab had open, or that the browser had last.
func remembered() string {
	return cmp.Or(stored(ofTab, projectKey), stored(ofSite, projectKey))
}

func remember(id string) {
	store(ofTab, projectKey, id)
	store(ofSite, projectKey, id)
}

func newID() string {
	crypto := js.Global().Get("crypto")
	if crypto.Get("randomUUID").Type() == js.TypeFunction {
		return crypto.Call("randomUUID").String()
	}
	return "p" + js.Global().Get("Date").Call("now").Call("toString").String() // no secure context
}

func now() string { return js.Global().Get("Date").New().Call("toISOString").String() }

// reload opens the page anew, as its address without settings: the project has them.
func reload() {
	location := js.Global().Get("location")
	js.Global().Get("history").Call("replaceState", nil, "", location.Get("pathname"))
	location.Call("reload")
}
