package protocol

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// Reward composes a completion's reward from named terms; see core/reward for
// what each measures. A term of weight 0 is off. In JSON, a parameter that is
// left out has its usual value, a term that is left out is off, and a field that
// is not known is an error.
type Reward struct {
	Similarity  SimilarityReward  `json:"similarity"`
	Language    LanguageReward    `json:"language"`
	Length      LengthReward      `json:"length"`
	Repetition  RepetitionReward  `json:"repetition"`
	Copy        WeightedReward    `json:"copy"`
	ChrF        WeightedReward    `json:"chrf"`
	BLEU        WeightedReward    `json:"bleu"`
	ROUGE       WeightedReward    `json:"rouge"`
	Consistency ConsistencyReward `json:"consistency"`
	Combine     Combine           `json:"combine"`
}

// WeightedReward is a term without parameters.
type WeightedReward struct {
	Weight float64 `json:"weight"`
}

// SimilarityReward is S1's: 0 for a cosine below Tau, then rising to 1.
type SimilarityReward struct {
	Weight float64 `json:"weight"`
	Tau    float64 `json:"tau"`
	Anchor Anchor  `json:"anchor"`
}

// LanguageReward is the share of letters in the target script. An answer with a
// share below Gate earns nothing for its meaning or its surface; 0 opens the gate.
type LanguageReward struct {
	Weight float64 `json:"weight"`
	Gate   float64 `json:"gate"`
}

// LengthReward takes off nothing up to Free times the expected length and all of
// the weight from Full times on.
type LengthReward struct {
	Weight float64 `json:"weight"`
	Free   float64 `json:"free"`
	Full   float64 `json:"full"`
}

// RepetitionReward takes off what the rate of repeated n-grams exceeds Free by.
type RepetitionReward struct {
	Weight float64 `json:"weight"`
	NGram  int     `json:"ngram"`
	Free   float64 `json:"free"`
}

// ConsistencyReward is S3's, for facts that are asked in several languages: 1 for
// each right answer, less Unparseable for each that names nothing, and Bonus.
type ConsistencyReward struct {
	Weight      float64 `json:"weight"`
	Unparseable float64 `json:"unparseable"`
	Bonus       float64 `json:"bonus"`
	Shape       Shape   `json:"shape"`
}

// Anchor is what an answer's meaning is compared with.
type Anchor string

const (
	AnchorReference Anchor = "reference" // the source stands in where there is none
	AnchorSource    Anchor = "source"    // always the source, for prompts without labels
)

// Shape says when the consistency bonus is paid.
type Shape string

const (
	ShapeAll    Shape = "all"    // when every language is right
	ShapeLadder Shape = "ladder" // rung by rung, each higher than the one before
)

// Combine says how several terms become an advantage.
type Combine string

const (
	CombineSum  Combine = "sum"  // add the weighted terms, then normalise
	CombineGDPO Combine = "gdpo" // normalise each term, then add by weight
)

// NoReward has every term off and every parameter at its usual value: S1's gate,
// METHODS' guards, S3's -0.5.
func NoReward() Reward {
	return Reward{
		Similarity:  SimilarityReward{Tau: 0.2, Anchor: AnchorReference},
		Language:    LanguageReward{Gate: 0.5},
		Length:      LengthReward{Free: 2.5, Full: 5},
		Repetition:  RepetitionReward{NGram: 4, Free: 0.15},
		Consistency: ConsistencyReward{Unparseable: 0.5, Bonus: 1, Shape: ShapeAll},
		Combine:     CombineSum,
	}
}

// DefaultReward is S1's: 1.5 for meaning and 1 for the language, with the guards
// at half a point each.
func DefaultReward() Reward {
	r := NoReward()
	r.Similarity.Weight, r.Language.Weight = 1.5, 1
	r.Length.Weight, r.Repetition.Weight, r.Copy.Weight = 0.5, 0.5, 0.5
	return r
}

// UnmarshalJSON fills in what data leaves out and refuses what it does not know.
func (r *Reward) UnmarshalJSON(data []byte) error {
	type plain Reward
	read := plain(NoReward())
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&read); err != nil {
		return fmt.Errorf("reward: %w", err)
	}
	*r = Reward(read)
	return nil
}
