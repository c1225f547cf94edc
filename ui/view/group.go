package view

import (
	"html"
	"slices"
	"strconv"
	"strings"

	"github.com/vugu/vugu"

	"github.com/dongyur/dongyur/core/protocol"
	"github.com/dongyur/dongyur/ui/state"
)

func (c *Group) hint() string {
	if r := c.App.Run(); r != nil && !c.App.FromGroups(r) {
		return T("This method samples nothing: it raises the probability of given texts.")
	}
	return T("Press Train. The model writes several answers to each prompt; each is scored; answers better than their group's mean become more likely.")
}

func (c *Group) summary() string {
	if c.App.Group == nil {
		return ""
	}
	return T("step %d, one of its groups", c.App.Group.Step)
}

// source is the prompt, or the head of a long one.
func (c *Group) source() string {
	text := []rune(c.App.Group.Example.Source)
	if len(text) > 160 {
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

func (c *Group) flat() bool { return state.Flat(c.App.Group) }

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
	if text == "" {
		return vugu.HTML(`<span class="note">` + html.EscapeString(T("(empty)")) + `</span>`)
	}
	return plain(text)
}

func plain(text string) vugu.HTML {
	return vugu.HTML(strings.ReplaceAll(html.EscapeString(text), "ང་།", `<span class="together">ང་།</span>`))
}
