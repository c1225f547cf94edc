package state

import (
	"encoding/json"
	"fmt"
)

// Term is what assets/help/LANGUAGE.json says of one term.
type Term struct {
	Title string `json:"title"`
	Text  string `json:"text"`
	Paper string `json:"paper,omitempty"` // "arXiv NUMBER", or an address
}

// ParseTerms reads assets/help/LANGUAGE.json: terms by key.
func ParseTerms(data []byte) (map[string]Term, error) {
	var terms map[string]Term
	if err := json.Unmarshal(data, &terms); err != nil {
		return nil, fmt.Errorf("read the help texts: %w", err)
	}
	return terms, nil
}

// AskHelp opens the help for a term, or closes it where it is open.
func (a *App) AskHelp(key string) {
	if a.Help == key {
		key = ""
	}
	a.Help = key
}
