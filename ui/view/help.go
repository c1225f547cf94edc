package view

import (
	"strings"

	"github.com/vugu/vugu"

	"github.com/dongyur/dongyur/ui/state"
)

// Helps keeps one component for each term.
type Helps struct {
	app *state.App
	all map[string]vugu.Builder
}

func newHelps(app *state.App) *Helps { return &Helps{app: app, all: map[string]vugu.Builder{}} }

// of is the help for a term; for a term that has none it is nothing.
func (h *Helps) of(key string) vugu.Builder {
	if h.all[key] == nil {
		h.all[key] = &Help{App: h.app, key: key}
	}
	return h.all[key]
}

func (c *Help) entry() state.Term { return c.App.Explained(c.key) }

func (c *Help) open() bool { return c.App.Help == c.key && c.entry().Text != "" }

func (c *Help) toggle() { c.App.AskHelp(c.key) }

func (c *Help) label() string { return T("What is “%s”?", c.entry().Title) }

// short is the first sentence, for the pointer that rests on the mark.
func (c *Help) short() string {
	text := c.entry().Text
	for _, end := range []string{". ", "。"} {
		if first, _, found := strings.Cut(text, end); found {
			return first + strings.TrimSpace(end)
		}
	}
	return text
}

func (c *Help) text() string { return c.entry().Text }

// paperAddress is where a term's paper can be read.
func paperAddress(paper string) string {
	if number, ok := strings.CutPrefix(paper, "arXiv "); ok {
		return "https://arxiv.org/abs/" + number
	}
	return paper
}

func paperTitle(paper string) string {
	if strings.HasPrefix(paper, "arXiv ") {
		return paper
	}
	return T("Read more")
}
