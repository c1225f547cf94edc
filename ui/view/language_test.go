package view

import (
	"bufio"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dongyur/dongyur/core/language"
	"github.com/dongyur/dongyur/core/protocol"
	"github.com/dongyur/dongyur/core/task"
	"github.com/dongyur/dongyur/ui/state"
)

// pairRows are a table of core/language's testdata.
func pairRows(t *testing.T, name, from, to string) []task.Example {
	t.Helper()
	file, err := os.Open(filepath.Join("..", "..", "core", "language", "testdata", name+".tsv"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var rows []task.Example
	for lines := bufio.NewScanner(file); lines.Scan(); {
		if source, reference, two := strings.Cut(lines.Text(), "\t"); two && source != "source" {
			rows = append(rows, task.Example{ID: source, Task: task.Translate, Source: source, Reference: reference, SourceLang: from, TargetLang: to})
		}
	}
	if len(rows) != 24 {
		t.Fatalf("%s has %d rows", name, len(rows))
	}
	return rows
}

// The page takes any pair: its languages by tag or name, its rows without a word about
// their scripts, and each text with its language and direction.
func TestPageTakesAnyPair(t *testing.T) {
	for _, p := range []struct {
		table, from, to string // as they are typed
		key             string
		dirs            [2]string
	}{
		{"en-yo", "en", "Yoruba", "en-yo", [2]string{"ltr", "ltr"}},
		{"zh-ug", "Chinese", "ug-CN", "zh-ug", [2]string{"ltr", "auto"}},
		{"zh-ug", "zh_Hans", "uig_Arab", "zh-ug", [2]string{"ltr", "auto"}},
		{"zh-mn-Mong", "zh", "mn-Mong", "zh-mn_Mong", [2]string{"ltr", "ltr"}},
		{"am-en", "amh_Ethi", "eng_Latn", "am-en", [2]string{"ltr", "ltr"}},
		{"am-en", "fa", "he", "fa-he", [2]string{"rtl", "rtl"}},
	} {
		var sent []protocol.Command
		app := state.New(func(c protocol.Command) { sent = append(sent, c) })
		app.Tasks = []protocol.Task{{Name: task.Translate, Starters: []task.Pair{{From: "zh", To: "bo"}}}}
		app.ChooseLanguages(p.from, p.to)
		if app.Task.Key != p.key || len(app.Notices) > 0 || len(sent) > 0 {
			t.Errorf("%s to %s: task %+v, notices %v, sent %v", p.from, p.to, app.Task, app.Notices, sent)
			continue
		}
		if again, err := state.ParseTask(app.Task.Key); err != nil || again != app.Task {
			t.Errorf("%s is read as %+v, %v", app.Task.Key, again, err)
		}
		if got := [2]string{direction(app.Task.SourceLang), direction(app.Task.TargetLang)}; got != p.dirs {
			t.Errorf("%s: directions %v, want %v", p.key, got, p.dirs)
		}
		if p.key == "fa-he" {
			continue // the rows are not in them
		}
		app.Handle(protocol.Event{Type: protocol.EvParsed, Parsed: &protocol.Parsed{Name: p.table, Examples: pairRows(t, p.table, app.Task.SourceLang, app.Task.TargetLang)}})
		for i := range app.Table.Rows {
			for _, c := range app.Table.Checks(i) {
				if !c.Hint {
					t.Errorf("%s, row %d %+v: %+v", p.key, i+1, app.Table.Rows[i].Example, c)
				}
			}
		}
	}
	app := state.New(func(protocol.Command) {})
	app.ChooseLanguages("en", "klingon!")
	if app.Task.Key != "zh-bo" || len(app.Notices) != 1 {
		t.Errorf("what is no language: %+v, %v", app.Task, app.Notices)
	}
}

// A task and a language that the session tells of can be chosen.
func TestPageOffersWhatTheSessionTellsOf(t *testing.T) {
	app := state.New(func(protocol.Command) {})
	remove := task.Register(task.Task{Name: "simplify", Title: language.Names{En: "Simplify"}, OneLanguage: true})
	defer remove()
	app.Handle(protocol.Event{Type: protocol.EvReady, Methods: app.Methods,
		Tasks:     []protocol.Task{{Name: "simplify", Title: language.Names{En: "Simplify"}, OneLanguage: true}},
		Languages: []protocol.Language{{Tag: "prs", Names: language.Names{En: "Dari", Own: "دری"}, Direction: "rtl"}}})
	c := newSettings(app, nil)
	if rows := c.tasks(); len(rows) != 1 || rows[0].Name != "simplify" {
		t.Errorf("tasks %+v", rows)
	}
	if first := c.choices()[0]; first.Tag != "prs" || first.Name != "Dari · دری" || len(c.choices()) < 500 {
		t.Errorf("first of %d languages: %+v", len(c.choices()), first)
	}
	app.ChooseTask("simplify-prs")
	if app.Task.Name != "simplify" || app.Task.TargetLang != "prs" || !c.staysInLanguage() || taskTitle(app.Task) == "" {
		t.Errorf("%+v", app.Task)
	}
}

// Before the session is ready a pair without a starter set empties the table, without
// an error.
func TestPairWithoutStarterBeginsEmpty(t *testing.T) {
	var sent []protocol.Command
	app := state.New(func(c protocol.Command) { sent = append(sent, c) })
	app.ChooseLanguages("zh", "ug")
	if len(sent) != 1 || sent[0].Starter == nil {
		t.Fatalf("sent %+v", sent)
	}
	app.Handle(protocol.Event{ReplyTo: sent[0].ID, Type: protocol.EvFailed, Message: "the starter set has none"})
	if len(app.Notices) > 0 || len(app.Table.Rows) > 0 || app.Table.Reading {
		t.Errorf("notices %+v, %d rows", app.Notices, len(app.Table.Rows))
	}
}
