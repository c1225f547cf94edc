package state

// View is one of the page's views.
type View string

// The views, in the order of their tabs.
const (
	Train   View = "train"
	Inside  View = "inside"
	Compare View = "compare"
	Lessons View = "lessons"
)

// Part is a sub-tab of the view Compare: three steps in their order, and what one
// does with the result.
type Part string

// The parts of Compare.
const (
	PartExamples Part = "examples"
	PartTune     Part = "tune"
	PartCompare  Part = "compare"
	PartVote     Part = "vote"
	PartTry      Part = "try"
)

// Dialog is what lies over the page.
type Dialog string

// The dialogs; one at a time is open.
const (
	NoDialog       Dialog = ""
	ProjectsDialog Dialog = "projects"
	PageDialog     Dialog = "page" // language, theme, size of the Tibetan
)

// Show opens a view; the views that show results ask for them.
func (a *App) Show(v View) {
	a.View = v
	if v == Inside {
		a.AskGroup()
	}
}

// ShowPart opens a part of the view Compare.
func (a *App) ShowPart(p Part) {
	a.Part = p
	a.Show(Compare)
}

// Open puts a dialog over the page; NoDialog takes it away.
func (a *App) Open(d Dialog) { a.Dialog = d }

// RaiseSheet shows the settings on a phone, LowerSheet puts them away.
func (a *App) RaiseSheet() {
	a.Show(Train)
	a.Sheet = true
}

// LowerSheet undoes RaiseSheet.
func (a *App) LowerSheet() { a.Sheet = false }
