package view

import (
	"slices"
	"strconv"
	"strings"

	"github.com/vugu/vugu"

	"github.com/dongyur/dongyur/core/protocol"
	"github.com/dongyur/dongyur/ui/state"
)

func (c *Comparison) status() string {
	k := &c.App.Comparison
	switch {
	case k.Status == state.InProgress:
		return "answering… " + strconv.Itoa(len(k.Lines)) + " lines"
	case len(k.Lines) > 0:
		return strconv.Itoa(len(k.Lines)) + " lines, after step " + strconv.Itoa(k.Step)
	}
	return ""
}

func (c *Comparison) canCompare() bool {
	return c.App.Worker == state.Ready && !c.App.Busy() && c.App.Comparison.Status != state.InProgress
}

func (c *Comparison) canDownload() bool {
	return c.App.Trained() && !c.App.Busy() && !c.App.Adapter.Saving
}

func (c *Comparison) save() {
	name := "dongyur-adapter"
	if m, ok := c.App.Chosen(); ok {
		name = "dongyur-" + m.Name + "-" + c.App.Task.Key
	}
	c.App.SaveAdapter(func(files []protocol.File) { c.download(name, files) })
}

type score struct{ Name, Signature, Before, After, Change, Interval, Sign string }

// scores joins the two sides' scores by name.
func (c *Comparison) scores() []score {
	var list []score
	row := func(name string) *score {
		i := slices.IndexFunc(list, func(s score) bool { return s.Name == name })
		if i < 0 {
			list = append(list, score{Name: name})
			i = len(list) - 1
		}
		return &list[i]
	}
	for _, side := range c.App.Comparison.Scores {
		for _, s := range side.Scores {
			r := row(s.Name)
			r.Signature = s.Signature
			if side.Which == "base" {
				r.Before = number(s.Value)
			} else {
				r.After = number(s.Value)
			}
		}
		for _, s := range side.Change {
			r := row(s.Name)
			r.Change = signed(s.Value)
			if s.Low > 0 || s.High < 0 { // a colour only where the interval leaves 0 out
				r.Sign = sign(s.Value)
			}
			r.Interval = signed(s.Low) + " to " + signed(s.High)
		}
	}
	return list
}

// caution says how little a few lines prove.
func (c *Comparison) caution() string {
	n := len(c.App.Comparison.Lines)
	for _, s := range c.App.Comparison.Scores {
		n = max(n, s.Count)
	}
	return "Measured on " + strconv.Itoa(n) + " lines. An interval that holds 0 shows no difference yet; more held-out lines narrow it."
}

// sideTitle names a side with its metrics of this line.
func (c *Comparison) sideTitle(title, side string, l protocol.Compared) string {
	var names []string
	for name := range l.Metrics {
		if base, found := strings.CutSuffix(name, "_"+side); found {
			names = append(names, base)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		title += " · " + name + " " + strings.Replace(strconv.FormatFloat(l.Metrics[name+"_"+side], 'f', 2, 64), "-", "−", 1)
	}
	return title
}

// marked tints the syllables of After that Before does not have.
func marked(l protocol.Compared) vugu.HTML {
	if l.After == "" || l.Before == "" {
		return syllables(l.After)
	}
	var b strings.Builder
	for _, piece := range state.Differences(l.Before, l.After, l.Example.TargetLang) {
		if piece.New {
			b.WriteString(`<ins>` + string(syllables(piece.Text)) + `</ins>`)
		} else {
			b.WriteString(string(syllables(piece.Text)))
		}
	}
	return vugu.HTML(b.String())
}
