package session

import (
	"reflect"
	"slices"
	"testing"

	"github.com/dongyur/dongyur/core/objective"
	"github.com/dongyur/dongyur/core/protocol"
	"github.com/dongyur/dongyur/core/setting"
)

// What a page is told of the methods is objective's table, whole: each with settings
// that a run takes as they are, by names that protocol.Train has.
func TestMethodsAreTheTable(t *testing.T) {
	list := methods()
	var names []string
	for _, m := range list {
		names = append(names, m.Name)
	}
	if !slices.Equal(names, objective.Methods()) || len(names) != 10 {
		t.Errorf("methods %q, want the ten of %q", names, objective.Methods())
	}
	for _, m := range list {
		if err := check(m.Defaults); err != nil || m.Defaults.Method != m.Name {
			t.Errorf("%s: defaults of %q, check: %v", m.Name, m.Defaults.Method, err)
		}
		again, err := filled(m.Defaults)
		if err != nil || !reflect.DeepEqual(again, m.Defaults) {
			t.Errorf("%s: its defaults leave something to be filled in: %+v, %v", m.Name, again, err)
		}
		if m.Learns == "" || m.Help.En == "" || m.Paper == "" {
			t.Errorf("%s lacks a description: %+v", m.Name, m)
		}
	}
	for _, want := range []struct {
		method, key string
		reads       bool
	}{{"grpo", "clip-high", true}, {"rloo", "clip-high", false}, {"cispo", "dual-clip", false}, {"gspo", "dual-clip", true},
		{"rloo", "epochs", false}, {"grpo", "epochs", true}, {"grpo", "tau", true}, {"sft", "tau", false}, {"sft", "dead-steps", true},
		{"clo", "sharpness", true}, {"sft", "sharpness", false}, {"sft", "group", false}, {"cpt", "row-tokens", true}, {"clo", "kl-limit", true}} {
		m := list[slices.IndexFunc(list, func(m protocol.Method) bool { return m.Name == want.method })]
		rows := setting.Rows()
		row := rows[slices.IndexFunc(rows, func(s protocol.Setting) bool { return s.Key == want.key })]
		if got := m.Reads(row); got != want.reads {
			t.Errorf("%s reads %s: %v, want %v", want.method, want.key, got, want.reads)
		}
	}
}

// Every row has a place in a run that can be read and written.
func TestRowsHaveTheirPlaceInARun(t *testing.T) {
	for _, s := range setting.Rows() {
		method := "grpo"
		if _, err := objective.MethodNamed(s.Needs); err == nil {
			method = s.Needs
		}
		filledRun, err := filled(usual(method))
		if err != nil {
			t.Fatal(err)
		}
		value := filledRun.Get(s.Path)
		if value == nil {
			t.Errorf("%s: a run has nothing at %q", s.Key, s.Path)
			continue
		}
		again := filledRun
		if err := again.Set(s.Path, value); err != nil || again.Get(s.Path) != value {
			t.Errorf("%s: %v is set as %v, %v", s.Key, value, again.Get(s.Path), err)
		}
	}
}
