package reward

import (
	"github.com/dongyur/dongyur/core/language"
	"github.com/dongyur/dongyur/core/protocol"
	"github.com/dongyur/dongyur/core/task"
)

// Copy takes off for a headline that is one span of its text.
const Copy = "copy"

var _ = Register(Term{
	Name: Copy, Title: protocol.Text{En: "Copying", Zh: "照抄"}, Tint: 9, Weight: 0.5, Least: -1,
	Help: protocol.Text{En: "Taken off for copying the source, more than the reference does. A copied headline has much of the meaning and none of the work.",
		Zh: "对照抄原文（多于参考的部分）扣分。照抄的标题意义不差，却没有做任何工作。"},
	Value: func(a *Answer, _ Values) float64 {
		copied, free := copied(a)
		return -above(copied, free)
	},
	Explain: func(a *Answer, _ Values, value float64) protocol.Text {
		if value == 0 || a.Empty {
			return protocol.Text{}
		}
		copied, free := copied(a)
		return protocol.Say("%s of it is one piece copied from the text; of the reference %s is.", "其中 %s 是从原文中整段抄来的；参考为 %s。", percent(copied), percent(free))
	},
})

// copied is the share of a headline that is one span of its text, and the share of
// the reference that is; 0 for other tasks.
func copied(a *Answer) (share, free float64) {
	if !task.Is(a.In.Task, task.Summary) {
		return 0, 0
	}
	body := language.Units(a.Source, a.In.SourceLang)
	return copiedShare(a.Units, body), copiedShare(a.Expected, body)
}

// copiedShare is the share of a title's units that are the longest contiguous
// span it has in common with the body. Time is the product of the lengths.
func copiedShare(title, body []string) float64 {
	if len(title) == 0 {
		return 0
	}
	longest := 0
	// run[j+1] is how long the common span is that ends at the current unit of
	// the title and at body[j].
	run, next := make([]int, len(body)+1), make([]int, len(body)+1)
	for _, t := range title {
		for j, b := range body {
			next[j+1] = 0
			if t == b {
				next[j+1] = run[j] + 1
				longest = max(longest, next[j+1])
			}
		}
		run, next = next, run
	}
	return float64(longest) / float64(len(title))
}
