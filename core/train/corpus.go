package train

import (
	"fmt"
	"math/rand/v2"

	"github.com/dongyur/dongyur/core/token"
)

// Stream is one source of a pretraining mixture as one long row of tokens:
// documents, each ended by an end-of-text token.
type Stream struct {
	Name   string
	Lang   string  // language whose loss it counts towards; "" for mixed
	Weight float64 // share of the batch's rows, before normalising
	Tokens []int32
	Bytes  int64 // UTF-8 bytes of the text, for bits per byte
	// Given marks tokens that are read and not learnt, such as a prompt's; nil: none.
	Given []bool

	// First and Last are the steps that read the stream, counted from 1; 0: all.
	First, Last int
}

// reads tells whether a step reads the stream.
func (s Stream) reads(step int) bool {
	return (s.First == 0 || step >= s.First) && (s.Last == 0 || step <= s.Last)
}

// Pack makes one stream of documents, each ended by the end-of-text token where the
// tokenizer has one.
func Pack(name string, tokenizer *token.Tokenizer, documents []string) Stream {
	stream := Stream{Name: name, Weight: 1}
	end, ok := tokenizer.ID(token.EndOfText)
	for _, document := range documents {
		for _, id := range tokenizer.EncodeOrdinary(document) {
			stream.Tokens = append(stream.Tokens, int32(id))
		}
		if ok {
			stream.Tokens = append(stream.Tokens, int32(end))
		}
		stream.Bytes += int64(len(document))
	}
	return stream
}

// windows draws the rows of one step: rows×(time+1) tokens, each a window of a
// stream chosen by weight, and for the rows×time tokens after the first 1 where they
// are learnt, else 0. The same seed and step give the same rows.
func windows(streams []Stream, seed uint64, step, rows, time int) (tokens []int32, learnt []float32) {
	random := rand.New(rand.NewPCG(seed, uint64(step)))
	var read []Stream
	var total float64
	for _, s := range streams {
		if s.reads(step) {
			read = append(read, s)
			total += s.Weight
		}
	}
	tokens, learnt = make([]int32, 0, rows*(time+1)), make([]float32, 0, rows*time)
	for range rows {
		s := pick(read, random.Float64()*total)
		start := random.IntN(len(s.Tokens) - time)
		tokens = append(tokens, s.Tokens[start:start+time+1]...)
		for i := start + 1; i <= start+time; i++ {
			if s.Given != nil && s.Given[i] {
				learnt = append(learnt, 0)
			} else {
				learnt = append(learnt, 1)
			}
		}
	}
	return tokens, learnt
}

// pick finds the stream at a point of the weights laid end to end.
func pick(streams []Stream, at float64) Stream {
	for _, s := range streams {
		if at -= s.Weight; at < 0 {
			return s
		}
	}
	return streams[len(streams)-1]
}

// checkStreams refuses what windows could not draw from in one of the steps.
func checkStreams(streams []Stream, steps, time int) error {
	total := make([]float64, max(1, steps))
	for _, s := range streams {
		if len(s.Tokens) <= time+1 {
			return fmt.Errorf("stream %q has %d tokens, fewer than one row of %d; add text or shorten the rows (row_tokens)", s.Name, len(s.Tokens), time+1)
		}
		if s.Weight < 0 {
			return fmt.Errorf("stream %q has weight %g; a weight is 0 or more", s.Name, s.Weight)
		}
		for i := range total {
			if s.reads(i + 1) {
				total[i] += s.Weight
			}
		}
	}
	for i, weight := range total {
		if weight <= 0 {
			return fmt.Errorf("step %d: no stream has a weight above 0", i+1)
		}
	}
	return nil
}
