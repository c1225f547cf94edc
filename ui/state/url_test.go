package state

import (
	"encoding/json"
	"fmt"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/dongyur/dongyur/core/protocol"
)

// opened is a page that was opened with an address, with models and methods there.
func opened(t *testing.T, query string) *session {
	t.Helper()
	values, err := url.ParseQuery(query)
	if err != nil {
		t.Fatal(err)
	}
	s := &session{t: t}
	s.App = New(func(c protocol.Command) { s.sent = append(s.sent, c) })
	s.Later = func(_ int, f func()) { s.soon = append(s.soon, f) }
	var pairs []KeyValue
	for _, part := range strings.Split(query, "&") {
		if key, _, _ := strings.Cut(part, "="); key != "" {
			pairs = append(pairs, KeyValue{key, values.Get(key)})
		}
	}
	s.Arrive(pairs, "en")
	s.ModelsArrived([]Model{{Name: "nano", Path: "m/nano", Tasks: []string{"zh-bo"}}, {Name: "small", Path: "m/small", Tasks: []string{"zh-bo"}}})
	s.Handle(greeting)
	return s
}

func (s *session) query() string {
	var parts []string
	for _, p := range s.Address() {
		parts = append(parts, p.Key+"="+p.Value)
	}
	return strings.Join(parts, "&")
}

func TestAddressOfThePageAsItOpensIsEmpty(t *testing.T) {
	if q := opened(t, "").query(); q != "" {
		t.Errorf("the address is %q", q)
	}
}

// One change is one key after the version, and the address gives the same state again.
func TestAddressHoldsEachChange(t *testing.T) {
	changes := map[string]func(*session){
		"view=inside":       func(s *session) { s.Show(Inside) },
		"part=vote":         func(s *session) { s.Part = PartVote },
		"lang=zh":           func(s *session) { s.ChooseLanguage("zh") },
		"theme=dark":        func(s *session) { s.ChooseTheme("dark") },
		"tibetan=140":       func(s *session) { s.ChooseTibetanSize("140") },
		"speed=max":         func(s *session) { s.ChooseSpeed(Max) },
		"task=bo-zh":        func(s *session) { s.ChooseTask("bo-zh") },
		"model=small":       func(s *session) { s.ChooseModel(1) },
		"method=dapo":       func(s *session) { s.ChooseMethod("dapo") },
		"seed=42":           func(s *session) { s.set("seed", "42") },
		"group=8":           func(s *session) { s.set("group", "8") },
		"learning-rate=0.5": func(s *session) { s.set("learning-rate", "0.5") },
		"anchor=source":     func(s *session) { s.set("anchor", "source") },
		"recompute=1":       func(s *session) { s.set("recompute", "1") },
		"hide=curves,tabs":  func(s *session) { s.Hide = []string{"curves", "tabs"} },
		"engine=simd":       func(s *session) { s.EngineAsked = "simd" },
	}
	for want, change := range changes {
		s := opened(t, "")
		change(s)
		if q := s.query(); q != "v=1&"+want {
			t.Errorf("after one change the address is %q, want v=1&%s", q, want)
			continue
		}
		again := opened(t, s.query())
		if q := again.query(); q != s.query() || len(again.Notices) != 0 {
			t.Errorf("%q opened becomes %q, with notices %v", s.query(), q, again.Notices)
		}
		if !reflect.DeepEqual(again.Settings(), s.Settings()) || again.Task != s.Task || again.Model != s.Model || again.View != s.View {
			t.Errorf("%q does not give the same state", s.query())
		}
	}
}

func (s *session) set(key, value string) {
	s.t.Helper()
	f, ok := s.SettingNamed(key)
	if !ok {
		s.t.Fatalf("no field is called %s", key)
	}
	s.Set(f, value)
}

// Before models and methods are known, their keys wait and stay in the address.
func TestAddressWaitsForWhatItNeeds(t *testing.T) {
	s := &session{t: t}
	s.App = New(func(protocol.Command) {})
	s.Arrive([]KeyValue{{"v", "1"}, {"model", "small"}, {"method", "dapo"}, {"resample", "0"}}, "en")
	if q := s.query(); q != "v=1&model=small&method=dapo&resample=0" {
		t.Errorf("while it waits the address is %q", q)
	}
	s.Handle(greeting)
	s.ModelsArrived([]Model{{Name: "nano", Path: "m/nano", Tasks: []string{"zh-bo"}}, {Name: "small", Path: "m/small", Tasks: []string{"zh-bo"}}})
	if s.Method != "dapo" || s.Model != 1 || s.Settings().Get("own.resample") != 0.0 {
		t.Errorf("method %s, model %d, resample %v: want dapo, 1 and 0, which is off", s.Method, s.Model, s.Settings().Get("own.resample"))
	}
	if q := s.query(); q != "v=1&model=small&method=dapo&resample=0" {
		t.Errorf("afterwards it is %q", q)
	}
}

func TestBadAddress(t *testing.T) {
	for _, test := range []struct{ query, names string }{
		{"v=1&method=ppo", "method=ppo"},
		{"v=1&view=nowhere", "view=nowhere"},
		{"v=1&group=1", "Group size"},
		{"v=1&group=ten", "Group size"},
		{"v=1&group=1e9", "Group size"},
		{"v=1&learning-rate=-1", "Learning rate"},
		{"v=1&learning-rate=NaN", "Learning rate"},
		{"v=1&learning-rate=Inf", "Learning rate"},
		{"v=1&seed=-3", "Seed"},
		{"v=1&seed=99999999999999999999999", "Seed"},
		{"v=1&anchor=moon", "compared with"},
		{"v=1&recompute=yes", "Recompute"},
		{"v=1&task=nothing", "task=nothing"},
		{"v=1&model=huge", "model=huge"},
		{"v=1&lang=tlh", "lang=tlh"},
		{"v=1&theme=pink", "theme=pink"},
		{"v=1&speed=11", "speed=11"},
		{"v=1&hide=everything", "hide=everything"},
		{"v=1&method=sft&group=8", "Group size"},
		{"v=1&nonsense=1", "nonsense"},
		{"v=7", "version 7"},
	} {
		s := opened(t, test.query)
		if len(s.Notices) != 1 || !strings.Contains(s.Notices[0].Text, test.names) {
			t.Errorf("%s: notices %+v, want one that names %q", test.query, s.Notices, test.names)
		}
		if q := s.query(); strings.Contains(q, "nowhere") || strings.Count(q, "=") > strings.Count(test.query, "=")-1 {
			t.Errorf("%s: the bad value stays in the address: %q", test.query, q)
		}
		if s.View != Train || s.Settings().Group < 1 {
			t.Errorf("%s changed what it does not name", test.query)
		}
	}
}

// Every field writes what it reads, refuses what is none, and can be undone.
func TestFields(t *testing.T) {
	seen := map[string]bool{}
	for _, f := range greeting.Settings {
		if seen[f.Key] {
			t.Errorf("two fields are called %s", f.Key)
		}
		seen[f.Key] = true
		train := usual("grpo")
		if s := usual("clo"); f.Needs == "clo" {
			train = s
		} else if f.Needs == "cpt" {
			train = usual("cpt")
		}
		before := f.Read(train)
		for _, bad := range []string{"x", "", "-5", "1e400", "NaN"} {
			if f.Kind == protocol.Pick && bad == "" {
				continue // leaves the choice to the method
			}
			if err := f.Write(&train, bad); err == nil || !strings.Contains(err.Error(), f.Title.En) {
				t.Errorf("%s took %q over: error %v", f.Key, bad, err)
			}
		}
		if f.Read(train) != before {
			t.Errorf("%s: what was refused changed it from %s to %s", f.Key, before, f.Read(train))
		}
		for _, value := range good(f) {
			if err := f.Write(&train, value); err != nil || f.Read(train) != value {
				t.Errorf("%s = %s: reads %s, error %v", f.Key, value, f.Read(train), err)
			}
		}
	}
}

// good are values that a field takes.
func good(f protocol.Setting) []string {
	switch f.Kind {
	case protocol.Pick:
		var list []string
		for _, c := range f.Choices {
			list = append(list, c.Value)
		}
		return list
	case protocol.Switch:
		return []string{"1", "0"}
	}
	list := []string{fmt.Sprint(max(f.Least, 0))}
	if f.Most > 0 {
		list = append(list, fmt.Sprint(f.Most))
	}
	return list
}

func TestUndoOfAField(t *testing.T) {
	s := opened(t, "v=1&group=8&beta=0.5")
	edited := s.EditedSettings()
	if len(edited) != 2 {
		t.Fatalf("%d fields are edited, want 2", len(edited))
	}
	s.SetBack(edited[0])
	if q := s.query(); q != "v=1&beta=0.5" {
		t.Errorf("after one undo the address is %q", q)
	}
	s.SetAllBack()
	if q := s.query(); q != "" {
		t.Errorf("after all are undone it is %q", q)
	}
}

// A method that reads no group shows no field of one, and each has its own values.
func TestFieldsOfAMethod(t *testing.T) {
	s := opened(t, "")
	keys := func() (list []string) {
		for _, place := range []Place{Rewards, "more-rewards", "run", "sampling", "method", "reference", "watch"} {
			for _, f := range s.SettingsAt(place) {
				list = append(list, f.Key)
			}
		}
		return list
	}
	if k := keys(); !slices.Contains(k, "group") || !slices.Contains(k, "similarity") || slices.Contains(k, "sharpness") {
		t.Errorf("GRPO shows %v", k)
	}
	s.ChooseMethod("sft")
	if k := keys(); slices.Contains(k, "group") || slices.Contains(k, "similarity") || !slices.Contains(k, "learning-rate") {
		t.Errorf("SFT shows %v", k)
	}
	s.ChooseMethod("dapo")
	if f, _ := s.SettingNamed("clip-high"); s.Value(f) != "0.28" {
		t.Errorf("DAPO clips above at %s", s.Value(f))
	}
}

// What is edited stays when a session starts anew and tells its registries again.
func TestEditsOutliveTheSession(t *testing.T) {
	s := opened(t, "")
	s.set("beta", "0.7")
	s.Handle(greeting)
	if c := s.Settings(); c.Beta != 0.7 || c.ClipHigh != 0.2 {
		t.Errorf("β %g, clip %g; want 0.7 as edited and 0.2 of the row", c.Beta, c.ClipHigh)
	}
}

func TestRecipes(t *testing.T) {
	s := opened(t, "")
	for _, r := range Recipes {
		if !s.Known(r) {
			continue // of a method that this test's table lacks
		}
		s.set("seed", "9")
		s.Apply(r)
		if !s.Cooks(r) || s.Method != r.Method || len(s.Notices) != 0 {
			t.Errorf("%s is not what it sets: %+v, notices %v", r.Key, s.Settings(), s.Notices)
		}
		for _, other := range Recipes {
			if other.Key != r.Key && s.Cooks(other) {
				t.Errorf("%s looks like %s", r.Key, other.Key)
			}
		}
		s.set("learning-rate", "0.777")
		if s.Cooks(r) {
			t.Errorf("%s with another rate still counts as it", r.Key)
		}
	}
}

// A link takes the place of what a project was left with; the other methods' settings
// are the project's.
func TestLinkOverrulesTheProject(t *testing.T) {
	left := opened(t, "v=1&task=bo-zh&method=dapo&group=16")
	left.ChooseMethod("grpo")
	left.set("beta", "0.9")
	kept, err := json.Marshal(left.keptConfig())
	if err != nil {
		t.Fatal(err)
	}
	for _, first := range []bool{true, false} { // the project may open before the table is here
		s := &session{t: t}
		s.App = New(func(protocol.Command) {})
		s.Arrive([]KeyValue{{"v", "1"}, {"seed", "5"}}, "en")
		if first {
			err = s.takeConfig(kept)
		}
		s.Handle(greeting)
		if !first {
			err = s.takeConfig(kept)
		}
		if err != nil {
			t.Fatal(err)
		}
		if q := s.query(); q != "v=1&seed=5" {
			t.Errorf("the address becomes %q, want v=1&seed=5", q)
		}
		s.ChooseMethod("dapo")
		if g := s.Settings().Group; g != 16 {
			t.Errorf("the project's DAPO has groups of %d, want 16", g)
		}
	}
	s := opened(t, "")
	if err := s.takeConfig(kept); err != nil || s.query() != "v=1&task=bo-zh&beta=0.9" {
		t.Errorf("without a link the project gives %q, error %v", s.query(), err)
	}
}
