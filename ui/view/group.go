package view

import (
	"html"
	"slices"
	"strconv"
	"strings"

	"github.com/vugu/vugu"

	"github.com/dongyur/dongyur/core/protocol"
)

func (c *Group) title() string {
	if c.Short {
		return T("Samples of the latest step")
	}
	return T("Inside a step")
}

func (c *Group) hint() string {
	if r := c.App.Run(); r != nil && r.Config.Method == "sft" {
		return "SFT samples nothing: it raises the probability of the references."
	}
	return T("Press Train. The model writes several answers to each prompt; each is scored; answers better than their group's mean become more likely.")
}

func (c *Group) summary() string {
	if c.App.Group == nil {
		return ""
	}
	return "step " + strconv.Itoa(c.App.Group.Step) + ", one of its groups"
}

// source is the prompt; the short view shows the head of a long one.
func (c *Group) source() string {
	text := []rune(c.App.Group.Example.Source)
	if c.Short && len(text) > 160 {
		return string(text[:160]) + "…"
	}
	return string(text)
}

// rows are the completions, best reward first.
func (c *Group) rows() []protocol.Completion {
	rows := slices.Clone(c.App.Group.Completions)
	slices.SortStableFunc(rows, func(a, b protocol.Completion) int {
		switch {
		case a.Reward > b.Reward:
			return -1
		case a.Reward < b.Reward:
			return 1
		}
		return 0
	})
	return rows
}

func (c *Group) flat() bool { return c.App.Group.Std < 1e-9 }

// terms lists the reward terms of the group; the short view has no room for them.
func (c *Group) terms() []string {
	if c.Short {
		return nil
	}
	var names []string
	for _, done := range c.App.Group.Completions {
		for name := range done.Terms {
			if !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	slices.Sort(names)
	return names
}

func (c *Group) widest() float64 {
	widest := 1e-9
	for _, done := range c.App.Group.Completions {
		widest = max(widest, done.Advantage, -done.Advantage)
	}
	return widest
}

func (c *Group) barWidth(advantage float64) string {
	return strconv.FormatFloat(max(advantage, -advantage)/c.widest()*48, 'f', 1, 64)
}

func (c *Group) barX(advantage float64) string {
	return strconv.FormatFloat(50+min(advantage, 0)/c.widest()*48, 'f', 1, 64)
}

func (c *Group) formula() string {
	g := c.App.Group
	return "advantage = (reward − mean) / standard deviation, with this group's mean " + number(g.Mean) +
		" and standard deviation " + number(g.Std) + ". Answers above the mean become more likely."
}

func sign(v float64) string {
	switch {
	case v > 0:
		return "plus"
	case v < 0:
		return "minus"
	}
	return "zero"
}

// syllables keeps ང་། on one line: a line may end after a tsheg, but not between
// the tsheg of ང་ and its shad. The characters stay as they are.
func syllables(text string) vugu.HTML {
	safe := html.EscapeString(text)
	if safe == "" {
		return vugu.HTML(`<span class="note">(empty)</span>`)
	}
	return vugu.HTML(strings.ReplaceAll(safe, "ང་།", `<span class="together">ང་།</span>`))
}
