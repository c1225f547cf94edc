package task

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dongyur/dongyur/core/language"
)

// Task is a row of the registry: all that is true of one thing a model may be asked to
// do with a text. Each has a file of its own.
type Task struct {
	Name  string
	Title language.Names // of the choice: "Translate"
	Help  language.Names

	OneLanguage bool // the answer is in the source's language
	Choices     bool // the prompt may offer answers beside the right one
	CutSource   bool // a source that is too long is shortened from its end; else it is refused
	Summary     bool // the answer leaves out what the source has, and needs no full stop
	// ReadsAs is the task that a table of this one's rows is read as; "": itself.
	ReadsAs string

	// Plain is how our own models are asked, a few plain words before the source, and
	// Instruction how an instruct model is, in English. {{.From}} and
	// {{.To}} stand for the languages: for tags in Plain, for names in Instruction.
	Plain, Instruction string
	// Ask is what stands for the source in a prompt; nil: the source.
	Ask func(Example) string
}

var registry []*Task

// Register adds a row; remove takes it away again.
func Register(t Task) (remove func()) {
	if Named(t.Name) != nil {
		panic(fmt.Sprintf("the task %q is registered twice", t.Name))
	}
	row := &t
	registry = append(registry, row)
	rank := func(t *Task) int { // between languages first, questions last
		switch {
		case t.Choices:
			return 2
		case t.OneLanguage:
			return 1
		}
		return 0
	}
	slices.SortStableFunc(registry, func(a, b *Task) int { return rank(a) - rank(b) })
	return func() { registry = slices.DeleteFunc(registry, func(o *Task) bool { return o == row }) }
}

// Rows are the tasks, translation first.
func Rows() []*Task { return slices.Clone(registry) }

// Names of the tasks, in the order of Rows.
func Names() []string {
	names := make([]string, len(registry))
	for i, t := range registry {
		names[i] = t.Name
	}
	return names
}

// Named is a task by its name; nil where there is none.
func Named(name string) *Task {
	for _, t := range registry {
		if t.Name == name {
			return t
		}
	}
	return nil
}

// Is tells whether a task is known and has a property.
func Is(name string, property func(*Task) bool) bool {
	t := Named(name)
	return t != nil && property(t)
}

// OneLanguage is a property for Is, as Choices, CutSource and Summary are.
func OneLanguage(t *Task) bool { return t.OneLanguage }

// Choices is a property for Is.
func Choices(t *Task) bool { return t.Choices }

// CutSource is a property for Is.
func CutSource(t *Task) bool { return t.CutSource }

// Summary is a property for Is.
func Summary(t *Task) bool { return t.Summary }

// Find is Named with an error that says which tasks there are.
func Find(name string) (*Task, error) {
	if t := Named(name); t != nil {
		return t, nil
	}
	return nil, fmt.Errorf("task %q is not known; use %s", name, strings.Join(Names(), ", "))
}

// Source is what a prompt asks about.
func (t *Task) Source(e Example) string {
	if t.Ask != nil {
		return t.Ask(e)
	}
	return e.Source
}
