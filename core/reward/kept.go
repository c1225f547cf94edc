package reward

import (
	"slices"
	"strings"

	"github.com/dongyur/dongyur/core/lang"
	"github.com/dongyur/dongyur/core/protocol"
	"github.com/dongyur/dongyur/core/task"
)

// Kept takes off for what an answer had to keep from its source and did not.
const Kept = "kept"

var _ = Register(Term{
	Name: Kept, Title: protocol.Text{En: "Kept parts", Zh: "应保留的部分"}, Tint: 13, Weight: 0.5, Least: -1,
	Help: protocol.Text{
		En: "Taken off for placeholders such as %s, numbers and names in another script that source and reference share and the answer leaves out, and for those that it makes up or says too often.",
		Zh: "对遗漏原文与参考共有的占位符（如 %s）、数字和以其他文字书写的名称扣分；凭空编造或多说的也扣分。"},
	Value: func(a *Answer, _ Values) float64 {
		k := keptIn(a)
		return -min(1, float64(len(k.missing)+len(k.extra))/float64(max(1, k.needed+len(k.extra))))
	},
	Explain: func(a *Answer, _ Values, value float64) protocol.Text {
		k := keptIn(a)
		switch {
		case a.Empty || value == 0 && k.needed == 0:
			return protocol.Text{}
		case value == 0:
			return protocol.Say("It keeps all %d placeholders, numbers and names.", "%d 个占位符、数字和名称全部保留。", k.needed)
		}
		return protocol.Say("Of %d placeholders, numbers and names it leaves out [%s] and adds [%s].", "在 %d 个占位符、数字和名称中，遗漏 [%s]，多出 [%s]。",
			k.needed, strings.Join(k.missing, " "), strings.Join(k.extra, " "))
	},
})

// keeping is what an answer did with the parts that it was to keep.
type keeping struct {
	needed         int
	missing, extra []string
}

// keptIn compares an answer's parts with those that source and reference share, each as
// often as both have it. What one of the two has alone may be there or not. Without a
// reference, a translation is to keep the source's placeholders and numbers.
func keptIn(a *Answer) keeping {
	source, output, reference := parts(a.Source), parts(a.Output), parts(a.Reference)
	if a.Reference == "" && !task.Is(a.In.Task, task.OneLanguage) {
		reference = source
	}
	fromLatin, toLatin := a.from.WrittenIn(lang.Latn), a.to.WrittenIn(lang.Latn)
	if !fromLatin || !toLatin { // else any word may be in both
		source, reference = append(source, latinWords(a.Source)...), append(reference, latinWords(a.Reference)...)
		if !toLatin { // else any word of the answer looks like a name
			output = append(output, latinWords(a.Output)...)
		}
	}
	onlySource, onlyReference := lang.OnlyIn(source, reference)
	needed := without(source, onlySource)
	said := output
	if toLatin {
		said = append(said, latinWords(a.Output)...)
	}
	missing, _ := lang.OnlyIn(needed, said)
	_, extra := lang.OnlyIn(append(append(slices.Clone(needed), onlySource...), onlyReference...), output)
	return keeping{len(needed), missing, extra}
}

// parts are a text's placeholders and numbers.
func parts(text string) []string { return append(lang.Placeholders(text), lang.Numbers(text)...) }

// latinWords are its words in Latin letters.
func latinWords(text string) []string {
	return slices.DeleteFunc(words(text), func(w string) bool { return w[0] < 'a' || w[0] > 'z' })
}

// without is a list less what another one holds.
func without(list, other []string) []string {
	rest, _ := lang.OnlyIn(list, other)
	return rest
}
