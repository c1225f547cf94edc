package view

import (
	"math"
	"strings"
	"testing"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/vugu/vugu"

	"github.com/dongyur/dongyur/core/objective"
	"github.com/dongyur/dongyur/core/protocol"
	"github.com/dongyur/dongyur/core/reward"
	"github.com/dongyur/dongyur/core/session"
	"github.com/dongyur/dongyur/core/task"
	"github.com/dongyur/dongyur/ui/state"
	"github.com/dongyur/dongyur/ui/words"
)

// shown is everything that a page shows, as HTML without its attributes' quotes.
func shown(t *testing.T, page *Page) string {
	t.Helper()
	build, err := vugu.NewBuildEnv(nil)
	if err != nil {
		t.Fatal(err)
	}
	results := build.RunBuild(page)
	var text strings.Builder
	var walk func(n *vugu.VGNode)
	walk = func(n *vugu.VGNode) {
		for ; n != nil; n = n.NextSibling {
			text.WriteString(n.Data + " ")
			for _, a := range n.Attr {
				text.WriteString(a.Key + "=" + a.Val + " ")
			}
			if n.InnerHTML != nil {
				text.WriteString(*n.InnerHTML + " ")
			}
			if n.Component != nil {
				if out := results.ResultFor(n.Component); out != nil {
					for _, root := range out.Out {
						walk(root)
					}
				}
			}
			walk(n.FirstChild)
		}
	}
	for _, root := range results.Out.Out {
		walk(root)
	}
	return text.String()
}

// rainy is a term of nobody's: half a point for each "rain".
var rainy = reward.Term{Name: "rainy", Title: protocol.Text{En: "Rainfall", Zh: "降雨"}, Help: protocol.Text{En: "Counts rain. A second sentence.", Zh: "数雨。"},
	Tint: 4, Weight: 2, Most: 1, Parameters: []protocol.Setting{{Path: "drops", Kind: protocol.Whole, Least: 1, Unset: 2.0,
		Title: protocol.Text{En: "Drops a shower", Zh: "每阵几滴"}, Help: protocol.Text{En: "So many make a shower.", Zh: "几滴算一阵。"}}},
	Value: func(a *reward.Answer, v reward.Values) float64 {
		return min(1, float64(strings.Count(a.Output, "雨"))/v.Number("drops"))
	},
	Explain: func(a *reward.Answer, v reward.Values, value float64) protocol.Text {
		return protocol.Say("It rains %d times.", "下了 %d 次雨。", strings.Count(a.Output, "雨"))
	}}

// A term that nothing but its row knows of is a field of the page with its help, and
// what it found in an answer is told and adds up to the total.
func TestARewardTermNeedsOneRow(t *testing.T) {
	defer reward.Register(rainy)()
	app := newApp()
	app.Handle(session.Greeting("go", ""))
	app.Help = "rainy"
	page := New(app, Browser{Changed: func() {}})
	html := shown(t, page)
	for _, want := range []string{"Rainfall", "id=rainy", "Counts rain. A second sentence.", "Drops a shower", "id=rainy-drops"} {
		if !strings.Contains(html, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	scorer, err := reward.New(reward.Hashed{}, reward.Default())
	if err != nil {
		t.Fatal(err)
	}
	results, err := scorer.Score([]reward.Input{{Task: task.Translate, Source: "ཆར་པ་%1 3", Reference: "下雨 %1 3", Output: "雨 大雨 usb", SourceLang: "bo", TargetLang: "zh", Finished: true}})
	if err != nil {
		t.Fatal(err)
	}
	r := results[0]
	app.Runs = []*state.Run{{Number: 1, Slot: 1, Config: usual("grpo"), Steps: []protocol.Step{{Step: 1, Terms: r.Terms}}}}
	app.Look.Group = &protocol.Group{Step: 1, First: 1, Last: 1, Groups: 1, Example: task.Example{SourceLang: "bo", TargetLang: "zh"},
		Completions: []protocol.Completion{{Text: "雨", Pieces: []string{"雨"}, Before: []float64{-1}, Terms: r.Terms, Why: r.Why, Reward: r.Total}}}
	sum, told := 0.0, map[string]string{}
	for _, reason := range (&Inside{App: app}).reasons() {
		sum += read(t, reason.Value)
		told[reason.Name] = reason.Text + " " + reason.Class
	}
	if math.Abs(sum-r.Total) > 4e-3 {
		t.Errorf("%v add up to %g, the answer earned %g", told, sum, r.Total)
	}
	if !strings.Contains(told["Rainfall"], "It rains 2 times.") || !strings.Contains(told["Rainfall"], "part-4") {
		t.Errorf("told %v", told)
	}
	app.View = state.Inside
	if html := shown(t, page); !strings.Contains(html, "Rainfall") || !strings.Contains(html, "It rains 2 times.") {
		t.Error("inside the step the term is not told")
	}
}

// A method that nothing but its row knows of can be chosen, with its setting, and its
// update is told from its own parts.
func TestAMethodNeedsOneRow(t *testing.T) {
	m := objective.Register(objective.Method{Name: "still", Title: "STILL", Help: protocol.Text{En: "moves nothing", Zh: "什么也不动"}, Paper: "arXiv 2699.00001",
		Scale: objective.ScaleNone, Normalise: objective.PerToken,
		Surrogate: &objective.Surrogate{
			Of: func(_ objective.GRPOConfig, logp, ratio, _ *Node) (*Node, *Node) {
				return ZerosLike(logp), ZerosLike(ratio)
			},
			Says: func(objective.GRPOConfig) protocol.Text {
				return protocol.Text{En: "Nothing is moved at all.", Zh: "毫无变化。"}
			}},
		Own: []protocol.Setting{{Key: "stillness", Path: "stillness", Kind: protocol.Number, Unset: 0.25, Most: 1,
			Title: protocol.Text{En: "Stillness", Zh: "静止"}, Help: protocol.Text{En: "How still it stands.", Zh: "有多静。"}}}})
	defer m.Remove()
	app := newApp()
	app.Handle(session.Greeting("go", ""))
	app.ChooseMethod("still")
	app.Help = "stillness"
	page := New(app, Browser{Changed: func() {}})
	html := shown(t, page)
	for _, want := range []string{"STILL", "value=still", "Stillness", "id=stillness", "How still it stands.", "Learns from its own answers"} {
		if !strings.Contains(html, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	for _, wrong := range []string{"id=clip-low", "id=clip-high", "id=epochs", "id=dual-clip", "id=sharpness"} {
		if strings.Contains(html, wrong) {
			t.Errorf("the page shows %s, which the method does not read", wrong)
		}
	}
	if app.Settings().Own.Number("stillness") != 0.25 {
		t.Errorf("settings %+v", app.Settings().Own)
	}
	app.Look.Group = &protocol.Group{Update: m.Config().Update(0.5), Completions: []protocol.Completion{{}}}
	if got := (&Inside{App: app}).updateText(); got != "Nothing is moved at all. Every token of the step counts the same. β 0.5 times the KL to the reference model holds it back." {
		t.Errorf("the update is told as %q", got)
	}
}

// The registries are told in the reader's language.
func TestRegistriesSpeakChinese(t *testing.T) {
	if err := words.Speak("zh", []byte("{}")); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = words.Speak("en", nil) }()
	app := newApp()
	app.Handle(greeting)
	app.Help = "kept"
	html := shown(t, New(app, Browser{Changed: func() {}}))
	for _, want := range []string{"应保留的部分", "占位符", "从自己的回答中学习"} {
		if !strings.Contains(html, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
}
