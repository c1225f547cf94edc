package task

import "github.com/dongyur/dongyur/core/language"

// Translate asks for the source in the target language.
const Translate = "translate"

var _ = Register(Task{
	Name: Translate, Title: language.Names{En: "Translate", Zh: "翻译"},
	Help:        language.Names{En: "The text in another language.", Zh: "用另一种语言表达该文本。"},
	Plain:       "translate {{.From}} {{.To}}",
	Instruction: "Translate from {{.From}} into {{.To}}. Answer with the translation only.",
})
