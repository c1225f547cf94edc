package state

import (
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/dongyur/dongyur/core/protocol"
	"github.com/dongyur/dongyur/ui/words"
)

// The page's state stands in its address: what differs from the page as it first
// opens, one key each, after the version of this form. A key of the default value is
// not written, so the page as it opens has an empty query.
const (
	versionKey     = "v"
	addressVersion = 1
)

// ready is what must be known before a key can be taken over.
type ready int

const (
	pageKnown    ready = iota // at once
	modelsKnown               // assets/models/index.json
	methodsKnown              // the session's table of methods
)

// parameter is one key of the address.
type parameter struct {
	key   string
	needs ready
	get   func(*App) string // "": the default
	set   func(*App, string) error
}

// Link leads to the page with settings as an address has them.
func Link(settings string) string {
	return "?" + versionKey + "=" + strconv.Itoa(addressVersion) + "&" + settings
}

// KeyValue is a key of the address with its value, both as they are meant: writing them
// into a query is the browser's.
type KeyValue struct{ Key, Value string }

// parameters are all keys, in the order in which they are written and read: the
// method comes before its settings.
func (a *App) makeParameters() []parameter {
	list := []parameter{
		{"view", pageKnown, func(a *App) string { return unless(string(a.View), string(Train)) }, (*App).setView},
		{"part", pageKnown, func(a *App) string { return unless(string(a.Part), string(PartExamples)) }, (*App).setPart},
		{"lesson", pageKnown, func(a *App) string { return a.LessonKey }, func(a *App, v string) error { a.LessonKey = v; return nil }},
		{"lang", pageKnown, func(a *App) string { return unless(a.Preferences.Language, a.homeLanguage) }, (*App).setLanguage},
		{"theme", pageKnown, func(a *App) string { return unless(a.Preferences.Theme, Themes[0]) },
			func(a *App, v string) error { return oneOf(&a.Preferences.Theme, v, Themes) }},
		{"tibetan", pageKnown, func(a *App) string { return unless(a.Preferences.TibetanSize, TibetanSizes[0]) },
			func(a *App, v string) error { return oneOf(&a.Preferences.TibetanSize, v, TibetanSizes) }},
		{"hide", pageKnown, func(a *App) string { return strings.Join(a.Hide, ",") }, (*App).setHide},
		{"engine", pageKnown, func(a *App) string { return a.EngineAsked }, func(a *App, v string) error { a.EngineAsked = v; return nil }},
		{"speed", pageKnown, func(a *App) string { return unless(string(a.Speed), string(Normal)) }, (*App).setSpeed},
		{"task", pageKnown, func(a *App) string { return unless(a.Task.Key, homeTask.Key) }, (*App).setTask},
		{"model", modelsKnown, (*App).modelKey, (*App).setModel},
		{"method", methodsKnown, func(a *App) string { return unless(a.Method, Recipes[0].Method) }, (*App).setMethod},
	}
	for _, f := range a.AllSettings {
		list = append(list, parameter{f.Key, methodsKnown,
			func(a *App) string {
				if !a.MethodAtHand().Reads(f) {
					return ""
				}
				return unless(a.Value(f), a.Default(f))
			},
			func(a *App, v string) error {
				if m := a.MethodAtHand(); !m.Reads(f) {
					return errors.New(words.T("%s is no setting of %s", Said(f.Title), m.Name))
				}
				var err error
				a.Change(func(t *protocol.Train) { err = f.Write(t, v) })
				return err
			}})
	}
	return list
}

func unless(value, usual string) string {
	if value == usual {
		return ""
	}
	return value
}

func oneOf(to *string, value string, among []string) error {
	if !choose(to, value, among) {
		return errors.New(words.T("choose one of %s", strings.Join(among, ", ")))
	}
	return nil
}

// Address is the state as pairs, none for the default. What has not been taken over
// yet stands in it as it came.
func (a *App) Address() []KeyValue {
	var list []KeyValue
	for _, p := range a.parameters {
		value := ""
		if i := slices.IndexFunc(a.pending, func(q KeyValue) bool { return q.Key == p.key }); i >= 0 {
			value = a.pending[i].Value
		} else {
			value = p.get(a)
		}
		if value == "" {
			continue
		}
		list = append(list, KeyValue{p.key, value})
	}
	for _, q := range a.pending { // what no registry has told of yet
		if !a.knows(q.Key) {
			list = append(list, q)
		}
	}
	if len(list) > 0 {
		list = slices.Insert(list, 0, KeyValue{versionKey, strconv.Itoa(addressVersion)})
	}
	return list
}

func (a *App) knows(key string) bool {
	return slices.ContainsFunc(a.parameters, func(p parameter) bool { return p.key == key })
}

// nameUnknown leaves out what the address names and no registry has, and says so.
func (a *App) nameUnknown() {
	a.pending = slices.DeleteFunc(a.pending, func(q KeyValue) bool {
		if a.knows(q.Key) {
			return false
		}
		a.notify(Notice{Text: words.T("The address names “%s”, which this page does not know; it is left out.", q.Key)})
		return true
	})
}

// Arrive takes over the address that the page was opened with; home is the browser's
// language. Bad values leave the default in place and are named in a notice.
func (a *App) Arrive(address []KeyValue, home string) {
	a.homeLanguage = Languages[0].Tag
	for _, l := range Languages {
		if l.Tag == home {
			a.homeLanguage = home
		}
	}
	if a.Preferences.Language == "" {
		a.Preferences.Language = a.homeLanguage
	}
	for _, q := range address {
		switch known := a.knows(q.Key); {
		case known || !a.tableHere && q.Key != versionKey: // a setting, once the registry is here
			a.pending = append(a.pending, q)
		case q.Key != versionKey:
			a.pending = append(a.pending, q)
			a.nameUnknown()
		case q.Value != strconv.Itoa(addressVersion):
			a.notify(Notice{Text: words.T("The address is of version %s and this page reads %d; what it knows of it is used.", q.Value, addressVersion)})
		}
	}
	a.addressed = len(address) > 0
	a.readAddress(pageKnown)
}

// readAddress takes over what waited for this to be known.
func (a *App) readAddress(known ready) {
	if known == methodsKnown && a.addressed && !a.tableHere {
		a.settleMethod()
	}
	for _, p := range a.parameters {
		if p.needs != known {
			continue
		}
		a.pending = slices.DeleteFunc(a.pending, func(q KeyValue) bool {
			if q.Key != p.key {
				return false
			}
			if err := p.set(a, q.Value); err != nil {
				a.notify(Notice{Text: words.T("The address has %s=%s: %s. The usual value is used.", q.Key, q.Value, saidOf(err))})
			}
			return true
		})
	}
}

// settleMethod begins with the own settings of the method that the address names: a
// link gives the same run whatever was edited here before.
func (a *App) settleMethod() {
	method := Recipes[0].Method
	for _, q := range a.pending {
		if _, known := a.Config[q.Value]; known && q.Key == "method" {
			method = q.Value
		}
	}
	a.Method = method
	a.Config[method] = a.defaults(method)
}

func (a *App) setView(v string) error {
	if !slices.Contains([]View{Train, Inside, Compare, Lessons}, View(v)) {
		return errors.New(words.T("there is no such view"))
	}
	a.View = View(v)
	return nil
}

func (a *App) setPart(v string) error {
	if !slices.Contains([]Part{PartExamples, PartTune, PartCompare, PartVote, PartTry}, Part(v)) {
		return errors.New(words.T("there is no such part"))
	}
	a.Part = Part(v)
	return nil
}

func (a *App) setLanguage(v string) error {
	if !slices.ContainsFunc(Languages, func(l Language) bool { return l.Tag == v }) {
		return errors.New(words.T("the page does not speak it"))
	}
	a.ChooseLanguage(v)
	return nil
}

func (a *App) setTask(v string) error {
	t, err := ParseTask(v)
	if err == nil {
		a.Task = t
	}
	return err
}

func (a *App) setSpeed(v string) error {
	if !slices.Contains(Speeds, Speed(v)) {
		return errors.New(words.T("there is no such speed"))
	}
	a.Speed = Speed(v)
	return nil
}

// Hideable are the parts of the page that a lesson's address may hide.
var Hideable = []string{"recipes", "settings", "samples", "curves", "explanation", "tabs", "tools"}

func (a *App) setHide(v string) error {
	for _, part := range strings.Split(v, ",") {
		if !slices.Contains(Hideable, part) {
			return errors.New(words.T("choose one of %s", strings.Join(Hideable, ", ")))
		}
	}
	a.Hide = strings.Split(v, ",")
	return nil
}

// Shows tells whether a part of Hideable is to be seen.
func (a *App) Shows(part string) bool { return !slices.Contains(a.Hide, part) }

func (a *App) modelKey() string {
	m, ok := a.Chosen()
	if !ok || a.Model == 0 {
		return ""
	}
	return m.Name
}

func (a *App) setModel(v string) error {
	for i, m := range a.Choosable() {
		if m.Name == v {
			a.ChooseModel(i)
			return nil
		}
	}
	return errors.New(words.T("there is no such model"))
}

func (a *App) setMethod(v string) error {
	if _, known := a.Config[v]; !known {
		var names []string
		for _, m := range a.Methods {
			names = append(names, m.Name)
		}
		return errors.New(words.T("choose one of %s", strings.Join(names, ", ")))
	}
	a.Method = v
	return nil
}
