// Package vote is what a blind vote on two answers is, how it travels as a file, and
// what many of them say together.
//
// Input: the files of raters, one each. Output: counts of wins and losses with their
// interval, means of the ratings, marked errors and Krippendorff's alpha. The page, the
// hub and the program read and count votes here, so that all three give the same result.
package vote

import (
	"fmt"
	"hash/fnv"
	"slices"
	"strconv"
	"unicode/utf8"
)

// Choice is one vote on a pair of answers, as the rater saw them.
type Choice string

// The choices, in the order of their keys 1 to 4.
const (
	ChooseA    Choice = "A"
	ChooseTie  Choice = "tie"
	ChooseBad  Choice = "both bad"
	ChooseB    Choice = "B"
	NoWinner          = "" // of a tie
	AdequacyOf        = 0
	FluencyOf         = 1
)

// Choices are in the order of their keys.
var Choices = []Choice{ChooseA, ChooseTie, ChooseBad, ChooseB}

// Categories of marked errors, after MQM (Lommel et al. 2014) made short.
var Categories = []string{"mistranslation", "omission", "addition", "grammar", "wrong term", "untranslated", "other"}

// System is one side of a comparison.
type System struct {
	Name   string `json:"name"` // "before", "run 2"
	Model  string `json:"model,omitempty"`
	Run    int    `json:"run,omitempty"` // 0: the base model
	Method string `json:"method,omitempty"`
	Step   int    `json:"step,omitempty"` // of the run

	ModelHash   string `json:"model_sha256,omitempty"`   // of model.safetensors
	AdapterHash string `json:"adapter_sha256,omitempty"` // of adapter_model.safetensors
}

// Span is a marked error in the answer on a side: runes Start to End of it. An End of 0
// marks the whole answer.
type Span struct {
	Side     int    `json:"side"` // 0 for A, 1 for B
	Start    int    `json:"start"`
	End      int    `json:"end"`
	Text     string `json:"text"`
	Category string `json:"category"`
}

// Vote is what a rater says of a pair. Ratings are adequacy and fluency of A and of B,
// 0 to 100; -1 is none.
type Vote struct {
	Choice  Choice    `json:"choice,omitempty"`
	Ratings [2][2]int `json:"ratings"`
	Spans   []Span    `json:"spans,omitempty"`
	Comment string    `json:"comment,omitempty"`
}

// Unrated is a vote that says nothing yet.
func Unrated() Vote { return Vote{Ratings: [2][2]int{{-1, -1}, {-1, -1}}} }

// Check says what a vote on the answers a and b has that no rater can give. A draft has
// no choice yet.
func (v *Vote) Check(a, b string) error {
	if v == nil {
		return nil
	}
	if v.Choice != "" && !slices.Contains(Choices, v.Choice) {
		return fmt.Errorf("choice is %q, want one of %q", v.Choice, Choices)
	}
	for side, ratings := range v.Ratings {
		for _, value := range ratings {
			if value < -1 || value > 100 {
				return fmt.Errorf("ratings[%d]: %d is not from 0 to 100, nor -1 for none", side, value)
			}
		}
	}
	answers := [2]string{a, b}
	for i, s := range v.Spans {
		if s.Side < 0 || s.Side > 1 || s.Start < 0 || s.End < s.Start || s.End > utf8.RuneCountInString(answers[s.Side]) {
			return fmt.Errorf("spans[%d]: side %d, %d to %d is no part of an answer", i, s.Side, s.Start, s.End)
		}
	}
	return nil
}

// PairID names a pair by its texts, whatever order they are in.
func PairID(source, a, b string) string {
	h := fnv.New64a()
	h.Write([]byte(source + "\x00" + min(a, b) + "\x00" + max(a, b)))
	return strconv.FormatUint(h.Sum64(), 16)
}
