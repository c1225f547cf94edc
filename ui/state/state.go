// Package state is what the page knows, and how it changes.
//
// In go what the user does (methods such as Play) and what the session reports
// (Handle); out come commands for the session, through the function given to New,
// and fields that components show. It touches no browser, so all of it is tested
// natively; one goroutine uses it at a time.
package state

import (
	"github.com/dongyur/dongyur/core/protocol"
	"github.com/dongyur/dongyur/ui/words"
)

// Worker says whether the session can be talked to.
type Worker int

// The worker's states.
const (
	Starting Worker = iota
	Ready
	Broken
)

// App is the whole state.
type App struct {
	View        View
	Part        Part // of the view Compare
	Dialog      Dialog
	Preferences Preferences

	Worker Worker
	Engine string
	// EngineReason says why it was chosen, where there was a choice.
	EngineReason string
	Memory       int64 // bytes that the trainer holds; 0: not told
	DeviceMemory int64 // bytes that its buffers have on a graphics device, besides

	Models []Model // what can be loaded
	Model  int     // index of the one chosen
	Load   Loading

	Task   Task
	Tasks  []protocol.Task     // the session's registry, once it is ready
	Spoken []protocol.Language // and that of languages; any other is taken too
	Method string
	// The session's registries, once it is ready.
	Methods     []protocol.Method
	AllSettings []protocol.Setting     // in the order of the address
	Rewards     []protocol.Term        // in the order in which they are drawn
	Formats     []protocol.TableFormat // that tables are read and written in

	Config map[string]protocol.Train // by method
	Speed  Speed

	EngineAsked string   // by the address; "": the session chooses
	LessonKey   string   // of the lesson that the address names
	Hide        []string // of Hideable

	Table Table

	Runs    []*Run // oldest first; the last one is current
	Group   *protocol.Group
	Samples []protocol.Completion // of the step under way, as they come
	Look    Looking               // inside a step
	Curves  Curves
	Mapping Mapping // on the map of meanings
	Scrub   int     // place among the run's snapshots that is looked at
	Hover   int     // step under the pointer in every chart, from 1; 0: none

	Terms map[string]Term // what the help says, once it has arrived
	Help  string          // key of the term whose help is open
	Sheet bool            // on a phone: the settings are up

	Comparison Comparison
	Review     Review
	Try        Try
	Adapter    Adapter
	Notices    []Notice
	Project    Project
	Vote       Voting

	TibetanFont bool // false: the page found no font with Tibetan letters
	FontKnown   bool // the page has looked

	// Later does something after so many milliseconds; nil where there is no clock.
	Later func(milliseconds int, do func())

	send    func(protocol.Command)
	nextID  int
	waiting map[int]func(protocol.Event) // what to do at each command's end
	asked   map[int]func(protocol.Event) // who takes a command's events before its end
	trainID int                          // the running Train command; 0: none

	beat    int  // counts the waits of a slow run: only the last one may act
	auto    bool // the run goes step by step, with a while between
	pausing bool // a pause was asked for and the step is not over

	tableHere    bool        // Methods are the session's
	addressed    bool        // the page was opened with an address that says what to run
	parameters   []parameter // of the address
	pending      []KeyValue  // of the address, not taken over yet
	homeLanguage string      // what the page speaks if nobody chooses
}

// New returns the state of a page that has just opened. send takes a command to
// the session.
func New(send func(protocol.Command)) *App {
	a := &App{
		View:        Train,
		Part:        PartExamples,
		Preferences: Preferences{Theme: Themes[0], TibetanSize: TibetanSizes[0]},
		Task:        homeTask,
		Method:      Recipes[0].Method,
		Curves:      Curves{Every: measureEvery},
		Config:      map[string]protocol.Train{},
		Speed:       Normal,
		Project:     newProject(),
		send:        send,
		waiting:     map[int]func(protocol.Event){},
		asked:       map[int]func(protocol.Event){},
	}
	a.parameters = a.makeParameters()
	return a
}

// Notice tells the user something: a warning, or an error with what to do next.
type Notice struct {
	Error bool
	Text  string
	Retry func() // nil: nothing to do about it
	Undo  bool   // Retry brings back what was there before
	NoGPU bool   // putting it away is remembered
	Do    string // what the button of Retry says instead, where there is a word for it
}

// Dismiss takes a notice away.
func (a *App) Dismiss(i int) {
	if i < len(a.Notices) {
		a.Preferences.NoGPUKnown = a.Preferences.NoGPUKnown || a.Notices[i].NoGPU
		a.Notices = append(a.Notices[:i:i], a.Notices[i+1:]...)
	}
}

func (a *App) notify(n Notice) {
	for i, old := range a.Notices {
		if old.Text == n.Text {
			a.Notices[i] = n
			return
		}
	}
	a.Notices = append(a.Notices, n)
	if len(a.Notices) > 4 {
		a.Notices = a.Notices[1:]
	}
}

// command sends c with an ID of its own and keeps what to do when it ends.
func (a *App) command(c protocol.Command, then func(end protocol.Event)) int {
	a.nextID++
	c.ID = a.nextID
	if then != nil {
		a.waiting[c.ID] = then
	}
	a.send(c)
	return c.ID
}

// ask is command for one that is answered with events of its own; take gets those.
func (a *App) ask(c protocol.Command, then, take func(protocol.Event)) int {
	id := a.command(c, then)
	a.asked[id] = take
	return id
}

// Say tells the user something that needs no answer.
func (a *App) Say(text string) { a.notify(Notice{Text: text}) }

// Fail shows an error that is no command's.
func (a *App) Fail(text string, retry func()) {
	a.notify(Notice{Error: true, Text: text, Retry: retry})
}

// Offer shows something that the user may do, with a button that says what.
func (a *App) Offer(text, button string, do func()) {
	a.notify(Notice{Text: text, Do: button, Retry: do})
}

// Notify shows something that is no command's and no error.
func (a *App) Notify(text string) { a.notify(Notice{Text: text}) }

// Remains says what there will be of the run under way once its worker is gone.
func (a *App) Remains() string {
	r := a.Run()
	switch {
	case r == nil || r.dropped || r.Ended && r.saved > 0:
		return words.T("Retry starts it again.")
	case r.saved == 0:
		return words.T("Retry starts it again; what it had learned is gone.")
	}
	return words.T("Retry starts it again; the run goes on from step %d.", r.saved)
}

// WorkerFailed tells the user that the worker did not start or has ended. What it
// held is gone; the examples and the curves are the page's own and stay.
func (a *App) WorkerFailed(text string, retry func()) {
	a.Worker = Broken
	a.Load, a.Comparison, a.Adapter = Loading{}, Comparison{}, Adapter{}
	if a.Try.Status == InProgress {
		a.tryEnds(protocol.Event{Type: protocol.EvFailed, Message: text})
	}
	a.Table.Reading, a.Table.inspecting, a.Table.changed = false, false, true
	a.asked = map[int]func(protocol.Event){}
	a.waiting, a.trainID = map[int]func(protocol.Event){}, 0
	if r := a.Run(); r != nil {
		r.interrupt()
	}
	a.notify(Notice{Error: true, Text: text, Retry: retry})
}
