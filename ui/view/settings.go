package view

import (
	"strconv"

	"github.com/vugu/vugu"

	"github.com/dongyur/dongyur/core/language"
	"github.com/dongyur/dongyur/core/protocol"
	"github.com/dongyur/dongyur/core/task"
	"github.com/dongyur/dongyur/ui/state"
	"github.com/dongyur/dongyur/ui/words"
)

// fold is one part of the folded settings.
type fold struct {
	name   string // English
	list   vugu.Builder
	fields func() []protocol.Setting
}

func (f fold) title() string { return T(f.name) }

func newSettings(app *state.App, helps *Helps) *Settings {
	c := &Settings{App: app, helps: helps, rewards: &FieldList{App: app, place: state.Rewards, helps: helps}}
	for _, f := range state.Folded {
		list := &FieldList{App: app, place: f.Place, helps: helps}
		c.folded = append(c.folded, fold{f.Title, list, list.fields})
	}
	return c
}

// groups are the parts that have a field of the method chosen.
func (c *Settings) groups() []fold {
	var list []fold
	for _, f := range c.folded {
		if len(f.fields()) > 0 {
			list = append(list, f)
		}
	}
	return list
}

func (c *Settings) help(key string) vugu.Builder { return c.helps.of(key) }

// tasks are the registry's rows.
func (c *Settings) tasks() []protocol.Task { return c.App.TaskRows() }

// staysInLanguage tells whether the task has one language.
func (c *Settings) staysInLanguage() bool { return task.Is(c.App.Task.Name, task.OneLanguage) }

func (c *Settings) chooseTask(e vugu.DOMEvent) {
	c.App.ChooseTaskNamed(e.PropString("target", "value"))
}

func (c *Settings) chooseFrom(e vugu.DOMEvent) {
	c.App.ChooseLanguages(e.PropString("target", "value"), c.App.Task.TargetLang)
}

func (c *Settings) chooseTo(e vugu.DOMEvent) {
	c.App.ChooseLanguages(c.App.Task.SourceLang, e.PropString("target", "value"))
}

// swap turns the task round.
func (c *Settings) swap() {
	c.App.ChooseTask(state.TaskOf(c.App.Task.Name, c.App.Task.TargetLang, c.App.Task.SourceLang).Key)
}

// languages says in words what the fields say in tags, and what to know of the scripts.
func (c *Settings) languages() string {
	t := c.App.Task
	text := languageName(t.SourceLang)
	if t.TargetLang != t.SourceLang {
		text += " → " + languageName(t.TargetLang)
	}
	for _, tag := range []string{t.SourceLang, t.TargetLang} {
		if note := language.Of(tag).Note.In(words.Language()); note != "" {
			return text + ". " + note
		}
	}
	return text
}

// choices are made once: there are some 600.
func (c *Settings) choices() []languageChoice {
	if in := words.Language() + strconv.Itoa(len(c.App.Spoken)); c.knownIn != in {
		c.known, c.knownIn = languageChoices(c.App.Spoken), in
	}
	return c.known
}

// about is what the recipe chosen shows, or that the settings are the reader's own.
func (c *Settings) about() string {
	for _, r := range state.Recipes {
		if c.App.Cooks(r) {
			return T(r.About)
		}
	}
	return T("A recipe of your own.")
}

// edited counts the settings that differ from the method's own.
func (c *Settings) edited() string {
	if n := len(c.App.EditedSettings()); n > 0 {
		return T("%d changed", n)
	}
	return ""
}

// key closes the sheet on a phone by Escape.
func (c *Settings) key(e vugu.DOMEvent) {
	if e.PropString("key") == "Escape" {
		c.App.LowerSheet()
	}
}

func (c *Settings) chooseModel(e vugu.DOMEvent) {
	if i, err := strconv.Atoi(e.PropString("target", "value")); err == nil {
		c.App.ChooseModel(i)
	}
}

func (c *Settings) canLoad() bool {
	_, ok := c.App.Chosen()
	return ok && c.App.Load.Status == state.NotLoaded && c.App.Worker == state.Ready
}

func (c *Settings) loading() bool { return c.App.Load.Status == state.InProgress }
func (c *Settings) loaded() bool  { return c.App.Load.Status == state.Loaded }
func (c *Settings) failed() bool  { return c.App.Load.Status == state.Failed }

func (c *Settings) loadLabel() string {
	return T("Load model") + " · " + megabytes(c.App.DownloadBytes())
}

func (c *Settings) progressText() string {
	p := c.App.Load.Progress
	if p.Total == 0 {
		return p.What
	}
	return T("%s of %s", strconv.FormatFloat(float64(p.Done)/1e6, 'f', 1, 64), megabytes(p.Total)) + " · " + p.What
}

func (c *Settings) loadedText() string {
	l := c.App.Load.Loaded
	return T("Loaded") + ": " + T("%s M parameters, %d tokens, context %d",
		strconv.FormatFloat(float64(l.Parameters)/1e6, 'f', 1, 64), l.Vocabulary, l.Context)
}

func (c *Settings) methodNote() string { return state.Said(c.App.MethodAtHand().Note) }

// methodTitle is a method's name as papers write it.
func methodTitle(app *state.App, name string) string {
	for _, m := range app.Methods {
		if m.Name == name {
			return m.Title
		}
	}
	return name
}

func percent(p protocol.Progress) int {
	if p.Total == 0 {
		return 0
	}
	return int(100 * p.Done / p.Total)
}
