// Package task holds what everything from a table to a chart speaks of: an example
// to learn from, how an answer to it is drawn, the answer itself and its scores, one
// type each, and the tasks that an example may set.
//
// Input: nothing. Output: plain structs with one JSON form, which files, events and
// saved projects share. The package knows no tensors and imports nothing above it.
package task

// Names of tasks.
const (
	Translate = "translate" // the source in the target language
	Headline  = "headline"  // the headline of a news text, in the text's own language
	Fact      = "fact"      // the name that answers a question
)
