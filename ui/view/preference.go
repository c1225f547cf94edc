package view

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/vugu/vugu"

	"github.com/dongyur/dongyur/core/vote"
	"github.com/dongyur/dongyur/ui/state"
)

func (c *Preference) pair() *state.Pair { return c.App.Vote.Round.Pair() }

func (c *Preference) total() int { return len(c.App.Vote.Round.Pairs) }

func (c *Preference) done() int { return len(c.App.Vote.Round.Votes) }

func (c *Preference) closed() bool { return c.App.Vote.Round != nil && c.App.Vote.Round.Closed }

// over tells that all is voted on and not shown yet.
func (c *Preference) over() bool { return c.App.Vote.Round.Open() && c.pair() == nil }

func (c *Preference) progress() string {
	if !c.App.Vote.Round.Open() {
		return ""
	}
	return strconv.Itoa(c.done()) + "/" + strconv.Itoa(c.total())
}

func (c *Preference) canStart() bool {
	n, _ := c.App.CanVote()
	return n > 0
}

func (c *Preference) invitation() string {
	sides, ok := c.App.Sides()
	n, identical := c.App.CanVote()
	switch {
	case !ok:
		return T("There is nothing to vote on yet: train, then compare the held-out lines. Or import a round that somebody handed you.")
	case n == 0 && identical == 0:
		return T("The two answered no line in common: compare both on the same held-out lines.")
	case n == 0:
		return T("Both give the same answers in all %d lines: there is nothing to choose between.", identical)
	}
	text := T("%d held-out lines, each answered by both (%s; %s), in random order. You are told which is which at the end.", n, systemTitle(sides[0]), systemTitle(sides[1]))
	if identical > 0 {
		text += " " + T("%d lines have the same answer twice and are left out.", identical)
	}
	return text
}

// systemTitle names one of the systems that are voted on.
func systemTitle(s state.System) string {
	if s.Run == 0 {
		return T("Before")
	}
	return answersTitle(state.Answers{Run: s.Run, Method: s.Method, Step: s.Step})
}

// rivalChoice is where one of the two systems is chosen.
type rivalChoice struct {
	Side          int
	Title, ID, Of string
}

func (c *Preference) rivalChoices() []rivalChoice {
	sides, ok := c.App.Sides()
	if !ok {
		return nil
	}
	return []rivalChoice{
		{0, T("Compare"), "vote-first", strconv.Itoa(sides[0].Run)},
		{1, T("with"), "vote-second", strconv.Itoa(sides[1].Run)},
	}
}

func (c *Preference) chooseSide(side int, event vugu.DOMEvent) {
	if run, err := strconv.Atoi(event.PropString("target", "value")); err == nil {
		c.App.ChooseSide(side, run)
	}
}

func (c *Preference) exportLabel() string {
	if c.App.Vote.Round.Open() {
		return T("Hand the round to another rater")
	}
	return T("Export votes")
}

// answerSide is one of the two cards; nothing in it depends on whose answer it is.
type answerSide struct {
	Side                         int
	Letter, Title, ID, MarkTitle string
	Text                         vugu.HTML
	Ratings                      []rating
}

type rating struct {
	Title, ID string
	Which     int
	Value     string
}

func (c *Preference) sides() []answerSide {
	list := make([]answerSide, 2)
	for side, letter := range []string{"A", "B"} {
		s := answerSide{Side: side, Letter: letter, Title: T("Answer %s", letter), ID: "answer-" + letter, MarkTitle: T("Mark the selected text of %s, or all of it", letter)}
		s.Text = c.marked(side)
		for which, title := range []string{T("Adequacy of %s", letter), T("Fluency of %s", letter)} {
			r := rating{Title: title + ": —", ID: "rate-" + letter + strconv.Itoa(which), Which: which, Value: "50"}
			if value := c.App.Vote.Draft.Ratings[side][which]; value >= 0 {
				r.Value = strconv.Itoa(value)
				r.Title = title + ": " + r.Value
			}
			s.Ratings = append(s.Ratings, r)
		}
		list[side] = s
	}
	return list
}

// marked is the answer on a side, with its marked errors underlined.
func (c *Preference) marked(side int) vugu.HTML {
	text := []rune(c.pair().Shown(side))
	inside := make([]bool, len(text))
	for _, m := range c.App.Vote.Draft.Spans {
		for i := m.Start; m.Side == side && i < min(m.End, len(text)); i++ {
			inside[i] = true
		}
	}
	var b strings.Builder
	for start := 0; start < len(text); {
		end := start + 1
		for end < len(text) && inside[end] == inside[start] {
			end++
		}
		part := string(syllables(string(text[start:end])))
		if inside[start] {
			part = "<mark>" + part + "</mark>"
		}
		b.WriteString(part)
		start = end
	}
	return vugu.HTML(b.String())
}

type choiceButton struct {
	Choice         state.Choice
	Title, Key, ID string
}

func (c *Preference) choices() []choiceButton {
	list := make([]choiceButton, len(vote.Choices))
	for i, choice := range vote.Choices {
		list[i] = choiceButton{choice, choiceTitle(choice), strconv.Itoa(i + 1), "vote-" + strconv.Itoa(i+1)}
	}
	return list
}

func choiceTitle(choice state.Choice) string {
	switch choice {
	case vote.ChooseA:
		return T("A is better")
	case vote.ChooseB:
		return T("B is better")
	case vote.ChooseTie:
		return T("Equally good")
	}
	return T("Both bad")
}

func categoryTitle(category string) string {
	switch category {
	case "mistranslation":
		return T("mistranslation")
	case "omission":
		return T("omission")
	case "addition":
		return T("addition")
	case "grammar":
		return T("grammar")
	case "wrong term":
		return T("wrong term")
	case "untranslated":
		return T("untranslated")
	}
	return T("other")
}

func (c *Preference) category() string {
	if c.kind == "" {
		return vote.Categories[0]
	}
	return c.kind
}

func (c *Preference) selected() string {
	if s := c.App.Vote.Selected; s.Text != "" {
		return T("Selected in %s: %s", []string{"A", "B"}[s.Side], s.Text)
	}
	return T("Select text in an answer to mark a part of it.")
}

func (c *Preference) markTitle(m state.Span) string {
	return []string{"A", "B"}[min(m.Side, 1)] + " · " + categoryTitle(m.Category)
}

func percentage(share float64) string { return strconv.Itoa(percentOf(share)) + " %" }

// titles name the round's systems.
func (c *Preference) titles() (first, second string) {
	systems := c.App.Vote.Round.Systems
	return systemTitle(systems[0]), systemTitle(systems[1])
}

// sentence says the result plainly, and how little it proves.
func (c *Preference) sentence() string {
	t := c.App.Vote.Outcome().Pooled
	first, second := c.titles()
	text := T("“%s” won %d, lost %d, tied %d, both bad %d, of %d votes: it wins %s of the time against “%s”, with a 95 %% interval of %s to %s (Wilson; a tie and both bad count as half a win).",
		second, t.Win, t.Loss, t.Tie, t.Bad, t.N(), percentage(t.Rate.Value), first, percentage(t.Rate.Low), percentage(t.Rate.High))
	switch {
	case t.Rate.Low > 0.5:
		text += " " + T("The interval lies above half: these votes prefer “%s”.", second)
	case t.Rate.High < 0.5:
		text += " " + T("The interval lies below half: these votes prefer “%s”.", first)
	default:
		text += " " + T("The interval holds one half, so these votes do not tell which is better.")
	}
	if t.N() < 100 {
		text += " " + T("So few votes prove little: with 20, even %s could be anything from %s to %s.", "55 %", "34 %", "74 %")
	}
	return text
}

func (c *Preference) columns() []string {
	return []string{T("Win"), T("Tie"), T("Both bad"), T("Loss"), "n", T("Win rate"), T("%d %% interval", 95)}
}

type tallyRow struct {
	Name  string
	Cells []string
}

func (c *Preference) tallies() []tallyRow {
	out := c.App.Vote.Outcome()
	row := func(name string, t vote.Tally) tallyRow {
		return tallyRow{name, []string{strconv.Itoa(t.Win), strconv.Itoa(t.Tie), strconv.Itoa(t.Bad), strconv.Itoa(t.Loss), strconv.Itoa(t.N()),
			percentage(t.Rate.Value), percentage(t.Rate.Low) + " – " + percentage(t.Rate.High)}}
	}
	var list []tallyRow
	for i, t := range out.Raters {
		if t.Rater == "" {
			t.Rater = T("Rater %d", i+1)
		}
		list = append(list, row(t.Rater, t))
	}
	if len(list) > 1 {
		list = append(list, row(T("All together"), out.Pooled))
	}
	return list
}

func (c *Preference) agreement() string {
	out := c.App.Vote.Outcome()
	if !out.Agreed {
		return T("With votes of other raters, imported as files, the page tells how far you agree.")
	}
	return T("Agreement of the raters: Krippendorff’s alpha %s (nominal; 1 is full agreement, 0 is chance).", number(out.Alpha))
}

// ratings sums up what was rated and marked, if anything was.
func (c *Preference) ratings() string {
	t := c.App.Vote.Outcome().Pooled
	var parts []string
	for s, system := range c.App.Vote.Round.Systems {
		name := systemTitle(system)
		if t.AdequacyN[s] > 0 {
			parts = append(parts, name+": "+T("adequacy %s (n = %d)", fmt.Sprintf("%.0f", t.Adequacy[s]), t.AdequacyN[s]))
		}
		if t.FluencyN[s] > 0 {
			parts = append(parts, name+": "+T("fluency %s (n = %d)", fmt.Sprintf("%.0f", t.Fluency[s]), t.FluencyN[s]))
		}
		for _, category := range vote.Categories {
			if n := t.Errors[s][category]; n > 0 {
				parts = append(parts, name+": "+categoryTitle(category)+" "+strconv.Itoa(n))
			}
		}
	}
	return strings.Join(parts, " · ")
}

type votedLine struct{ Said, Source, SourceLang, First, Second, Lang string }

// votes lists the pairs with what was said, now that it is told.
func (c *Preference) votes() []votedLine {
	r := c.App.Vote.Round
	list := make([]votedLine, len(r.Votes))
	for i, v := range r.Votes {
		p := r.Pairs[i]
		said := choiceTitle(v.Choice)
		if s, ok := r.Preferred(i); ok {
			said = T("“%s” was preferred", systemTitle(s))
		}
		list[i] = votedLine{said, p.Example.Source, p.Example.SourceLang, p.Answers[0], p.Answers[1], p.Example.TargetLang}
	}
	return list
}

func (c *Preference) load(event vugu.DOMEvent) {
	if e, ok := event.(files); ok {
		e.ReadFiles(func(name string, data []byte) {
			c.App.Vote.ImportVotes(name, data, state.RandomSeed())
			c.do.Changed()
		})
	}
}

// whole reads a slider.
func whole(e vugu.DOMEvent) int {
	v, _ := typedNumber(e) // a range has always a number
	return int(v)
}
