package state

import (
	"strings"
	"testing"

	"github.com/dongyur/dongyur/core/protocol"
	trainer "github.com/dongyur/dongyur/core/session"
)

// greeting is what a session says first, with its registries.
var greeting = trainer.Greeting("go", "")

// usual is a run with a method's own settings.
func usual(method string) protocol.Train {
	for _, m := range greeting.Methods {
		if m.Name == method {
			return m.Defaults
		}
	}
	panic("no method is called " + method)
}

// Every row is explained in each language, with a paper that can be found, and none has
// the key of another.
func TestRowsAreExplained(t *testing.T) {
	seen := map[string]bool{}
	for _, s := range greeting.Settings {
		for _, text := range []string{s.Title.En, s.Title.Zh, s.Help.En, s.Help.Zh} {
			if text == "" {
				t.Errorf("%s lacks a text: %+v, %+v", s.Key, s.Title, s.Help)
			}
		}
		if s.Paper != "" && !strings.HasPrefix(s.Paper, "arXiv ") && !strings.HasPrefix(s.Paper, "http") {
			t.Errorf("%s: %q is no paper", s.Key, s.Paper)
		}
		if seen[s.Key] {
			t.Errorf("two settings are called %s", s.Key)
		}
		seen[s.Key] = true
	}
	for _, term := range greeting.Terms {
		if term.Title.Zh == "" || term.Help.En == "" || term.Help.Zh == "" || term.Tint < 1 || term.Tint > 14 || (term.Most > 0) != (term.Tint <= 6 || term.Tint == 14) {
			t.Errorf("term %+v", term)
		}
	}
	for _, m := range greeting.Methods {
		if m.Help.Zh == "" || m.Note.En == "" || m.Note.Zh == "" {
			t.Errorf("method %s: %+v, %+v", m.Name, m.Help, m.Note)
		}
	}
}
