package reward

import (
	"hash/fnv"
	"math"

	"github.com/dongyur/dongyur/core/lang"
)

// hashedWidth is large against the 3-grams of a sentence, so that few collide.
const hashedWidth = 1024

// Hashed is an encoder without weights or a download: the character 3-grams of
// a text, hashed into a row of 1,024 with a sign each (Weinberger et al.,
// Feature Hashing for Large Scale Multitask Learning, 2009), L2-normalised.
// Collisions cancel on average, so a dot product estimates the cosine of the
// 3-gram counts. It compares surfaces within one language and knows no meaning:
// a baseline to measure a real encoder against, and never source-anchored.
type Hashed struct{}

// Embed returns one row a text; the row of a text without letters is zero.
// It never fails.
func (Hashed) Embed(texts []string) ([][]float32, error) {
	rows := make([][]float32, len(texts))
	for i, text := range texts {
		rows[i] = hashed(text)
	}
	return rows, nil
}

func hashed(text string) []float32 {
	row := make([]float32, hashedWidth)
	// A space on each side makes 3-grams of beginnings, endings and single characters.
	characters := []rune(" " + lang.NFC(text) + " ")
	for i := 0; i+3 <= len(characters); i++ {
		h := fnv.New32a()
		h.Write([]byte(string(characters[i : i+3])))
		sum := h.Sum32()
		if sum>>31 == 0 {
			row[sum%hashedWidth]++
		} else {
			row[sum%hashedWidth]--
		}
	}
	norm := 0.0
	for _, x := range row {
		norm += float64(x) * float64(x)
	}
	if norm == 0 {
		return row
	}
	scale := float32(1 / math.Sqrt(norm))
	for i := range row {
		row[i] *= scale
	}
	return row
}
