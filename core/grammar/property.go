package grammar

import (
	"fmt"
	"math/rand/v2"
	"time"
)

// Property is what a test of many sentences found in one language.
type Property struct {
	Language  string
	Sentences int
	Lost      int      // whose meaning Parse does not find again
	Ambiguous int      // that have another meaning too
	Examples  []string // of lost ones, at most a few
	Parses    int
	Took      time.Duration
}

// Rate is how many texts were parsed a second.
func (p Property) Rate() float64 {
	if p.Took <= 0 {
		return 0
	}
	return float64(p.Parses) / p.Took.Seconds()
}

// shownExamples is how many lost sentences a Property names.
const shownExamples = 5

// CheckParse composes n sentences at random and parses each in every language: what
// Generate says of a meaning, Parse must find.
func (g *Grammar) CheckParse(seed uint64, n int, progress func(done int)) ([]Property, error) {
	random := rand.New(rand.NewPCG(seed, 0))
	found := make([]Property, len(languages))
	for done := 0; done < n; {
		// Draws of their own, so that a run of 100,000 does not keep them all.
		sentences, err := g.Generate(random.Uint64(), min(1000, n-done), Filter{})
		if err != nil {
			return nil, err
		}
		for i, l := range languages {
			p := &found[i]
			p.Language = l.Tag
			start := time.Now()
			for _, s := range sentences {
				p.add(s, g.Parse(l.Tag, s.Texts[l.Tag]))
			}
			p.Took += time.Since(start)
		}
		done += len(sentences)
		if progress != nil {
			progress(done)
		}
	}
	return found, nil
}

func (p *Property) add(s Sentence, meanings []Meaning) {
	p.Sentences++
	p.Parses++
	if len(meanings) > 1 {
		p.Ambiguous++
	}
	for _, m := range meanings {
		if m.Equal(s.Meaning) {
			return
		}
	}
	if p.Lost++; len(p.Examples) < shownExamples {
		p.Examples = append(p.Examples, fmt.Sprintf("%s: %s", s.Meaning, s.Texts[p.Language]))
	}
}

// Counts are the sizes of a grammar.
type Counts struct {
	Concepts    map[string]int // by category
	Frames      int
	Sentences   int            // frames of whole sentences
	Productions map[string]int // by language: wordings with every choice made
	Held        int            // words that training does not use
}

// Count counts concepts, frames and wordings.
func (g *Grammar) Count() (Counts, error) {
	c := Counts{Concepts: map[string]int{}, Productions: map[string]int{}, Frames: len(g.Frames), Held: 0}
	for _, e := range g.Lexicon.Entries {
		c.Concepts[e.Cat]++
		if g.HeldWord(e.Key) {
			c.Held++
		}
	}
	tops, err := g.topFrames(nil)
	if err != nil {
		return c, err
	}
	c.Sentences = len(tops)
	for _, l := range languages {
		s, err := g.syntax(l.Tag)
		if err != nil {
			return c, err
		}
		for _, productions := range s.productions {
			c.Productions[l.Tag] += len(productions)
		}
	}
	return c, nil
}
