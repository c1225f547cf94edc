package state

import (
	"slices"

	"github.com/dongyur/dongyur/core/protocol"
	"github.com/dongyur/dongyur/ui/words"
)

// takeRegistries takes over the session's registries; settings that were edited stay.
func (a *App) takeRegistries(ev protocol.Event) {
	if len(ev.Tasks) > 0 {
		a.Tasks, a.Spoken = ev.Tasks, ev.Languages
	}
	if len(ev.Methods) == 0 {
		return
	}
	a.AllSettings, a.Rewards, a.Formats = ev.Settings, ev.Terms, ev.Formats
	a.parameters = a.makeParameters()
	for _, m := range ev.Methods {
		before, known := a.Config[m.Name]
		old := a.defaults(m.Name)
		a.Config[m.Name] = m.Defaults
		if known {
			a.keepEdits(m, before, old)
		}
	}
	a.Methods = ev.Methods
	for _, r := range a.Runs {
		r.method = a.method(r.Config.Method)
	}
	a.readAddress(methodsKnown)
	a.tableHere = true
	a.nameUnknown()
}

// keepEdits brings what was edited before into a method's own settings. Edits that a
// project brought before the registries were here are against nothing.
func (a *App) keepEdits(m protocol.Method, edited, old protocol.Train) {
	now := m.Defaults
	for _, s := range a.AllSettings {
		given := edited.Get(s.Path)
		if given == nil || s.Read(edited) == s.Read(old) && old.Method != "" {
			continue
		}
		if s.Check(edited) == nil {
			_ = now.Set(s.Path, given) // of the type that it was read in
		}
	}
	a.Config[m.Name] = now
}

// MethodAtHand is the row of the method chosen.
func (a *App) MethodAtHand() protocol.Method { return a.method(a.Method) }

func (a *App) method(name string) protocol.Method {
	for _, m := range a.Methods {
		if m.Name == name {
			return m
		}
	}
	return protocol.Method{Name: name}
}

func (a *App) defaults(method string) protocol.Train { return a.method(method).Defaults }

// LearnsFromGroups tells whether the method chosen samples and rewards completions.
func (a *App) LearnsFromGroups() bool { return a.MethodAtHand().Learns == "groups" }

// MethodOf is the row of a run's method.
func (a *App) MethodOf(r *Run) protocol.Method { return a.method(r.Config.Method) }

// FromGroups tells the same of a run's method.
func (a *App) FromGroups(r *Run) bool { return a.method(r.Config.Method).Learns == "groups" }

// SettingsAt lists the fields of a place that the method chosen reads.
func (a *App) SettingsAt(place Place) []protocol.Setting {
	method := a.MethodAtHand()
	var list []protocol.Setting
	for _, f := range a.AllSettings {
		if Place(f.Place) == place && method.Reads(f) {
			list = append(list, f)
		}
	}
	return list
}

// Settings are those of the method chosen.
func (a *App) Settings() protocol.Train { return a.Config[a.Method] }

// Change edits the settings of the method chosen.
func (a *App) Change(edit func(*protocol.Train)) {
	c := a.Config[a.Method]
	edit(&c)
	a.Config[a.Method] = c
}

// Set takes a typed value over; what does not fit is said in a notice and changes
// nothing.
func (a *App) Set(f protocol.Setting, text string) {
	var err error
	a.Change(func(t *protocol.Train) { err = f.Write(t, text) })
	if err != nil {
		a.notify(Notice{Error: true, Text: words.T("%s. It stays as it was.", saidOf(err))})
	}
}

// Value is what a field shows.
func (a *App) Value(f protocol.Setting) string { return f.Read(a.Settings()) }

// Default is what a field shows in the method's own settings.
func (a *App) Default(f protocol.Setting) string { return f.Read(a.defaults(a.Method)) }

// SetBack undoes a field: the method's own value again.
func (a *App) SetBack(f protocol.Setting) {
	a.Change(func(t *protocol.Train) { _ = f.Write(t, a.Default(f)) })
}

// SetAllBack undoes all fields of the method chosen.
func (a *App) SetAllBack() { a.Config[a.Method] = a.defaults(a.Method) }

// ChooseMethod takes another row of the table.
func (a *App) ChooseMethod(method string) {
	if _, known := a.Config[method]; known {
		a.Method = method
	}
}

// edited tells whether a method's settings are not its own.
func (a *App) edited(m protocol.Method) bool {
	return slices.ContainsFunc(a.AllSettings, func(f protocol.Setting) bool {
		return m.Reads(f) && f.Read(a.Config[m.Name]) != f.Read(m.Defaults)
	})
}

// EditedSettings lists the fields of the method chosen that are not at its own value.
func (a *App) EditedSettings() []protocol.Setting {
	var list []protocol.Setting
	method := a.MethodAtHand()
	for _, f := range a.AllSettings {
		if method.Reads(f) && a.Value(f) != a.Default(f) {
			list = append(list, f)
		}
	}
	return list
}
