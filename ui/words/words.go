// Package words is what the page says, in the language of its reader.
//
// In go English texts as they stand in the code; out come their translations, as
// gettext does it. A translation file is assets/words/LANGUAGE.json: one JSON object
// from each English text to the translated one. A text without a translation stays
// English. One goroutine uses it at a time.
package words

import (
	"encoding/json"
	"fmt"
)

var (
	current  = "en"
	sentence map[string]string
)

// T translates an English text. With arguments it is a format of fmt.Sprintf; a
// translation with another order says %[2]s.
func T(english string, args ...any) string {
	text, ok := sentence[english]
	if !ok {
		text = english
	}
	if len(args) == 0 {
		return text
	}
	return fmt.Sprintf(text, args...)
}

// Language is the BCP 47 tag of what T speaks.
func Language() string { return current }

// Speak changes the language. file is the JSON of assets/words/LANGUAGE.json, nil
// for English. On an error the language stays as it was.
func Speak(language string, file []byte) error {
	var read map[string]string
	if file != nil {
		if err := json.Unmarshal(file, &read); err != nil {
			return fmt.Errorf("read the words of %q: %w", language, err)
		}
	}
	current, sentence = language, read
	return nil
}
