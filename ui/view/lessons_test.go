package view

import (
	"strings"
	"testing"

	"github.com/vugu/vugu"

	"github.com/dongyur/dongyur/core/protocol"
	"github.com/dongyur/dongyur/ui/state"
)

type silent struct{}

func (silent) Send(protocol.Command) {}
func (silent) End()                  {}

const shortLesson = `{"title": "T", "aim": "A", "steps": [
	{"kind": "question", "blocks": [{"text": "What is ཀ་ཁ། here? <b>"}, {"formula": "a = b"}, {"list": ["one", "two"]}, {"papers": ["grpo"]}]},
	{"kind": "predict", "blocks": [{"text": "Guess."}], "choices": [{"text": "this", "holds": "1 > 0"}, {"text": "that", "holds": "0 > 1"}]},
	{"kind": "run", "blocks": [{"text": "Go."}], "runs": [{"address": "steps=2"}], "show": ["answers", "kl"]},
	{"kind": "explain", "blocks": [{"text": "Always."}, {"text": "KL was {kl.last}."}]}]}`

// texts are those of a built component, its HTML included.
func texts(t *testing.T, c vugu.Builder) string {
	t.Helper()
	build, err := vugu.NewBuildEnv(nil)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	var walk func(n *vugu.VGNode)
	walk = func(n *vugu.VGNode) {
		if n.InnerHTML != nil {
			b.WriteString(*n.InnerHTML)
		}
		b.WriteString(n.Data + " ")
		for child := n.FirstChild; child != nil; child = child.NextSibling {
			walk(child)
		}
	}
	for _, n := range build.RunBuild(c).Out.Out {
		walk(n)
	}
	return b.String()
}

func TestLessonsBuildAtEachStep(t *testing.T) {
	app := state.New(func(protocol.Command) {})
	app.Show(state.Lessons)
	course := state.NewCourse(app, func(*state.Course) state.Trainer { return silent{} })
	c := &Lessons{Course: course}
	if got := texts(t, c); !strings.Contains(got, "on their way") {
		t.Errorf("without a list: %s", got)
	}
	course.Arrived(course.Wants(), []byte(`[{"key": "k", "minutes": 4, "titles": {"en": "Title"}}]`))
	if got := texts(t, c); !strings.Contains(got, "Title") || !strings.Contains(got, "4 min") || !strings.Contains(got, "Six short lessons") {
		t.Errorf("the list: %s", got)
	}
	course.Open("k")
	course.Arrived(course.Wants(), []byte(shortLesson))
	got := texts(t, c)
	for _, want := range []string{"Question", `What is <span lang="bo">ཀ་ཁ།</span> here? &lt;b&gt;`, "DeepSeekMath"} {
		if !strings.Contains(got, want) {
			t.Errorf("the first step lacks %s: %s", want, got)
		}
	}
	if strings.Contains(got, "Predict") {
		t.Error("the second step is shown before its turn")
	}
	course.GoOn()
	if got := texts(t, c); !strings.Contains(got, "Choose an answer to go on") {
		t.Errorf("the prediction: %s", got)
	}
	course.Predict(1, 0)
	course.GoOn()
	if got := texts(t, c); !strings.Contains(got, "Run it") || !strings.Contains(got, "steps=2") || !strings.Contains(got, "Live") {
		t.Errorf("the run: %s", got)
	}
	course.GoOn()
	got = texts(t, c)
	if !strings.Contains(got, "Always.") || strings.Contains(got, "KL was") || !strings.Contains(got, "You have not run it") || !strings.Contains(got, "Done") {
		t.Errorf("the explanation without a run: %s", got)
	}
	course.Run()
	if got := texts(t, c); !strings.Contains(got, "starting the trainer") {
		t.Errorf("while the trainer starts: %s", got)
	}
}
