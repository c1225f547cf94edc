package session

import (
	"slices"
	"testing"

	"github.com/dongyur/dongyur/core/language"
	"github.com/dongyur/dongyur/core/protocol"
	"github.com/dongyur/dongyur/core/task"
)

// A task and a language that are added are told of when a session greets, with their
// titles, and gone when they are taken away.
func TestGreetingTellsOfTasksAndLanguages(t *testing.T) {
	told := func() (asked, spoken bool) {
		ready := Greeting("go", "")
		return slices.ContainsFunc(ready.Tasks, func(row protocol.Task) bool {
				return row.Name == "simplify" && row.Title.Zh == "简化" && row.OneLanguage && len(row.Starters) == 0
			}), slices.ContainsFunc(ready.Languages, func(row protocol.Language) bool {
				return row.Tag == "prs" && row.Names.Own == "دری" && row.Direction == "rtl"
			})
	}
	if asked, spoken := told(); asked || spoken {
		t.Fatal("they are there before they are added")
	}
	removeTask := task.Register(task.Task{Name: "simplify", Title: language.Names{En: "Simplify", Zh: "简化"}, OneLanguage: true, Plain: "simplify {{.To}}"})
	removeLanguage := language.Register(language.Language{Tag: "prs", Names: language.Names{En: "Dari", Own: "دری"}, Scripts: language.Of("fa").Scripts})
	if asked, spoken := told(); !asked || !spoken {
		t.Errorf("the greeting tells of the task: %v, of the language: %v", asked, spoken)
	}
	removeTask()
	removeLanguage()
	if asked, spoken := told(); asked || spoken {
		t.Error("they are there after they are taken away")
	}
}
