package protocol

// Map is where texts lie by their meaning at a step of a run: rows of the reward's
// encoder, projected to two dimensions. The axes are found once, at the run's
// beginning, and stay, so that what moves has moved.
type Map struct {
	Step   int        `json:"step"`
	Shares [2]float64 `json:"shares"` // of the variance at the beginning, by axis
	Points []MapPoint `json:"points"`
}

// Kinds of points.
const (
	PointSource    = "source"
	PointReference = "reference"
	PointOutput    = "output"
)

// MapPoint is one text.
type MapPoint struct {
	Example string  `json:"example"`
	Kind    string  `json:"kind"`
	Lang    string  `json:"lang"`
	Text    string  `json:"text"`
	X       float64 `json:"x"`
	Y       float64 `json:"y"`
	// Cosine of an output with what it is to mean, the reference or without one the
	// source, over all dimensions.
	Cosine float64 `json:"cosine,omitempty"`
}
