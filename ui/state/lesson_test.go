package state

import (
	"math"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/dongyur/dongyur/core/protocol"
	"github.com/dongyur/dongyur/core/task"
)

const lessonsDir = "../../assets/lessons"

func lessonEntries(t *testing.T) []LessonEntry {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(lessonsDir, "index.json"))
	if err != nil {
		t.Fatal(err)
	}
	entries, err := ParseLessons(data)
	if err != nil {
		t.Fatal(err)
	}
	return entries
}

func lessonFile(t *testing.T, language, key string) *Lesson {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(lessonsDir, language, key+".json"))
	if err != nil {
		t.Fatal(err)
	}
	lesson, err := ParseLesson(data)
	if err != nil {
		t.Fatalf("%s/%s: %v", language, key, err)
	}
	return lesson
}

// Every lesson reads in each of its languages, asks, lets predict, runs and explains,
// and no file is left over.
func TestLessonsOfThePage(t *testing.T) {
	entries := lessonEntries(t)
	if len(entries) != 6 {
		t.Errorf("%d lessons, want 6", len(entries))
	}
	expected := []string{}
	for _, e := range entries {
		if e.Minutes > 5 {
			t.Errorf("%s takes %d minutes, more than five", e.Key, e.Minutes)
		}
		var first *Lesson
		for _, l := range Languages {
			if e.Titles[l.Tag] == "" {
				continue
			}
			expected = append(expected, l.Tag+"/"+e.Key+".json")
			lesson := lessonFile(t, l.Tag, e.Key)
			if lesson.Title != e.Titles[l.Tag] {
				t.Errorf("%s/%s: titles %q and %q", l.Tag, e.Key, lesson.Title, e.Titles[l.Tag])
			}
			checkLesson(t, l.Tag+"/"+e.Key, lesson)
			if first == nil {
				first = lesson
			} else if a, b := skeleton(first), skeleton(lesson); !reflect.DeepEqual(a, b) {
				t.Errorf("%s: %s differs from English beyond its words:\n%v\n%v", e.Key, l.Tag, a, b)
			}
		}
	}
	found, err := filepath.Glob(filepath.Join(lessonsDir, "*", "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range found {
		if name, _ := filepath.Rel(lessonsDir, path); !slices.Contains(expected, filepath.ToSlash(name)) {
			t.Errorf("%s is in no index", name)
		}
	}
}

func checkLesson(t *testing.T, name string, lesson *Lesson) {
	t.Helper()
	var kinds []LessonKind
	for _, s := range lesson.Steps {
		kinds = append(kinds, s.Kind)
		for _, r := range s.Runs {
			a := New(func(protocol.Command) {})
			a.Arrive(addressOf(r), "en")
			a.Handle(greeting)
			if len(a.Notices) > 0 || len(a.pending) > 0 {
				t.Errorf("%s: %q is no address of the page: %v %v", name, r.Address, a.Notices, a.pending)
			}
			if steps := a.Settings().Steps; steps > 30 {
				t.Errorf("%s: %q takes %d steps, too many for five minutes", name, r.Address, steps)
			}
		}
	}
	if want := []LessonKind{AskStep, PredictStep, RunStep, ExplainStep}; !slices.Equal(kinds, want) {
		t.Errorf("%s has the steps %v, want %v", name, kinds, want)
	}
}

var brace = regexp.MustCompile(`\{[^}]*\}`)

// skeleton is a lesson without its words.
func skeleton(l *Lesson) any {
	type bones struct {
		Kind    LessonKind
		Blocks  []string
		Holds   []string
		Address []string
		Show    []string
	}
	var all []bones
	for _, s := range l.Steps {
		b := bones{Kind: s.Kind, Show: s.Show}
		for _, block := range s.Blocks {
			figures := brace.FindAllString(block.Text+strings.Join(block.List, " "), -1)
			for i, f := range figures {
				figures[i] = strings.Replace(f, "|signed", "", 1) // a translation may say it in words
			}
			slices.Sort(figures)
			b.Blocks = append(b.Blocks, strings.Join([]string{block.When, block.Unless, strings.Join(block.Papers, " "), strings.Join(slices.Compact(figures), " ")}, "; "))
		}
		for _, c := range s.Choices {
			b.Holds = append(b.Holds, c.Holds)
		}
		for _, r := range s.Runs {
			b.Address = append(b.Address, r.Address)
		}
		all = append(all, b)
	}
	return all
}

func TestLessonsRefuseWhatTheyDoNotKnow(t *testing.T) {
	step := func(s string) string { return `{"title": "T", "aim": "A", "steps": [` + s + `]}` }
	for _, test := range []struct{ file, want string }{
		{`{`, "EOF"},
		{`{"title": "T", "aim": "A", "steps": [], "html": "x"}`, "html"},
		{`{"title": "T", "steps": []}`, "needs title, aim and steps"},
		{step(`{"kind": "sing", "blocks": [{"text": "x"}]}`), `no kind "sing"`},
		{step(`{"kind": "question", "blocks": []}`), "step 1: it says nothing"},
		{step(`{"kind": "question", "blocks": [{"text": "x", "formula": "y"}]}`), "one of text"},
		{step(`{"kind": "question", "blocks": [{"text": "{kl.middle}"}]}`), "no figure {kl.middle}"},
		{step(`{"kind": "question", "blocks": [{"text": "{kl.last|loud}"}]}`), "choose percent"},
		{step(`{"kind": "question", "blocks": [{"text": "a { b"}]}`), "brace"},
		{step(`{"kind": "question", "blocks": [{"papers": ["http://elsewhere"]}]}`), "not known"},
		{step(`{"kind": "question", "blocks": [{"text": "x", "when": "kl.last = 3"}]}`), "no comparison"},
		{step(`{"kind": "question", "blocks": [{"text": "x", "when": "luck > 3"}]}`), `no figure "luck"`},
		{step(`{"kind": "predict", "blocks": [{"text": "x"}], "choices": [{"text": "one", "holds": "1 > 0"}]}`), "two choices"},
		{step(`{"kind": "predict", "blocks": [{"text": "x"}], "choices": [{"text": "one", "holds": ""}, {"text": "two", "holds": "1 > 0"}]}`), "choice 1"},
		{step(`{"kind": "run", "blocks": [{"text": "x"}], "runs": [{"address": "steps=3"}], "show": ["everything"]}`), "choose among"},
		{step(`{"kind": "run", "blocks": [{"text": "x"}], "show": ["kl"]}`), "a run, and nothing else"},
	} {
		if _, err := ParseLesson([]byte(test.file)); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: error %v, want one with %q", test.file, err, test.want)
		}
	}
	for _, file := range []string{`[{"key": "", "minutes": 5, "titles": {"en": "T"}}]`, `[{"key": "k", "minutes": 0, "titles": {"en": "T"}}]`, `[{"key": "k", "minutes": 5, "titles": {"zh": "T"}}]`, `{}`} {
		if _, err := ParseLessons([]byte(file)); err == nil {
			t.Errorf("the list %s is read", file)
		}
	}
}

func ranOnce() Figures {
	steps := make([]protocol.Step, 6)
	for i := range steps {
		steps[i] = protocol.Step{Step: i + 1, Reward: float64(i), KL: 0.25, Seconds: 2, Terms: map[string]float64{"language": float64(i) / 5}}
	}
	group := func(step int, worst string) *protocol.Group {
		return &protocol.Group{Step: step, Mean: 0.5, Std: 0.5, Example: task.Example{Source: "雪", Reference: "གངས།"}, Completions: []protocol.Completion{
			{Text: worst, Reward: 0, Advantage: -1}, {Text: " བཟང་། ", Reward: 1, Advantage: 1}, {Text: worst, Reward: 0.5}}}
	}
	line := func(language, reference, before, after string) protocol.Compared {
		return protocol.Compared{Example: task.Example{Source: "?", TargetLang: language, Reference: reference}, Before: before, After: after}
	}
	return figuresOf([]outcome{{
		run:    &Run{Config: protocol.Train{Batch: protocol.Batch{Prompts: 2, Group: 3}}, Examples: 36, Steps: steps, Tax: []protocol.Tax{{Drift: map[string]protocol.Drift{"zh": {}}}, {Step: 6, Drift: map[string]protocol.Drift{"zh": {Mean: 0.125}}}}},
		groups: []*protocol.Group{group(1, "a"), group(6, "b")},
		scores: []protocol.Scores{{Which: "base", Count: 4, Scores: []task.Score{{Name: "similarity", Value: 0.25}}},
			{Which: "adapter", Count: 4, Scores: []task.Score{{Name: "similarity", Value: 0.5}}, Change: []task.Score{{Name: "similarity", Value: 0.25, Low: -0.125, High: 0.5}}}},
		lines: []protocol.Compared{line("en", "white", "no", "it is black"), line("en", "black", "no", "black"), line("zh", "白色", "", "红"), line("zh", "红", "", "?")},
	}, {}})
}

func TestFigures(t *testing.T) {
	f := ranOnce()
	for name, want := range map[string]float64{
		"steps": 6, "prompts": 2, "group": 3, "examples": 36, "seconds": 12, "lines": 4,
		"reward.first": 0, "reward.last": 5, "reward.most": 5, "reward.least": 0, "reward.start": 2, "reward.end": 3, "reward.rise": 1,
		"1.kl.last": 0.25, "term-language.last": 1, "forgot-zh.first": 0, "forgot-zh.last": 0.125,
		"best.first": 1, "worst.last": 0, "advantage.first": 1, "different.last": 2, "spread.first": 0.5,
		"similarity.before": 0.25, "similarity.after": 0.5, "similarity.low": -0.125,
		"right.before": 0, "right.after": 0.25, "named.after": 0.75, "right-en.after": 0.5, "right-zh.after": 0, "named-zh.after": 0.5, "distinct.before": 2, "distinct.after": 4,
	} {
		if got, known := f.Number(name); !known || math.Abs(got-want) > 1e-9 {
			t.Errorf("%s is %g (known: %v), want %g", name, got, known, want)
		}
		if !FigureKnown(name) {
			t.Errorf("%s is measured and no lesson may name it", name)
		}
	}
	for _, name := range []string{"2.kl.last", "forgot-en.last", "term-copy.last", "chrf.after"} {
		if v, known := f.Number(name); known {
			t.Errorf("%s is %g though nothing gave it", name, v)
		}
	}
	for text, want := range map[string]string{
		"plain":                             "plain",
		"{best-answer.first} {prompt.last}": "བཟང་། 雪",
		"{worst-answer.first}":              "a",
		"{reward.rise|signed} {steps}":      "+1 6",
		"{similarity.low|signed}":           "−0.12",
		"{forgot-zh.last} {right.after|percent} {kl.last|whole}": "0.12 25 % 0",
		"{held.prompt} {held.reference} {held.after}":            "? white it is black",
	} {
		if got, known := f.Fill(text); !known || got != want {
			t.Errorf("Fill(%q) = %q (%v), want %q", text, got, known, want)
		}
	}
	if text, known := f.Fill("{2.kl.last} is far"); known {
		t.Errorf("a figure of a run that was not made gives %q", text)
	}
	for condition, want := range map[string][2]bool{
		"": {true, true}, "kl.last > 0.2": {true, true}, "kl.last > 0.2, reward.last < 1": {false, true},
		"similarity.low <= 0, similarity.high >= 0": {true, true}, "2.kl.last < 1": {false, false},
	} {
		if holds, known := f.Holds(condition); holds != want[0] || known != want[1] {
			t.Errorf("%q holds %v, known %v; want %v", condition, holds, known, want)
		}
	}
}

func TestBlocksAreShownByTheirConditions(t *testing.T) {
	f := ranOnce()
	for _, test := range []struct {
		block Block
		shown bool
	}{
		{Block{Text: "always"}, true},
		{Block{Text: "x", When: "kl.last > 0.2"}, true},
		{Block{Text: "x", Unless: "kl.last > 0.2"}, false},
		{Block{Text: "x", Unless: "kl.last > 0.5"}, true},
		{Block{Text: "x", When: "2.kl.last > 0"}, false},
		{Block{Text: "x", Unless: "2.kl.last > 0"}, false},
		{Block{Text: "{2.kl.last}"}, false},
		{Block{List: []string{"a", "{kl.last}"}}, true},
		{Block{List: []string{"a", "{2.kl.last}"}}, false},
	} {
		block, shown := f.Show(test.block)
		if shown != test.shown {
			t.Errorf("%+v is shown: %v", test.block, shown)
		}
		if shown && len(test.block.List) > 0 && block.List[1] != "0.25" {
			t.Errorf("the list shows %q", block.List)
		}
	}
}
