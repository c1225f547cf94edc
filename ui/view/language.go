package view

import (
	"slices"

	"github.com/dongyur/dongyur/core/lang"
	"github.com/dongyur/dongyur/core/language"
	"github.com/dongyur/dongyur/core/protocol"
	"github.com/dongyur/dongyur/core/task"
	"github.com/dongyur/dongyur/ui/state"
	"github.com/dongyur/dongyur/ui/words"
)

// languageName is what the page calls a language.
func languageName(tag string) string { return language.Of(tag).Names.In(words.Language()) }

// direction is the dir of a text in a language: "auto" where its script is open, so that
// the text's own letters decide.
func direction(tag string) string {
	l := language.Of(tag)
	if len(l.Scripts) == 0 {
		return "auto"
	}
	for _, s := range l.Scripts[1:] {
		if (&language.Language{Scripts: []lang.Script{s}}).Direction() != l.Direction() {
			return "auto"
		}
	}
	return l.Direction()
}

// keyboardOf is the way of typing a language that the page offers; "": none.
func keyboardOf(tag string) string {
	if k := language.Of(tag).Keyboard; k != nil {
		return k.Name
	}
	return ""
}

// taskTitle is a task with its languages.
func taskTitle(t state.Task) string {
	row := task.Named(t.Name)
	switch {
	case row == nil:
		return t.Key
	case row.OneLanguage:
		return row.Title.In(words.Language()) + ": " + languageName(t.SourceLang)
	}
	return row.Title.In(words.Language()) + ": " + languageName(t.SourceLang) + " → " + languageName(t.TargetLang)
}

// languageChoice is a language that the fields suggest.
type languageChoice struct{ Tag, Name string }

// languageChoices are the session's languages, then every other that has a name.
func languageChoices(spoken []protocol.Language) []languageChoice {
	var list []languageChoice
	add := func(tag string, names language.Names) {
		if slices.ContainsFunc(list[:min(len(list), len(spoken))], func(c languageChoice) bool { return c.Tag == tag }) {
			return
		}
		name := names.In(words.Language())
		if names.Own != "" && names.Own != name {
			name += " · " + names.Own
		}
		list = append(list, languageChoice{tag, name})
	}
	for _, l := range spoken {
		add(l.Tag, l.Names)
	}
	for _, tag := range language.Known() {
		add(tag, language.Of(tag).Names)
	}
	return list
}
