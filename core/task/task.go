// Package task holds what everything from a table to a chart speaks of: an example
// to learn from, how an answer to it is drawn, the answer itself and its scores, one
// type each, and the tasks that an example may set.
//
// Input: nothing. Output: plain structs with one JSON form, which files, events and
// saved projects share. The package knows no tensors and imports core/language alone.
package task

// Pair is the languages of an example, by their tags.
type Pair struct {
	From string `json:"from"`
	To   string `json:"to"`
}
