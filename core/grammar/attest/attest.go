// Package attest counts how often wordings stand in real Tibetan texts, syllable by
// syllable, so that a lexicon can show which of its wordings somebody has written before.
//
// Input: wordings, and texts. Output: how often each wording stands in them, and a table
// of the counts that is kept beside the lexicon, for machines without the texts.
//
// A wording stands in a text where its syllables follow each other with nothing but a
// tsheg between. A particle that is written onto an open syllable (འི ས ར འང འོ འམ) does
// not hide the wording before it. The other way round nothing is taken off: in a long
// word the wordings of its parts stand too.
package attest

import (
	"github.com/dongyur/dongyur/core/lang"
)

// Counter counts wordings in texts.
type Counter struct {
	root   node
	counts map[string]int
}

// node is a place in the syllables of the wordings.
type node struct {
	next     map[string]*node
	wordings []string // that end here
}

// NewCounter counts these wordings.
func NewCounter(wordings []string) *Counter {
	c := &Counter{counts: make(map[string]int, len(wordings))}
	for _, w := range wordings {
		if _, known := c.counts[w]; known {
			continue
		}
		c.counts[w] = 0
		c.insert(w, w)
		if lang.Final(w) != 0 {
			continue
		}
		for _, fused := range []func(string) string{lang.Genitive, lang.Ergative, lang.Terminative, lang.Also, lang.Terminated, lang.Asked} {
			c.insert(fused(w), w)
		}
	}
	return c
}

func (c *Counter) insert(text, wording string) {
	at := &c.root
	for _, syllable := range lang.Syllables(text) {
		if at.next == nil {
			at.next = map[string]*node{}
		}
		if at.next[syllable] == nil {
			at.next[syllable] = &node{}
		}
		at = at.next[syllable]
	}
	if at != &c.root {
		at.wordings = append(at.wordings, wording)
	}
}

// Add counts the wordings of a text.
func (c *Counter) Add(text string) {
	spans := lang.SyllableSpans(text)
	for i := range spans {
		at := &c.root
		for j := i; j < len(spans); j++ {
			if j > i && !isTsheg(text[spans[j-1].End:spans[j].Start]) {
				break
			}
			if at = at.next[text[spans[j].Start:spans[j].End]]; at == nil {
				break
			}
			for _, w := range at.wordings {
				c.counts[w]++
			}
		}
	}
}

func isTsheg(between string) bool { return between == "་" || between == "༌" }

// Count says how often a wording has been met.
func (c *Counter) Count(wording string) int { return c.counts[wording] }
