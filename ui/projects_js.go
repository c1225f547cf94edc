//go:build js && wasm

package main

import (
	"strings"
	"syscall/js"
	"unicode"

	"github.com/dongyur/dongyur/core/archive"
	"github.com/dongyur/dongyur/ui/state"
	"github.com/dongyur/dongyur/ui/words"
	"github.com/dongyur/dongyur/wasm/promise"
)

// What the dialog of projects asks for: view.Keeper.

// apart does work that waits beside the page's events, and tells what failed.
func (p *page) apart(work func() error) {
	go func() {
		defer p.changed()
		if err := work(); err != nil {
			p.app.Fail(err.Error(), nil)
		}
	}()
}

// Changed draws and keeps what changed outside of an event.
func (p *page) Changed() { p.renderer.Handled() }

// switchTo leaves this project, all written, for another one. The page opens anew: no
// part of it can carry anything over.
func (p *page) switchTo(id string) {
	p.flush()
	remember(id)
	reload()
}

// New makes a project and opens it.
func (p *page) New() {
	p.apart(func() error {
		id := newID()
		name := words.T("Project %d", len(p.app.Project.List)+1)
		if err := state.MakeProject(p.keeping.storage, id, name, now(), state.EmptyProject(name)); err != nil {
			return err
		}
		p.switchTo(id)
		return nil
	})
}

// Switch opens another project.
func (p *page) Switch(id string) { p.apart(func() error { p.switchTo(id); return nil }) }

// Duplicate copies a project and opens the copy.
func (p *page) Duplicate(id, name string) {
	p.apart(func() error {
		p.flush()
		files, err := state.WholeProject(p.keeping.storage, id)
		if err != nil {
			return err
		}
		id := newID()
		if err := state.MakeProject(p.keeping.storage, id, words.T("Copy of %s", name), now(), files); err != nil {
			return err
		}
		p.switchTo(id)
		return nil
	})
}

// Delete takes a project away, for good.
func (p *page) Delete(id string) {
	p.apart(func() error {
		current := p.app.Project.ID
		if lockedElsewhere(lockName(id), lockName(current)) || id == current && p.app.Project.Keeping == state.Elsewhere {
			p.app.Fail(words.T("That project is open in another tab: close that tab first."), nil)
			return nil
		}
		if id != current {
			err := state.DeleteProject(p.keeping.storage, id)
			p.listProjects()
			return err
		}
		p.stopKeeping()
		if err := state.DeleteProject(p.keeping.storage, id); err != nil {
			return err
		}
		next := newID()
		for _, other := range p.app.Project.List {
			if other.ID != id {
				next = other.ID
				break
			}
		}
		remember(next)
		reload()
		return nil
	})
}

// stopKeeping ends what could still write to the project.
func (p *page) stopKeeping() {
	p.worker.End()
	p.app.Project.Keeping = state.InMemory
}

// DeleteAll takes away all that this page has put into the browser: projects, votes,
// preferences, the copy for working offline.
func (p *page) DeleteAll() {
	p.apart(func() error {
		if lockedElsewhere(lockName(""), lockName(p.app.Project.ID)) {
			p.app.Fail(words.T("Another tab has a project open: close that tab first."), nil)
			return nil
		}
		p.stopKeeping()
		if p.keeping.storage != nil {
			storage := p.keeping.storage
			p.keeping.storage = nil
			if err := storage.Remove("projects"); err != nil {
				return err
			}
		}
		forgetOffline()
		for _, storage := range []string{ofTab, ofSite} {
			js.Global().Get(storage).Call("clear")
		}
		reload()
		return nil
	})
}

// forgetOffline takes away what the service worker keeps, and the worker.
func forgetOffline() {
	if caches := js.Global().Get("caches"); caches.Truthy() {
		if names, err := promise.Await(caches.Call("keys")); err == nil {
			for i := range names.Length() {
				_, _ = promise.Await(caches.Call("delete", names.Index(i))) // the next visit writes it anew anyway
			}
		}
	}
	if workers := js.Global().Get("navigator").Get("serviceWorker"); workers.Truthy() {
		if list, err := promise.Await(workers.Call("getRegistrations")); err == nil {
			for i := range list.Length() {
				_, _ = promise.Await(list.Index(i).Call("unregister"))
			}
		}
	}
}

// Export offers the whole project as one file.
func (p *page) Export() {
	p.wholeProject(func(files map[string][]byte, err error) {
		if err == nil {
			err = p.offerProject(files)
		}
		if err != nil {
			p.app.Fail(err.Error(), nil)
		}
		p.changed()
	})
}

func (p *page) offerProject(files map[string][]byte) error {
	packed, err := archive.Pack(files)
	if err != nil {
		return err
	}
	offer(fileName(p.app.Project.Name)+".dongyur.zip", "application/zip", packed)
	return nil
}

// fileName is a name that every system takes.
func fileName(name string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsMark(r) || unicode.IsDigit(r) || strings.ContainsRune("-_་", r) {
			return r
		}
		return '-'
	}, name)
}

// Import opens a file that Export gave.
func (p *page) Import(name string, data []byte) {
	p.apart(func() error {
		files, err := archive.Unpack(data)
		if err != nil {
			p.app.Fail(words.T("%s was not imported: %s.", name, err.Error()), nil)
			return nil
		}
		if p.keeping.storage == nil {
			return p.app.Replace(files)
		}
		id := newID()
		if err := state.MakeProject(p.keeping.storage, id, "", now(), files); err != nil {
			return err
		}
		p.switchTo(id)
		return nil
	})
}
