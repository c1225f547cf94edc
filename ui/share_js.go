//go:build js && wasm

package main

import (
	"encoding/json"
	"fmt"
	"syscall/js"

	"github.com/dongyur/dongyur/core/archive"
	"github.com/dongyur/dongyur/core/protocol"
	"github.com/dongyur/dongyur/ui/state"
	"github.com/dongyur/dongyur/ui/words"
	"github.com/dongyur/dongyur/wasm/promise"
)

// What the Share dialog (assets/hub/share.js) needs of the page: it is a script of its
// own, as the hub's other pages are, so that this program stays small.

// share opens the dialog. pack, which it calls when Publish is pressed, gives a promise
// of the project's zip.
func (p *page) share() {
	offer, err := json.Marshal(p.app.Shareable())
	if err != nil {
		p.app.Fail(err.Error(), nil)
		return
	}
	pack := js.FuncOf(func(js.Value, []js.Value) any {
		return js.Global().Get("Promise").New(once(func(settle []js.Value) { p.packProject(settle[0], settle[1]) }))
	})
	p.hubScript("share", string(offer), js.Global().Get("location").Get("href"), pack)
}

// hubScript calls a function of assets/hub/share.js.
func (p *page) hubScript(name string, args ...any) {
	call := js.Global().Get("dongyurHub").Invoke(append([]any{name}, args...)...)
	go func() {
		if _, err := promise.Await(call); err != nil {
			p.app.Fail(err.Error(), nil)
			p.changed()
		}
	}()
}

// packProject packs the project as Export does.
func (p *page) packProject(resolve, reject js.Value) {
	p.wholeProject(func(files map[string][]byte, err error) {
		var packed []byte
		if err == nil {
			packed, err = archive.Pack(files)
		}
		if err != nil {
			reject.Invoke(js.Global().Get("Error").New(err.Error()))
			return
		}
		data := js.Global().Get("Uint8Array").New(len(packed))
		js.CopyBytesToJS(data, packed)
		resolve.Invoke(data)
	})
}

// wholeProject gathers the project's files, from where they are kept or from memory.
func (p *page) wholeProject(take func(files map[string][]byte, err error)) {
	if p.app.Project.Keeping == state.Kept {
		go func() {
			p.flush()
			take(state.WholeProject(p.keeping.storage, p.app.Project.ID))
		}()
		return
	}
	give := func(saved []protocol.File) { take(p.app.Files(now(), saved)) }
	if p.app.Trained() {
		p.app.SaveAdapter(give)
		return
	}
	give(nil)
}

// openShared shows the project that a short link led to, and writes it nowhere.
func (p *page) openShared() {
	p.app.Project.ID, p.app.Project.Keeping = newID(), state.Shared
	files, title, err := fetchShared(p.shared)
	if err == nil {
		err = p.app.Replace(files)
	}
	if err != nil {
		p.app.Fail(words.T("The shared project cannot be opened: %s.", err.Error()), reload)
		return
	}
	p.sharedFiles = files
	p.app.Project.Name = title
}

func fetchShared(id string) (files map[string][]byte, title string, err error) {
	text, err := fetched("hub/projects/"+id, "text")
	if err != nil {
		return nil, "", err
	}
	var about struct {
		Title    string
		Versions []struct{ Number int }
	}
	if err := json.Unmarshal([]byte(text.String()), &about); err != nil || len(about.Versions) == 0 {
		return nil, "", fmt.Errorf("the hub gives no version of it")
	}
	content, err := fetched(fmt.Sprintf("hub/projects/%s/versions/%d", id, about.Versions[0].Number), "arrayBuffer")
	if err != nil {
		return nil, "", err
	}
	array := js.Global().Get("Uint8Array").New(content)
	packed := make([]byte, array.Length())
	js.CopyBytesToGo(packed, array)
	files, err = archive.Unpack(packed)
	return files, about.Title, err
}

// fetched is the body of an answer, by one of its methods.
func fetched(path, method string) (js.Value, error) {
	answer, err := promise.Await(js.Global().Call("fetch", path))
	if err == nil && !answer.Get("ok").Bool() {
		err = fmt.Errorf("the server answers %d", answer.Get("status").Int())
	}
	if err != nil {
		return js.Undefined(), err
	}
	return promise.Await(answer.Call(method))
}

// MakeMine copies the shared project into this browser and opens the copy.
func (p *page) MakeMine() {
	p.apart(func() error {
		if p.keeping.storage == nil {
			p.app.Project.Keeping = state.InMemory
			return nil
		}
		id := newID()
		if err := state.MakeProject(p.keeping.storage, id, p.app.Project.Name, now(), p.sharedFiles); err != nil {
			return err
		}
		p.switchTo(id)
		return nil
	})
}

// Report tells who runs the hub that the shared project should not be there.
func (p *page) Report() { p.hubScript("report", p.shared, p.app.Preferences.Language) }
