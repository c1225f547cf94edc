package view

import (
	"strconv"
	"strings"

	"github.com/vugu/vugu"

	"github.com/dongyur/dongyur/ui/state"
)

// shortLength bounds the letters of a prompt that the playground shows.
const shortLength = 90

func shortened(text string) string {
	if letters := []rune(text); len(letters) > shortLength {
		return string(letters[:shortLength]) + "…"
	}
	return text
}

func (c *Playground) shots() int {
	if r := c.App.Run(); r != nil {
		return len(r.Snapshots)
	}
	return 0
}

func (c *Playground) place() int { return min(c.App.Scrub, max(c.shots()-1, 0)) }

// at says which step is looked at.
func (c *Playground) at() string {
	r := c.App.Run()
	if r == nil {
		return ""
	}
	shot, ok := r.Shot(c.App.Scrub)
	if !ok {
		return ""
	}
	return T("after step %d of %d", shot.Step, r.Config.Steps)
}

func (c *Playground) scrub(e vugu.DOMEvent) {
	if place, err := strconv.Atoi(e.PropString("target", "value")); err == nil {
		c.App.ScrubTo(place)
	}
}

func (c *Playground) tag(heldOut bool) string {
	if heldOut {
		return T("held out")
	}
	return T("learned from")
}

func (c *Playground) examples() string {
	train, heldOut := c.App.Table.Counts()
	return T("The model learns from %d examples; %d are held out and only measured on.", train, heldOut)
}

// changed tints the syllables of a text that another does not have.
func changed(before, after, tag string) vugu.HTML {
	if after == "" || before == "" {
		return syllables(after)
	}
	var b strings.Builder
	for _, piece := range state.Differences(before, after, tag) {
		if piece.New {
			b.WriteString(`<ins>` + string(syllables(piece.Text)) + `</ins>`)
		} else {
			b.WriteString(string(syllables(piece.Text)))
		}
	}
	return vugu.HTML(b.String())
}
