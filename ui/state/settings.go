package state

import (
	"slices"

	"github.com/dongyur/dongyur/core/protocol"
	"github.com/dongyur/dongyur/ui/words"
)

// plainMethods stand in for objective's table until the session has told it.
func plainMethods() []protocol.Method {
	return []protocol.Method{
		{Name: "grpo", Learns: "groups", Defaults: protocol.DefaultTrain("grpo"), Settings: []string{"group", "sampling", "reward", "beta"}},
		{Name: "sft", Learns: "references", Defaults: protocol.DefaultTrain("sft")},
	}
}

// takeMethods takes over the session's table; settings that were edited stay.
func (a *App) takeMethods(list []protocol.Method) {
	if len(list) == 0 {
		return
	}
	for _, m := range list {
		before, known := a.Config[m.Name]
		old := a.defaults(m.Name)
		a.Config[m.Name] = m.Defaults
		if known {
			a.keepEdits(m, before, old)
		}
	}
	a.Methods = list
	a.readAddress(methodsKnown)
	a.tableHere = true
}

// keepEdits brings what was edited before into a method's own settings.
func (a *App) keepEdits(m protocol.Method, edited, old protocol.Train) {
	now := m.Defaults
	for _, f := range AllSettings {
		if value := f.Read(edited); value != f.Read(old) {
			_ = f.Write(&now, value) // it was written before
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

// FromGroups tells the same of a run's method.
func (a *App) FromGroups(r *Run) bool { return a.method(r.Config.Method).Learns == "groups" }

// SettingsAt lists the fields of a place that the method chosen reads.
func (a *App) SettingsAt(place Place) []Setting {
	method := a.MethodAtHand()
	var list []Setting
	for _, f := range AllSettings {
		if f.Place == place && reads(method, f) {
			list = append(list, f)
		}
	}
	return list
}

func reads(m protocol.Method, f Setting) bool {
	return f.Reads == "" || slices.Contains(m.Settings, f.Reads)
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
func (a *App) Set(f Setting, text string) {
	var err error
	a.Change(func(t *protocol.Train) { err = f.Write(t, text) })
	if err != nil {
		a.notify(Notice{Error: true, Text: words.T("%s. It stays as it was.", err.Error())})
	}
}

// Value is what a field shows.
func (a *App) Value(f Setting) string { return f.Read(a.Settings()) }

// Default is what a field shows in the method's own settings.
func (a *App) Default(f Setting) string { return f.Read(a.defaults(a.Method)) }

// SetBack undoes a field: the method's own value again.
func (a *App) SetBack(f Setting) {
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
	return slices.ContainsFunc(AllSettings, func(f Setting) bool {
		return reads(m, f) && f.Read(a.Config[m.Name]) != f.Read(m.Defaults)
	})
}

// EditedSettings lists the fields of the method chosen that are not at its own value.
func (a *App) EditedSettings() []Setting {
	var list []Setting
	method := a.MethodAtHand()
	for _, f := range AllSettings {
		if reads(method, f) && a.Value(f) != a.Default(f) {
			list = append(list, f)
		}
	}
	return list
}
