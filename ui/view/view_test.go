package view

import (
	"testing"

	"github.com/vugu/vugu"

	"github.com/dongyur/dongyur/core/protocol"
	"github.com/dongyur/dongyur/core/session"
	"github.com/dongyur/dongyur/core/task"
	"github.com/dongyur/dongyur/ui/state"
)

func TestNumber(t *testing.T) {
	for _, test := range []struct {
		v    float64
		want string
	}{{0, "0.000"}, {1.25, "1.250"}, {-0.5, "−0.500"}, {32, "32.0"}, {0.00042, "4e−04"}, {-1e-12, "0.000"}} {
		if got := number(test.v); got != test.want {
			t.Errorf("number(%g) = %q, want %q", test.v, got, test.want)
		}
	}
	if got := signed(0.25); got != "+0.250" {
		t.Errorf("signed(0.25) = %q", got)
	}
}

func TestSyllables(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		{"", `<span class="note">(empty)</span>`},
		{"<b>", "&lt;b&gt;"},
		{"ཁང་།", `ཁ<span class="together">ང་།</span>`},
		{"བོད་", "བོད་"},
	} {
		if got := string(syllables(test.text)); got != test.want {
			t.Errorf("syllables(%q) = %q, want %q", test.text, got, test.want)
		}
	}
}

func TestMarkedTintsOnlyWhatIsNew(t *testing.T) {
	l := protocol.Compared{Example: task.Example{TargetLang: "bo"}, Before: "ང་བོད་", After: "ང་རྒྱ་"}
	if got, want := string(marked(l)), "ང་<ins>རྒྱ་</ins>"; got != want {
		t.Errorf("marked = %q, want %q", got, want)
	}
}

func TestMemoryIsToldWithItsParts(t *testing.T) {
	app := newApp()
	c := &Page{App: app}
	if c.memory()+c.memoryParts() != "" {
		t.Errorf("nothing is known: %q, %q", c.memory(), c.memoryParts())
	}
	for _, test := range []struct {
		held, device int64
		sum, parts   string
	}{
		{100e6, 0, "100.0 MB", "100.0 MB in the trainer’s own memory"},
		{100e6, 250e6, "350.0 MB", "100.0 MB in the trainer’s own memory, 250.0 MB in buffers on the graphics device"},
	} {
		app.Handle(protocol.Event{Type: protocol.EvLoaded, Loaded: &protocol.Loaded{}, Memory: test.held, Device: test.device})
		if got := c.memory(); got != "memory: "+test.sum || c.memoryParts() != test.parts {
			t.Errorf("%q of %q, want %q of %q", got, c.memoryParts(), test.sum, test.parts)
		}
	}
}

// greeting is what a session says first, with its registries.
var greeting = session.Greeting("go", "")

// usual is a run with a method's own settings.
func usual(method string) protocol.Train {
	for _, m := range greeting.Methods {
		if m.Name == method {
			return m.Defaults
		}
	}
	panic("no method is called " + method)
}

func newApp() *state.App { return state.New(func(protocol.Command) {}) }

// Every view builds in every phase, with and without results.
func TestPageBuilds(t *testing.T) {
	app := newApp()
	page := New(app, Browser{Changed: func() {}})
	build, err := vugu.NewBuildEnv(nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, fill := range []func(){
		func() {},
		func() { app.Handle(greeting) },
		func() { app.AddRow() },
		func() { app.WorkerFailed("no", func() {}) },
		func() { app.Group = &protocol.Group{} },
	} {
		fill()
		for _, v := range []state.View{state.Train, state.Inside, state.Compare} {
			app.View = v
			if out := build.RunBuild(page).Out; len(out.Out) != 1 || out.Out[0].Data != "div" {
				t.Errorf("view %s does not build one element", v)
			}
		}
	}
}

func TestKeys(t *testing.T) {
	var sent []protocol.CommandType
	app := state.New(func(c protocol.Command) { sent = append(sent, c.Type) })
	page := New(app, Browser{})
	if page.Key("x") {
		t.Error("x is taken")
	}
	app.Handle(protocol.Event{Type: protocol.EvReady})
	app.Models = []state.Model{{Name: "nano", Path: "nano", Tasks: []string{"zh-bo"}}}
	if !page.Key(" ") || len(sent) != 1 || sent[0] != protocol.CmdLoad {
		t.Errorf("Space sent %v, want a load first", sent)
	}
}
