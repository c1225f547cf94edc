package protocol

// Method is a row of core/objective's table, as one who shows it needs it: what can
// be chosen, what it does, and which settings of a run it reads.
type Method struct {
	Name   string `json:"name"`
	Help   string `json:"help"` // what it does, in a line
	Paper  string `json:"paper"`
	Learns string `json:"learns"` // from "groups" of its own completions, "references", "pairs" or "texts"

	// Defaults is a run with the method's own constants, none left to be filled in.
	Defaults Train `json:"defaults"`
	// Settings are the JSON names of those settings of Train that the method reads and
	// not all methods do; sampling and reward stand for all of theirs.
	Settings []string `json:"settings,omitempty"`
}
