package protocol

// Term is a row of core/reward's registry, as one who shows it needs it.
type Term struct {
	Name  string `json:"name"`
	Title Text   `json:"title"`
	Help  Text   `json:"help"`
	Paper string `json:"paper,omitempty"`
	// Tint is the page's colour for it, 1 to 14; up to 6, and 14, for what adds to a reward.
	Tint   int     `json:"tint"`
	Weight float64 `json:"weight,omitempty"` // in S1's reward
	Least  float64 `json:"least"`            // of its value before the weight
	Most   float64 `json:"most"`
}
