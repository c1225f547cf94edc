package engine

import (
	"slices"
	"strings"
	"testing"
)

func TestOpen(t *testing.T) {
	for _, name := range []string{"", "auto", "go"} {
		backend, err := Open(name)
		if err != nil {
			t.Fatalf("Open(%q): %v", name, err)
		}
		if backend.Name() == "" || !slices.Contains(Names(), Resolve(name)) {
			t.Errorf("Open(%q) gives %q, Resolve %q, which is none of %q", name, backend.Name(), Resolve(name), Names())
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
