package task

import "github.com/dongyur/dongyur/core/language"

// Headline asks for the headline of a news text, in the text's own language.
const Headline = "headline"

var _ = Register(Task{
	Name: Headline, Title: language.Names{En: "Headline for a news text", Zh: "为新闻拟标题"},
	Help:        language.Names{En: "A headline of a few words for a longer text, in the text’s own language.", Zh: "为较长的文本拟一个简短的标题，语言与原文相同。"},
	OneLanguage: true, CutSource: true, Summary: true,
	Plain:       "headline {{.To}}",
	Instruction: "Write a headline in {{.To}} for this text. Answer with the headline only.",
})
