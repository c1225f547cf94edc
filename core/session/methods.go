package session

import (
	"github.com/dongyur/dongyur/core/data"
	"github.com/dongyur/dongyur/core/language"
	"github.com/dongyur/dongyur/core/objective"
	"github.com/dongyur/dongyur/core/protocol"
	"github.com/dongyur/dongyur/core/reward"
	"github.com/dongyur/dongyur/core/setting"
	"github.com/dongyur/dongyur/core/task"
)

// Greeting is a session's ready event: the registries of methods, reward terms,
// settings, tasks and languages, for who drives the session.
func Greeting(engine, reason string) protocol.Event {
	return protocol.Event{Type: protocol.EvReady, Engine: engine, Message: reason, Methods: methods(), Terms: reward.Rows(), Settings: setting.Rows(), Formats: data.TableFormats(),
		Tasks: tasks(), Languages: languages()}
}

// tasks is core/task's registry with what there is to begin with.
func tasks() []protocol.Task {
	var list []protocol.Task
	for _, t := range task.Rows() {
		list = append(list, protocol.Task{Name: t.Name, Title: t.Title, Help: t.Help, OneLanguage: t.OneLanguage, Starters: data.Starters(t.Name)})
	}
	return list
}

// languages is core/language's registry.
func languages() []protocol.Language {
	var list []protocol.Language
	for _, l := range language.Rows() {
		row := protocol.Language{Tag: l.Tag, Names: l.Names, Direction: l.Direction()}
		if l.Keyboard != nil {
			row.Keyboard = l.Keyboard.Name
		}
		list = append(list, row)
	}
	return list
}

// methods is core/objective's registry with settings that a run takes as they are.
func methods() []protocol.Method {
	var list []protocol.Method
	for _, name := range objective.Methods() {
		m, err := objective.MethodNamed(name)
		if err != nil {
			continue // Methods names only what MethodNamed knows
		}
		defaults, err := filled(m.Settings())
		if err != nil {
			continue
		}
		list = append(list, m.Row(defaults))
	}
	return list
}
