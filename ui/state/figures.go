package state

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/dongyur/dongyur/core/protocol"
)

// Figures are what a lesson's texts can refer to: numbers and texts of its runs, by
// name. A name is SERIES.POINT, with "2." before it for the second run and so on;
// seriesNames and pointNames list both. Texts are in lessonTexts.
type Figures struct {
	numbers map[string]float64
	texts   map[string]string
}

// Points of a series that have a figure.
var pointNames = []string{
	"first", "last", "least", "most",
	"start", "end", // means of the first and of the last settled steps
	"rise", // end less start
}

// settled is how many steps a start or an end is the mean of: one step's prompts
// differ too much from the next one's.
const settled = 5

// Series of a run. A reward's terms are called term-NAME, and the loss of other
// languages above the base model's forgot-LANGUAGE.
var seriesNames = []string{
	"reward", "kl", "entropy", "length", "clip", "flat", "loss",
	"term-similarity", "term-language", "term-length", "term-repetition", "term-copy", "term-consistency",
	"forgot-en", "forgot-zh",
	"best", "worst", "mean", "spread", "different", "advantage", // of the first group of each step
}

// Figures that are no series: of a run's settings, and of before and after on the
// held-out lines.
var plainNames = []string{
	"steps", "prompts", "group", "examples", "seconds",
	"similarity.before", "similarity.after", "similarity.change", "similarity.low", "similarity.high",
	"chrf.before", "chrf.after", "chrf.change", "chrf.low", "chrf.high", "lines",
	"distinct.before", "distinct.after", // how many different answers the held-out lines got
	// Of facts: shares of held-out questions whose answer is right, or is at least the
	// answer to one of them in the same language.
	"right.before", "right.after", "named.before", "named.after",
	"right-bo.after", "right-zh.after", "right-en.after", "named-bo.after", "named-zh.after", "named-en.after",
}

// Texts of the first group of the first and of the last step, and of the first line
// that is held out.
var lessonTexts = []string{
	"held.prompt", "held.reference", "held.before", "held.after",
	"prompt.first", "reference.first", "best-answer.first", "worst-answer.first",
	"prompt.last", "reference.last", "best-answer.last", "worst-answer.last",
}

// FigureKnown tells whether a name means something, whatever was run.
func FigureKnown(name string) bool {
	_, name = runOf(name)
	if slices.Contains(plainNames, name) || slices.Contains(lessonTexts, name) {
		return true
	}
	series, point, _ := strings.Cut(name, ".")
	return slices.Contains(seriesNames, series) && slices.Contains(pointNames, point)
}

// runOf splits the run off a name: "2.kl.last" is of the second.
func runOf(name string) (run int, rest string) {
	before, after, _ := strings.Cut(name, ".")
	if n, err := strconv.Atoi(before); err == nil && n >= 1 {
		return n, after
	}
	return 1, name
}

func canonical(name string) string {
	run, rest := runOf(name)
	return strconv.Itoa(run) + "." + rest
}

// Number is a figure, and whether it is known.
func (f Figures) Number(name string) (float64, bool) {
	v, known := f.numbers[canonical(name)]
	return v, known && !math.IsNaN(v) && !math.IsInf(v, 0)
}

// outcome is what one run of a lesson has given.
type outcome struct {
	run    *Run
	groups []*protocol.Group // the first one of each step
	scores []protocol.Scores // before and after
	lines  []protocol.Compared
}

// figuresOf names all that runs have given.
func figuresOf(runs []outcome) Figures {
	f := Figures{map[string]float64{}, map[string]string{}}
	for i, o := range runs {
		if o.run != nil {
			f.add(strconv.Itoa(i+1)+".", o)
		}
	}
	return f
}

func (f Figures) add(prefix string, o outcome) {
	set := func(name string, v float64) { f.numbers[prefix+name] = v }
	set("steps", float64(len(o.run.Steps)))
	set("prompts", float64(o.run.Config.Prompts))
	set("group", float64(o.run.Config.Group))
	set("examples", float64(o.run.Examples))
	series := seriesOf(o)
	for name, values := range series {
		for point, v := range pointsOf(values) {
			set(name+"."+point, v)
		}
	}
	if seconds := series["seconds"]; len(seconds) > 0 {
		sum := 0.0
		for _, v := range seconds {
			sum += v
		}
		set("seconds", sum)
	}
	f.addScores(prefix, o.scores)
	f.addLines(prefix, o.lines)
	if n := len(o.groups); n > 0 {
		f.addTexts(prefix, "first", o.groups[0])
		f.addTexts(prefix, "last", o.groups[n-1])
	}
}

// seriesOf are a run's values in the order of its steps.
func seriesOf(o outcome) map[string][]float64 {
	series := map[string][]float64{}
	add := func(name string, v float64) { series[name] = append(series[name], v) }
	for _, s := range o.run.Steps {
		add("loss", s.Loss)
		add("seconds", s.Seconds)
		if s.Terms == nil {
			continue
		}
		add("reward", s.Reward)
		add("kl", s.KL)
		add("entropy", s.Entropy)
		add("length", s.Length)
		add("clip", s.ClipShare)
		add("flat", s.ZeroSpreadShare)
		for name, v := range s.Terms {
			add("term-"+name, v)
		}
	}
	for _, t := range o.run.Tax {
		for language, drift := range t.Drift {
			add("forgot-"+language, drift.Mean)
		}
	}
	for _, g := range o.groups {
		best, worst := extremes(g)
		add("best", best.Reward)
		add("worst", worst.Reward)
		add("mean", g.Mean)
		add("spread", g.Std)
		add("advantage", best.Advantage)
		add("different", float64(different(g)))
	}
	return series
}

func pointsOf(values []float64) map[string]float64 {
	if len(values) == 0 {
		return nil
	}
	n := min(settled, len(values))
	start, end := average(values[:n]), average(values[len(values)-n:])
	return map[string]float64{
		"first": values[0], "last": values[len(values)-1], "least": slices.Min(values), "most": slices.Max(values),
		"start": start, "end": end, "rise": end - start,
	}
}

func average(values []float64) float64 {
	sum := 0.0
	for _, v := range values {
		sum += v
	}
	return sum / float64(len(values))
}

// extremes are a group's best and worst completions.
func extremes(g *protocol.Group) (best, worst protocol.Completion) {
	for i, c := range g.Completions {
		if i == 0 || c.Reward > best.Reward {
			best = c
		}
		if i == 0 || c.Reward < worst.Reward {
			worst = c
		}
	}
	return best, worst
}

// different counts a group's texts, each once.
func different(g *protocol.Group) int {
	seen := map[string]bool{}
	for _, c := range g.Completions {
		seen[strings.TrimSpace(c.Text)] = true
	}
	return len(seen)
}

func (f Figures) addScores(prefix string, scores []protocol.Scores) {
	short := map[string]string{"similarity": "similarity", "chrF2++": "chrf"}
	for _, s := range scores {
		f.numbers[prefix+"lines"] = float64(s.Count)
		side := ".before"
		if s.Which == "adapter" {
			side = ".after"
		}
		for _, score := range s.Scores {
			if name := short[score.Name]; name != "" {
				f.numbers[prefix+name+side] = score.Value
			}
		}
		for _, score := range s.Change {
			if name := short[score.Name]; name != "" {
				f.numbers[prefix+name+".change"] = score.Value
				f.numbers[prefix+name+".low"], f.numbers[prefix+name+".high"] = score.Low, score.High
			}
		}
	}
}

// addLines counts which held-out questions were answered.
func (f Figures) addLines(prefix string, lines []protocol.Compared) {
	names := map[string][]string{} // by language
	for i, l := range lines {
		if i == 0 {
			f.texts[prefix+"held.prompt"], f.texts[prefix+"held.reference"] = l.Example.Source, l.Example.Reference
			f.texts[prefix+"held.before"], f.texts[prefix+"held.after"] = l.Before, l.After
		}
		names[l.Example.TargetLang] = append(names[l.Example.TargetLang], l.Example.Reference)
	}
	hits, all := map[string]int{}, map[string]int{}
	count := func(what, language, side, answer string, wanted ...string) {
		for _, name := range []string{what + side, what + "-" + language + side} {
			all[name]++
			if slices.ContainsFunc(wanted, func(w string) bool { return w != "" && strings.Contains(answer, w) }) {
				hits[name]++
			}
		}
	}
	before, after := map[string]bool{}, map[string]bool{}
	for _, l := range lines {
		before[strings.TrimSpace(l.Before)], after[strings.TrimSpace(l.After)] = true, true
		code := l.Example.TargetLang
		for side, answer := range map[string]string{".before": l.Before, ".after": l.After} {
			count("right", code, side, answer, l.Example.Reference)
			count("named", code, side, answer, names[code]...)
		}
	}
	for side, answers := range map[string]map[string]bool{"before": before, "after": after} {
		if len(lines) > 0 {
			f.numbers[prefix+"distinct."+side] = float64(len(answers))
		}
	}
	for name, n := range all {
		f.numbers[prefix+name] = float64(hits[name]) / float64(n)
	}
}

func (f Figures) addTexts(prefix, point string, g *protocol.Group) {
	best, worst := extremes(g)
	f.texts[prefix+"prompt."+point], f.texts[prefix+"reference."+point] = g.Example.Source, g.Example.Reference
	f.texts[prefix+"best-answer."+point], f.texts[prefix+"worst-answer."+point] = best.Text, worst.Text
}

// piece is a part of a text: plain, or a figure with how it is shown.
type piece struct {
	text   string // plain, or the figure's name
	figure bool
	format string // "": plainly; "percent", "signed", "whole"
}

func (p piece) check() error {
	switch {
	case !p.figure:
		if strings.ContainsAny(p.text, "{}") {
			return fmt.Errorf("a brace stands alone in %q", p.text)
		}
	case !FigureKnown(p.text):
		return fmt.Errorf("there is no figure {%s}", p.text)
	case !slices.Contains([]string{"", "percent", "signed", "whole"}, p.format):
		return fmt.Errorf("{%s|%s}: choose percent, signed or whole", p.text, p.format)
	}
	return nil
}

// pieces cuts a text at its braces; {name|format} is a figure.
func pieces(text string) []piece {
	var list []piece
	for text != "" {
		before, rest, found := strings.Cut(text, "{")
		inside, after, closed := strings.Cut(rest, "}")
		if !found || !closed {
			return append(list, piece{text: text})
		}
		if before != "" {
			list = append(list, piece{text: before})
		}
		name, format, _ := strings.Cut(inside, "|")
		list = append(list, piece{text: name, figure: true, format: format})
		text = after
	}
	return list
}

// Fill puts figures into a text; false where one of them is not known.
func (f Figures) Fill(text string) (string, bool) {
	var b strings.Builder
	for _, p := range pieces(text) {
		if !p.figure {
			b.WriteString(p.text)
			continue
		}
		if words, known := f.texts[canonical(p.text)]; known {
			b.WriteString(strings.TrimSpace(words))
			continue
		}
		v, known := f.Number(p.text)
		if !known {
			return "", false
		}
		b.WriteString(written(v, p.format))
	}
	return b.String(), true
}

// written is a number for people, with a true minus.
func written(v float64, format string) string {
	text := ""
	switch size := math.Abs(v); {
	case format == "percent":
		text = strconv.FormatFloat(100*v, 'f', 0, 64) + " %"
	case format == "whole" || v == math.Trunc(v) && size < 1e6:
		text = strconv.FormatFloat(v, 'f', 0, 64)
	case size >= 100:
		text = strconv.FormatFloat(v, 'f', 0, 64)
	case size >= 10:
		text = strconv.FormatFloat(v, 'f', 1, 64)
	case size >= 0.0995:
		text = strconv.FormatFloat(v, 'f', 2, 64)
	case size >= 0.0005:
		text = strconv.FormatFloat(v, 'f', 3, 64)
	default:
		text = strconv.FormatFloat(v, 'g', 1, 64)
	}
	if format == "signed" && v > 0 {
		text = "+" + text
	}
	return strings.Replace(text, "-", "−", 1)
}

// comparison is one of a condition's: a figure or a number, a sign, another one.
type comparison struct{ left, sign, right string }

// parseCondition reads comparisons with commas between them, all of which must hold:
// "kl.last > 0.5, flat.end < 0.2". An empty text is no condition.
func parseCondition(text string) ([]comparison, error) {
	if text == "" {
		return nil, nil
	}
	var list []comparison
	for _, part := range strings.Split(text, ",") {
		words := strings.Fields(part)
		if len(words) != 3 || !slices.Contains([]string{"<", "<=", ">", ">="}, words[1]) {
			return nil, fmt.Errorf("%q is no comparison such as kl.last > 0.5", part)
		}
		for _, side := range []string{words[0], words[2]} {
			if _, err := strconv.ParseFloat(side, 64); err != nil && !FigureKnown(side) {
				return nil, fmt.Errorf("%q: there is no figure %q", part, side)
			}
		}
		list = append(list, comparison{words[0], words[1], words[2]})
	}
	return list, nil
}

// Holds tells whether a condition is met; known is false where a figure is missing.
func (f Figures) Holds(text string) (holds, known bool) {
	list, err := parseCondition(text)
	if err != nil {
		return false, false
	}
	value := func(side string) (float64, bool) {
		if v, err := strconv.ParseFloat(side, 64); err == nil {
			return v, true
		}
		return f.Number(side)
	}
	for _, c := range list {
		left, leftKnown := value(c.left)
		right, rightKnown := value(c.right)
		if !leftKnown || !rightKnown {
			return false, false
		}
		switch {
		case c.sign == "<" && left < right, c.sign == "<=" && left <= right, c.sign == ">" && left > right, c.sign == ">=" && left >= right:
		default:
			return false, true
		}
	}
	return true, true
}

// Show is a block with its figures, and whether it is to be shown.
func (f Figures) Show(b Block) (Block, bool) {
	if holds, known := f.Holds(b.When); !known || !holds {
		return b, false
	}
	if holds, known := f.Holds(b.Unless); b.Unless != "" && (!known || holds) {
		return b, false
	}
	all := true
	fill := func(text string) string {
		filled, known := f.Fill(text)
		all = all && known
		return filled
	}
	b.Text, b.Formula = fill(b.Text), fill(b.Formula)
	list := make([]string, len(b.List))
	for i, item := range b.List {
		list[i] = fill(item)
	}
	b.List = list
	return b, all
}
