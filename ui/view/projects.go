package view

import (
	"strconv"
	"strings"

	"github.com/vugu/vugu"

	"github.com/dongyur/dongyur/ui/state"
)

// Keeper is what the browser does with projects. Its methods return at once; what they
// bring about is seen in the state.
type Keeper interface {
	New()
	Switch(id string)
	Duplicate(id, name string)
	Delete(id string)
	DeleteAll()
	Export()
	Import(name string, data []byte)
	ExportVotes()
	MakeMine() // copies the shared project that is shown
	Report()   // tells who runs the hub of it
	Changed()  // something changed outside of an event
}

// everything is asked for instead of one project's ID.
const everything = "*"

// Keep puts what needs keeping on the page: the projects' dialog, the blind vote.
func (c *Page) Keep(do Keeper) {
	c.Projects = &Projects{App: c.App, do: do}
	c.Vote = &Preference{App: c.App, do: do}
	c.keeper = do
}

// keeping tells whether and where the work is kept.
func (c *Projects) keeping() string {
	p := &c.App.Project
	switch p.Keeping {
	case state.Kept:
		if p.Problem != "" {
			return T("Not kept at the moment: %s.", p.Problem)
		}
		text := T("Kept in this browser as you go; nothing leaves this machine.")
		if p.Quota > 0 {
			text += " " + T("%s of %s are used.", megabytes(p.Used), megabytes(p.Quota))
		}
		return text
	case state.InMemory:
		return T("Not kept: %s. Export the project before you close this tab.", p.Problem)
	case state.Shared:
		return T("Shared by somebody, to look at; what you do here is not kept.")
	case state.Elsewhere:
		return T("Another tab has this project open and keeps it; what you do here is not kept.")
	}
	return T("Opening…")
}

func (c *Projects) canKeep() bool {
	return c.App.Project.Keeping == state.Kept || c.App.Project.Keeping == state.Elsewhere
}

// name is the one that was just typed, where the list does not have it yet.
func (c *Projects) name(p state.ProjectInfo) string {
	if p.ID == c.App.Project.ID {
		return c.App.Project.Name
	}
	return p.Name
}

// changed shows an RFC 3339 time to the minute.
func (c *Projects) changed(p state.ProjectInfo) string {
	day, hour, _ := strings.Cut(p.Changed, "T")
	return day + " " + hour[:min(5, len(hour))] + " UTC"
}

func (c *Projects) question() string {
	if c.asked == everything {
		return T("Delete all projects, votes and settings that this page keeps in this browser? Projects: %s. Nothing brings them back.", strconv.Itoa(len(c.App.Project.List)))
	}
	for _, p := range c.App.Project.List {
		if p.ID == c.asked {
			return T("Delete “%s” with its examples, runs and votes? Nothing brings it back.", c.name(p))
		}
	}
	return ""
}

func (c *Projects) delete() {
	if c.asked == everything {
		c.do.DeleteAll()
	} else {
		c.do.Delete(c.asked)
	}
	c.asked = ""
}

func (c *Projects) load(event vugu.DOMEvent) {
	if e, ok := event.(files); ok {
		e.ReadFiles(c.do.Import)
	}
}
