package grammar

import (
	"fmt"
	"slices"
	"strings"
	"sync"
)

// News is the grammar of short news, read once: reports of a few sentences and their
// headlines. It shares the lexicon of Everyday.
var News = sync.OnceValue(func() *Grammar { return embedded("news") })

// Categories of the news, and what the name of a headline's frame adds to its report's.
const (
	reports      = "report"
	headlineOf   = "Headline"
	shortestCopy = 4  // tokens: shorter runs of words are shared by chance
	copiedShare  = .8 // of an answer's tokens in one piece of the text
)

// Story is a report with its headline, in every language that was asked for.
type Story struct {
	Report, Headline Meaning
	Split            string
	Texts, Headlines map[string]string // by language
}

// Headline is what a headline says of a report: the event, and those of its slots that
// the frame of its headlines has.
func (g *Grammar) Headline(report Meaning) (Meaning, error) {
	f := g.byName[report.Head+headlineOf]
	if f == nil {
		return Meaning{}, fmt.Errorf("%s is no report of the news: it has no headlines", report.Head)
	}
	m := Meaning{Head: f.Name}
	for _, p := range f.parts {
		value, ok := report.Part(p.name)
		if !ok {
			return Meaning{}, fmt.Errorf("the report %s lacks %s, which its headline has", report.Head, p.name)
		}
		m.Parts = append(m.Parts, Part{p.name, value})
	}
	return m, nil
}

// Stories composes n stories whose headlines differ in meaning. A story's split is that of
// its headline, so that no headline stands in two splits.
func (g *Grammar) Stories(seed uint64, n int, filter Filter) ([]Story, error) {
	split := filter.Split
	if split != "" && !slices.Contains(NewsSplits, split) {
		return nil, fmt.Errorf("everyday news has no split %q; it has %s", split, strings.Join(NewsSplits, ", "))
	}
	if len(filter.Languages) == 0 {
		filter.Languages = g.Languages()
	}
	filter.Split = ""
	frames, err := g.reportFrames(filter.Frames)
	if err != nil {
		return nil, err
	}
	random := newRandom(seed)
	seen := map[string]bool{}
	var stories []Story
	for failed := 0; len(stories) < n; failed++ {
		if failed > tries {
			return stories, fmt.Errorf("only %d of %d stories with different headlines were found; ask for fewer, or for more events", len(stories), n)
		}
		report, ok := g.meaning(frames[g.pick(frames, random)], random)
		if !ok {
			continue
		}
		headline, err := g.Headline(report)
		if err != nil {
			return nil, err
		}
		s := Story{Report: report, Headline: headline, Split: g.Split(headline)}
		if seen[headline.String()] || split != "" && split != s.Split {
			continue
		}
		if s.Texts, err = g.texts(report, filter, random); err != nil {
			return nil, err
		}
		if s.Headlines, err = g.texts(headline, filter, random); err != nil {
			return nil, err
		}
		if s.Texts == nil || s.Headlines == nil {
			continue
		}
		for tag, text := range s.Headlines {
			s.Headlines[tag] = strings.TrimRight(text, "。.") // a headline is no sentence
		}
		seen[headline.String()] = true
		stories = append(stories, s)
		failed = 0
	}
	return stories, nil
}

// NewsSplits are the splits of stories: a report joins no frames that could be kept apart.
var NewsSplits = []string{Train, Dev, Test, TestWords}

// Events are the names of the kinds of event, the frames of their reports.
func (g *Grammar) Events() []string {
	var names []string
	for _, f := range g.byCategory[reports] {
		names = append(names, f.Name)
	}
	return names
}

func (g *Grammar) reportFrames(names []string) ([]*Frame, error) {
	var frames []*Frame
	for _, f := range g.byCategory[reports] {
		if len(names) == 0 || slices.Contains(names, f.Name) {
			frames = append(frames, f)
		}
	}
	if len(frames) == 0 {
		return nil, fmt.Errorf("the news has no event %s; it has %s", strings.Join(names, ", "), strings.Join(g.Events(), ", "))
	}
	return frames, nil
}

// HeadlineScore says what a headline keeps of a report.
type HeadlineScore struct {
	Exact  bool    // the event and every slot of a headline, and no other
	Event  bool    // a headline about the same kind of event
	Slots  float64 // F1 of event and slots, as Score counts it
	Copied bool    // a piece of the report instead of a headline
}

// ScoreHeadline judges an answer as the headline of a report, text being the report as it
// was shown. An answer in which sense is not kept (a car celebrates) still has its event.
func (g *Grammar) ScoreHeadline(report Meaning, tag, text, answer string) (HeadlineScore, error) {
	headline, err := g.Headline(report)
	if err != nil {
		return HeadlineScore{}, err
	}
	s, err := g.syntax(tag)
	if err != nil {
		return HeadlineScore{}, err
	}
	score := HeadlineScore{Copied: copied(s.language.Tokens(text), s.language.Tokens(answer))}
	score.Exact, score.Slots, _ = g.Score(headline, tag, answer)
	tokens := s.tokenize(answer)
	trees := s.parse(tokens, false)
	if len(trees) == 0 {
		trees = s.parse(tokens, true)
	}
	score.Event = slices.ContainsFunc(trees, func(t *tree) bool { return t.frame.Name == headline.Head })
	return score, nil
}

// copied tells whether most of an answer is one piece of a text.
func copied(text, answer []string) bool {
	longest := longestRun(text, answer)
	return longest >= shortestCopy && float64(longest) >= copiedShare*float64(len(answer))
}

// longestRun is how many tokens in a row two texts share at most.
func longestRun(a, b []string) int {
	longest, ends := 0, make([]int, len(b)+1)
	for _, word := range a {
		for j := len(b); j > 0; j-- {
			if b[j-1] != word {
				ends[j] = 0
				continue
			}
			ends[j] = ends[j-1] + 1
			longest = max(longest, ends[j])
		}
	}
	return longest
}
