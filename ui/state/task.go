package state

import (
	"errors"
	"strings"

	"github.com/dongyur/dongyur/core/language"
	"github.com/dongyur/dongyur/core/protocol"
	"github.com/dongyur/dongyur/core/task"
	"github.com/dongyur/dongyur/ui/words"
)

// Task is a choice of what the model shall do: a row of core/task between two
// languages, which may be any.
type Task struct {
	Key        string // "zh-bo", "headline-bo": stable, for addresses and for files
	Name       string // of the row
	SourceLang string // tags as core/language writes them
	TargetLang string
}

// homeTask is what a page begins with.
var homeTask = TaskOf(task.Translate, "zh", "bo")

// TaskOf makes a task; one that stays in its language takes the source's.
func TaskOf(name, from, to string) Task {
	part := func(tag string) string { return strings.ReplaceAll(tag, "-", "_") }
	key := part(from) + "-" + part(to)
	switch row := task.Named(name); {
	case row != nil && row.OneLanguage:
		to, key = from, name+"-"+part(from)
	case name != task.Translate:
		key = name + "-" + key
	}
	return Task{key, name, from, to}
}

// ParseTask reads a task's key; an address may write its languages in any spelling.
func ParseTask(key string) (Task, error) {
	name, rest, _ := strings.Cut(key, "-")
	from, to, two := strings.Cut(rest, "-")
	row := task.Named(name)
	switch {
	case row == nil:
		name, from, to = task.Translate, name, rest
	case row.OneLanguage && !two:
		to = from
	case row.OneLanguage || !two:
		return Task{}, errors.New(words.T("there is no such task"))
	}
	from, wrongFrom := language.Parse(from)
	to, wrongTo := language.Parse(to)
	if wrongFrom != nil || wrongTo != nil {
		return Task{}, errors.New(words.T("there is no such task"))
	}
	return TaskOf(name, from, to), nil
}

// TaskRows are the tasks that can be chosen: the session's, once it is ready.
func (a *App) TaskRows() []protocol.Task {
	if len(a.Tasks) > 0 {
		return a.Tasks
	}
	var rows []protocol.Task
	for _, t := range task.Rows() {
		rows = append(rows, protocol.Task{Name: t.Name, Title: t.Title, Help: t.Help, OneLanguage: t.OneLanguage})
	}
	return rows
}

// ChooseTask changes the task and brings its starter examples, where there are any,
// unless the user has examples of their own: those stay until they are replaced.
func (a *App) ChooseTask(key string) {
	t, err := ParseTask(key)
	if err != nil || t == a.Task {
		return
	}
	a.Task = t
	switch {
	case !a.Table.Starter && len(a.Table.Rows) > 0:
		a.Table.setTask(t)
	case a.hasStarter(t):
		// Until the session is ready it is not known what it has: the table is then empty
		// where it has nothing.
		a.loadStarter(func(string) { a.replaceAll(nil, "", "") })
	default:
		a.replaceAll(nil, "", "")
	}
	a.Comparison = Comparison{}
}

// ChooseTaskNamed changes to another row, between the languages at hand or, where only
// the target has a starter set of a task in one language, in that.
func (a *App) ChooseTaskNamed(name string) {
	from, to := a.Task.SourceLang, a.Task.TargetLang
	if from == to { // from a task in one language to one between two
		to = otherLanguage(from)
	}
	t := TaskOf(name, from, to)
	if other := TaskOf(name, to, from); task.Is(name, task.OneLanguage) && !a.hasStarter(t) && a.hasStarter(other) {
		t = other
	}
	a.ChooseTask(t.Key)
}

// otherLanguage is the one that a starter set has beside a language, or that of the
// page's first task.
func otherLanguage(tag string) string {
	if tag == homeTask.SourceLang {
		return homeTask.TargetLang
	}
	return homeTask.SourceLang
}

// ChooseLanguages takes the languages that were typed, by tag or name; one that is
// neither is told of and leaves the task alone.
func (a *App) ChooseLanguages(from, to string) {
	var tags [2]string
	for i, typed := range []string{from, to} {
		tag, err := language.Parse(typed)
		if err != nil {
			a.notify(Notice{Error: true, Text: words.T("“%s” is no language: write its tag, such as yo, zh-Hant or kk-Arab, or its name.", typed)})
			return
		}
		tags[i] = tag
	}
	a.ChooseTask(TaskOf(a.Task.Name, tags[0], tags[1]).Key)
}

// hasStarter tells whether the session has examples of a task; until it is ready it is
// asked.
func (a *App) hasStarter(t Task) bool {
	for _, row := range a.Tasks {
		if row.Name != t.Name {
			continue
		}
		for _, p := range row.Starters {
			if p.From == t.SourceLang && p.To == t.TargetLang {
				return true
			}
		}
	}
	return len(a.Tasks) == 0
}
