package grammar

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/dongyur/dongyur/core/lang"
)

func stories(t *testing.T, seed uint64, n int, filter Filter) []Story {
	t.Helper()
	made, err := News().Stories(seed, n, filter)
	if err != nil {
		t.Fatal(err)
	}
	return made
}

// TestEveryEventHasHeadlines wants twelve kinds of event at least, each with many stories
// and with several wordings of a headline in every language.
func TestEveryEventHasHeadlines(t *testing.T) {
	g := News()
	if err := g.Check(); err != nil {
		t.Fatal(err)
	}
	if n := len(g.Events()); n < 12 {
		t.Errorf("%d kinds of event", n)
	}
	random := newRandom(1)
	for _, event := range g.Events() {
		made := stories(t, 1, 30, Filter{Frames: []string{event}})
		for _, tag := range g.Languages() {
			texts, headlines := map[string]bool{}, map[string]bool{}
			for range 60 {
				text, err := g.Say(made[0].Report, tag, random)
				if err != nil {
					t.Fatal(err)
				}
				headline, err := g.Say(made[0].Headline, tag, random)
				if err != nil {
					t.Fatal(err)
				}
				texts[text], headlines[headline] = true, true
			}
			if len(texts) < 2 || len(headlines) < 2 {
				t.Errorf("%s in %s: %d wordings of the report, %d of the headline", event, tag, len(texts), len(headlines))
			}
		}
	}
}

// TestStoriesAreReadBack is the property of the news: a report means its report, a
// headline its headline, and the reference earns everything.
func TestStoriesAreReadBack(t *testing.T) {
	g := News()
	for _, s := range stories(t, 2, 700, Filter{}) {
		for tag, text := range s.Texts {
			headline := s.Headlines[tag]
			if !contains(g.Parse(tag, text), s.Report) {
				t.Errorf("%s %q does not mean %s", tag, text, s.Report)
			}
			score, err := g.ScoreHeadline(s.Report, tag, text, headline)
			if want := (HeadlineScore{true, true, 1, false}); err != nil || score != want {
				t.Errorf("%s %q of %q: %+v %v", tag, headline, text, score, err)
			}
			if n := strings.Count(strings.NewReplacer("。", ".", "། ", ".", "འདུག ", ".").Replace(text+" "), "."); n < 2 || n > 4 {
				t.Errorf("%s: %d sentences: %q", tag, n, text)
			}
		}
		if problems := lang.Spelling(s.Texts["bo"] + " " + s.Headlines["bo"]); len(problems) > 0 {
			t.Errorf("%s: %v", s.Texts["bo"], problems)
		}
	}
}

// TestWrongHeadlines plants errors in headlines and wants the judge to see each.
func TestWrongHeadlines(t *testing.T) {
	g := News()
	random := rand.New(rand.NewPCG(1, 2))
	made := stories(t, 3, 400, Filter{})
	for _, planted := range []struct {
		name  string
		event bool // whether the event stays right
		wrong func(s Story, tag string) string
	}{
		{"another slot", true, func(s Story, tag string) string {
			for range 100 {
				i := random.IntN(len(s.Headline.Parts))
				m := Meaning{Head: s.Headline.Head, Parts: slices.Clone(s.Headline.Parts)}
				other := made[random.IntN(len(made))]
				if other.Headline.Head != m.Head || other.Headline.Parts[i].Value.Equal(m.Parts[i].Value) {
					continue
				}
				m.Parts[i] = other.Headline.Parts[i]
				if text, err := g.Say(m, tag, random); err == nil {
					return text
				}
			}
			return ""
		}},
		{"another event", false, func(s Story, tag string) string {
			for {
				if other := made[random.IntN(len(made))]; other.Headline.Head != s.Headline.Head {
					return other.Headlines[tag]
				}
			}
		}},
		{"shuffled words", false, func(s Story, tag string) string {
			words := languageOf(tag).Tokens(s.Headlines[tag])
			random.Shuffle(len(words), func(i, j int) { words[i], words[j] = words[j], words[i] })
			return strings.Join(words, map[string]string{"bo": "་", "zh": "", "en": " "}[tag])
		}},
		{"a word repeated", false, func(s Story, tag string) string {
			words := languageOf(tag).Tokens(s.Headlines[tag])
			i := random.IntN(len(words))
			return strings.Join(slices.Insert(words, i, words[i]), map[string]string{"bo": "་", "zh": "", "en": " "}[tag])
		}},
		{"nothing", false, func(Story, string) string { return "" }},
	} {
		count, exact, event := 0, 0, 0
		for _, s := range made {
			for _, tag := range g.Languages() {
				answer := planted.wrong(s, tag)
				if answer == s.Headlines[tag] {
					continue
				}
				score, err := g.ScoreHeadline(s.Report, tag, s.Texts[tag], answer)
				if err != nil {
					t.Fatal(err)
				}
				if planted.event && answer == "" {
					continue
				}
				count++
				if score.Exact {
					exact++
				}
				if score.Event == planted.event {
					event++
				}
			}
		}
		if count < 300 || float64(exact) > .01*float64(count) {
			t.Errorf("%s: %d of %d count as exact", planted.name, exact, count)
		}
		if float64(event) < .97*float64(count) {
			t.Errorf("%s: the event of %d in %d is judged rightly", planted.name, event, count)
		}
	}
}

// TestCopiesAreMarked takes pieces of reports for headlines.
func TestCopiesAreMarked(t *testing.T) {
	g := News()
	for _, s := range stories(t, 4, 200, Filter{}) {
		for tag, text := range s.Texts {
			first, _, _ := strings.Cut(strings.NewReplacer("。", "\n", ". ", "\n", "། ", "\n", "འདུག ", "འདུག\n").Replace(text), "\n")
			for _, copy := range []string{text, first} {
				score, err := g.ScoreHeadline(s.Report, tag, text, copy)
				if err != nil || !score.Copied || score.Event || score.Exact {
					t.Errorf("%s %q for %q: %+v %v", tag, copy, text, score, err)
				}
			}
		}
	}
}

// TestNewsSplits wants every split filled, no headline in two, and held-out words kept.
func TestNewsSplits(t *testing.T) {
	g := News()
	where := map[string]string{}
	for i, split := range NewsSplits {
		for _, s := range stories(t, uint64(10+i), 300, Filter{Split: split}) {
			if s.Split != split {
				t.Errorf("%s is of %s, not of %s", s.Headline, s.Split, split)
			}
			if held := g.hasHeldWord(s.Headline); held != (split == TestWords) {
				t.Errorf("%s in %s: a held-out word: %v", s.Headline, split, held)
			}
			key := s.Headline.String()
			if before, ok := where[key]; ok && before != split {
				t.Errorf("%s is in %s and in %s", key, before, split)
			}
			where[key] = split
		}
	}
	if _, err := g.Stories(1, 1, Filter{Split: TestFrames}); err == nil || !strings.Contains(err.Error(), "no split") {
		t.Errorf("a split that the news does not have: %v", err)
	}
	if _, err := g.Stories(1, 1, Filter{Frames: []string{"Gossip"}}); err == nil || !strings.Contains(err.Error(), "Opening") {
		t.Errorf("an event that the news does not have: %v", err)
	}
	if _, err := g.ScoreHeadline(Meaning{Head: "Gossip"}, "en", "", ""); err == nil {
		t.Error("a report that is none was judged")
	}
}
