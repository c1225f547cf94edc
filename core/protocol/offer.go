package protocol

import (
	"github.com/dongyur/dongyur/core/language"
	"github.com/dongyur/dongyur/core/task"
)

// Task is a row of core/task's registry, as one who shows it needs it.
type Task struct {
	Name        string         `json:"name"`
	Title       language.Names `json:"title"`
	Help        language.Names `json:"help"`
	OneLanguage bool           `json:"one_language,omitempty"`
	Starters    []task.Pair    `json:"starters,omitempty"` // languages that the session has built-in examples in
}

// Language is a row of core/language's registry. A session takes any other language
// too, by its tag.
type Language struct {
	Tag       string         `json:"tag"`
	Names     language.Names `json:"names"`
	Direction string         `json:"direction"`
	Keyboard  string         `json:"keyboard,omitempty"`
}
