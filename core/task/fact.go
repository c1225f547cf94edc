package task

import (
	"slices"
	"strings"

	"github.com/dongyur/dongyur/core/language"
)

// Fact asks for the name that answers a question.
const Fact = "fact"

var _ = Register(Task{
	Name: Fact, Title: language.Names{En: "Answer a question with a name", Zh: "以名称回答问题"},
	Help:        language.Names{En: "A question whose answer is a name; wrong names may be offered beside the right one.", Zh: "答案为名称的问题，可在正确答案旁列出错误的名称。"},
	OneLanguage: true, Choices: true, ReadsAs: Translate,
	Plain:       "fact {{.To}}",
	Instruction: "Answer this question in {{.To}}. Answer with the name only.",
	Ask:         question,
})

// question is what a fact's prompt asks: its source and, if it has choices, all the
// answers to choose from, in an order that does not tell the right one.
func question(e Example) string {
	if len(e.Choices) == 0 {
		return e.Source
	}
	answers := append([]string{e.Reference}, e.Choices...)
	slices.Sort(answers)
	return e.Source + "\n" + strings.Join(answers, " | ")
}
