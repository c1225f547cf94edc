package engine

import (
	"errors"
	"strings"
	"testing"

	"github.com/gomlx/compute"
)

func TestOpen(t *testing.T) {
	for _, name := range []string{"", "auto", "go"} {
		backend, err := Open(name)
		if err != nil {
			t.Fatalf("Open(%q): %v", name, err)
		}
		if backend.Name() == "" {
			t.Errorf("Open(%q) gives an engine without a name", name)
		}
	}
}

func TestOpenRefuses(t *testing.T) {
	for _, name := range []string{"abacus", "abacus:beads=10", ":", "GO"} {
		_, err := Open(name)
		if err == nil || !strings.Contains(err.Error(), `"`+name+`"`) || !strings.Contains(err.Error(), strings.Join(Names(), ", ")) {
			t.Errorf("Open(%q): error %v does not name it and the engines that there are", name, err)
		}
	}
	if _, err := Open("go:no_such_setting"); err == nil || !strings.Contains(err.Error(), "no_such_setting") {
		t.Errorf("an unknown setting: %v", err)
	}
}

// However the Go engine is asked for, it runs one operation after another: the
// other way deadlocks.
func TestConfigOf(t *testing.T) {
	for _, test := range []struct{ kind, settings, want string }{
		{"go", "", "go:,ops_sequential,creation_order"},
		{"go", "parallelism=4", "go:parallelism=4,ops_sequential,creation_order"},
		{"go", "ops_parallel,", "go:ops_parallel,ops_sequential,creation_order"},
		{"xla", "", "xla:"},
		{"xla", "/lib/pjrt.so", "xla:/lib/pjrt.so"},
	} {
		if have := configOf(test.kind, test.settings); have != test.want {
			t.Errorf("configOf(%q, %q) = %q, want %q", test.kind, test.settings, have, test.want)
		}
	}
}

// TestFastest registers two engines: one that is the Go engine under another name, and
// one that cannot be opened.
func TestFastest(t *testing.T) {
	compute.Register("broken", func(string) (compute.Backend, error) { return nil, errors.New("no adapter") })
	choice, err := fastest([]string{"broken", "go"})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"ms for a trial step", "not broken", "no adapter"} {
		if choice.Name != "go" || !strings.Contains(choice.Reason, want) {
			t.Errorf("chose %q because %q; want go, and %q", choice.Name, choice.Reason, want)
		}
	}
	if _, err := fastest([]string{"broken"}); err == nil || !strings.Contains(err.Error(), "no adapter") {
		t.Errorf("with no engine: %v", err)
	}
	if choice, err := Choose(); err != nil || choice.Name != preferred() || choice.Reason != "" {
		t.Errorf("where there is nothing to choose from: %q because %q, %v", choice.Name, choice.Reason, err)
	}
}
