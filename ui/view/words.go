package view

import "github.com/dongyur/dongyur/ui/words"

// T is what the page says, in the reader's language.
func T(english string, args ...any) string { return words.T(english, args...) }

// in is the language of a text that T gave: what Tibetan does not say yet is English.
func in(text string) string {
	switch language := words.Language(); {
	case language != "bo":
		return language
	case text != "" && isTibetan([]rune(text)[0]):
		return "bo"
	}
	return "en"
}
