package protocol

import "fmt"

// Text is what is said to people, in the languages that the page speaks. As an error
// it is English.
type Text struct {
	En string `json:"en"`
	Zh string `json:"zh,omitempty"`
}

// Say fills formats of fmt.Sprintf; arguments that are Texts themselves take the
// language of the format. Chinese of another order says %[2]s.
func Say(en, zh string, args ...any) Text {
	if len(args) == 0 {
		return Text{en, zh}
	}
	in := func(language string) []any {
		list := make([]any, len(args))
		for i, arg := range args {
			if text, ok := arg.(Text); ok {
				arg = text.In(language)
			}
			list[i] = arg
		}
		return list
	}
	return Text{fmt.Sprintf(en, in("en")...), fmt.Sprintf(zh, in("zh")...)}
}

// In is the text in a language by its BCP 47 tag; English where it has none in it.
func (t Text) In(language string) string {
	if language == "zh" && t.Zh != "" {
		return t.Zh
	}
	return t.En
}

func (t Text) Error() string { return t.En }
