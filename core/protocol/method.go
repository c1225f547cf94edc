package protocol

import "slices"

// Method is a row of core/objective's table, as one who shows it needs it: what can
// be chosen, what it does, and which settings of a run it reads.
type Method struct {
	Name   string `json:"name"`
	Title  string `json:"title"` // as papers write it
	Help   Text   `json:"help"`  // what it does, in a line
	Note   Text   `json:"note"`  // what it learns from, in a sentence
	Paper  string `json:"paper"`
	Learns string `json:"learns"` // from "groups" of its own completions, "references", "pairs" or "texts"

	// Defaults is a run with the method's own constants, none left to be filled in.
	Defaults Train `json:"defaults"`
	// Measures are the figures of a step that it has beside its loss: "kl", "entropy".
	Measures []string `json:"measures,omitempty"`
	// Has are what settings may need, see Setting.Needs, and the method has.
	Has []string `json:"has,omitempty"`
}

// Reads tells whether the method reads a setting.
func (m Method) Reads(s Setting) bool { return s.Needs == "" || slices.Contains(m.Has, s.Needs) }
