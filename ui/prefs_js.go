//go:build js && wasm

package main

import (
	"strings"
	"syscall/js"

	"github.com/dongyur/dongyur/ui/state"
	"github.com/dongyur/dongyur/ui/words"
)

// prefsKey is where this browser remembers how the page is shown.
const prefsKey = "dongyur.page"

// rememberedPreferences reads what this browser was left with.
func (p *page) rememberedPreferences() {
	for _, pair := range strings.Fields(stored(ofSite, prefsKey)) {
		switch key, value, _ := strings.Cut(pair, "="); key {
		case "language":
			p.app.ChooseLanguage(value)
		case "theme":
			p.app.ChooseTheme(value)
		case "tibetan":
			p.app.ChooseTibetanSize(value)
		case "no-gpu":
			p.app.Preferences.NoGPUKnown = value == "known"
		}
	}
}

// browserLanguage is the language that the browser asks for, without its country.
func (p *page) browserLanguage() string {
	tag, _, _ := strings.Cut(js.Global().Get("navigator").Get("language").String(), "-")
	return tag
}

// applyPreferences makes the document look as the preferences say, and brings the
// words of another language.
func (p *page) applyPreferences() {
	prefs := p.app.Preferences
	root := js.Global().Get("document").Get("documentElement")
	root.Get("dataset").Set("theme", prefs.Theme)
	root.Get("dataset").Set("tibetan", prefs.TibetanSize)
	if _, arrived := p.app.Speaks(); !arrived && p.fetching != prefs.Language {
		p.fetchWords(prefs.Language)
	}
	if p.helpIn != prefs.Language {
		p.fetchTerms(prefs.Language)
	}
	if prefs == p.shown {
		return
	}
	p.shown = prefs
	kept := "language=" + prefs.Language + " theme=" + prefs.Theme + " tibetan=" + prefs.TibetanSize
	if prefs.NoGPUKnown {
		kept += " no-gpu=known"
	}
	store(ofSite, prefsKey, kept)
}

// fetchWords brings assets/words/TAG.json; English needs no file.
func (p *page) fetchWords(tag string) {
	arrived := func(file []byte) {
		p.fetching = ""
		if err := p.app.LanguageArrived(tag, file); err != nil {
			p.app.LanguageFailed(err.Error(), nil)
		}
		p.wordsShown()
		p.changed()
	}
	if tag == state.Languages[0].Tag {
		arrived(nil)
		return
	}
	p.fetching = tag
	name := "assets/words/" + tag + ".json"
	p.fetchFile(name, arrived, func(why string) {
		p.fetching = ""
		p.app.LanguageFailed(words.T("%s did not arrive: %s.", name, why), func() { p.app.ChooseLanguage(tag) })
		p.changed()
	})
}

// wordsShown tells the document which language it is in.
func (p *page) wordsShown() {
	tag, _ := p.app.Speaks()
	if tag == "bo" {
		tag = state.Languages[0].Tag // most of it is; what is Tibetan says so itself
	}
	js.Global().Get("document").Get("documentElement").Set("lang", tag)
}

// fetchTerms brings assets/help/TAG.json. Tibetan readers get the English texts: the
// terms have no settled Tibetan words yet.
func (p *page) fetchTerms(tag string) {
	p.helpIn = tag
	file := tag
	if file == "bo" {
		file = state.Languages[0].Tag
	}
	name := "assets/help/" + file + ".json"
	fail := func(why string) {
		p.app.Fail(words.T("%s did not arrive: %s.", name, why), func() { p.helpIn = "" })
		p.changed()
	}
	p.fetchFile(name, func(content []byte) {
		terms, err := state.ParseTerms(content)
		if err != nil {
			fail(err.Error())
			return
		}
		p.app.Terms = terms
		p.changed()
	}, fail)
}
