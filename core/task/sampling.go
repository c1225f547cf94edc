package task

// Sampling says how tokens are drawn. Temperature 0 is greedy; TopK 0 and
// TopP 1 (or 0) are off.
type Sampling struct {
	Temperature float64 `json:"temperature"`
	TopK        int     `json:"top_k,omitempty"`
	TopP        float64 `json:"top_p,omitempty"`
	MaxTokens   int     `json:"max_tokens"`
	Seed        uint64  `json:"seed"`
}

// Score is one metric with its 95 % interval and how it was computed.
type Score struct {
	Name      string  `json:"name"`
	Value     float64 `json:"value"`
	Low       float64 `json:"low"`
	High      float64 `json:"high"`
	Signature string  `json:"signature"`
}
