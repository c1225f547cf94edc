package view

import "github.com/dongyur/dongyur/ui/words"

// T is what the page says, in the reader's language.
func T(english string, args ...any) string { return words.T(english, args...) }

func taskTitle(key string) string {
	switch key {
	case "zh-bo":
		return T("Translate Chinese → Tibetan")
	case "bo-zh":
		return T("Translate Tibetan → Chinese")
	case "headline-bo":
		return T("Headline for a Tibetan news text")
	}
	return key
}
