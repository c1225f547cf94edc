package state

import (
	"bytes"
	"encoding/json"
	"path"
	"slices"
	"strconv"

	"github.com/dongyur/dongyur/core/protocol"
	"github.com/dongyur/dongyur/ui/words"
)

// keepEvery is after how many steps the session keeps a run.
const keepEvery = 2

// keptRun is a run on file, beside the files that the session wrote in its folder.
type keptRun struct {
	Number  int            `json:"number"`
	Folder  int            `json:"folder,omitempty"` // runs/FOLDER; 0: it was not kept
	Task    string         `json:"task"`
	Model   string         `json:"model"`
	Config  protocol.Train `json:"config"`
	Changed string         `json:"changed,omitempty"`
	Ended   bool           `json:"ended,omitempty"`
	Dropped bool           `json:"dropped,omitempty"`

	Examples int  `json:"examples,omitempty"`
	Slot     int  `json:"slot,omitempty"`
	Pinned   bool `json:"pinned,omitempty"`
}

func (a *App) keptRuns() any {
	list := make([]keptRun, len(a.Runs))
	for i, r := range a.Runs {
		list[i] = keptRun{r.Number, r.folder, r.Task.Key, r.model, r.Config, r.Changed, r.Ended, r.dropped, r.Examples, r.Slot, r.Pinned}
		list[i].Config.Dir = "" // another one after an import
	}
	return list
}

func (a *App) takeRuns(data []byte) error {
	var list []keptRun
	if err := json.Unmarshal(data, &list); err != nil {
		return err
	}
	a.Runs = nil
	for _, k := range list {
		r := &Run{Number: k.Number, Config: k.Config, Phase: Idle, Ended: k.Ended, Changed: k.Changed, folder: k.Folder, model: k.Model, dropped: k.Dropped,
			Examples: k.Examples, Slot: k.Slot, Pinned: k.Pinned}
		r.method = a.method(k.Config.Method)
		if r.Slot < 1 || r.Slot > maxRuns || slices.ContainsFunc(a.Runs, func(other *Run) bool { return other.Slot == r.Slot }) {
			r.Slot = a.freeSlot()
		}
		if t, err := ParseTask(k.Task); err == nil {
			r.Task = t
		}
		a.Runs = append(a.Runs, r)
	}
	return nil
}

// takeLogs fills the runs with what they reported, up to where the session kept them.
// A run that was under way goes on from there; one that was not kept at all has ended.
func (a *App) takeLogs(files map[string][]byte) {
	for _, r := range a.Runs {
		folder := path.Join(runsFolder, strconv.Itoa(r.folder))
		var saved struct {
			Step int `json:"step"`
		}
		if err := json.Unmarshal(files[path.Join(folder, "run.json")], &saved); err != nil || r.folder == 0 {
			r.dropped = true
		}
		r.saved = saved.Step
		for line := range bytes.Lines(files[path.Join(folder, "metrics.jsonl")]) {
			var ev protocol.Event
			if json.Unmarshal(line, &ev) == nil { // a crash may have cut the last one off
				r.take(ev)
			}
		}
		r.cut(r.saved)
		r.dropped = r.dropped || a.Project.Keeping == Elsewhere // whose run it is
		r.interrupted = !r.Ended && !r.dropped && r.saved < r.Config.Steps
		r.Ended = !r.interrupted
	}
	if r := a.Run(); r != nil && r.interrupted {
		a.notify(Notice{Text: words.T("Run %d was interrupted. Resume goes on from step %d of %d.", r.Number, r.saved, r.Config.Steps)})
	}
}

// keepRun gives a run that starts a folder where one is kept.
func (a *App) keepRun(r *Run) {
	if m, ok := a.Chosen(); ok {
		r.model = m.Path
	}
	if a.Project.Keeping != Kept {
		return
	}
	a.Project.folders++
	r.folder = a.Project.folders
	r.Config.Dir, r.Config.SaveEvery = a.runFolder(r.folder), keepEvery
}

// goneFolders are those of runs that were taken off the list.
func (a *App) goneFolders() []string {
	if a.Project.Keeping != Kept {
		return nil
	}
	listed := map[int]bool{}
	for _, r := range a.Runs {
		listed[r.folder] = true
	}
	var gone []string
	for n := 1; n <= a.Project.folders; n++ {
		if !listed[n] && !a.Project.removed[n] {
			gone = append(gone, a.runFolder(n))
			a.Project.removed[n] = true
		}
	}
	return gone
}

// takeSaved notes up to where the run under way is kept.
func (a *App) takeSaved(ev protocol.Event) {
	if r := a.Run(); r != nil && ev.Saved != nil && r.folder > 0 && ev.Saved.Dir == a.runFolder(r.folder) {
		r.saved = ev.Saved.Step
	}
}

// interrupted tells that the current run waits to go on from where it was kept.
func (a *App) interrupted() bool {
	r := a.Run()
	return r != nil && r.interrupted
}

// interrupt ends what the page waits for of a run whose worker is gone; it goes on
// from where it was kept, if it was.
func (r *Run) interrupt() {
	r.Phase = Idle
	if r.interrupted = !r.Ended && r.folder > 0 && r.saved > 0; r.interrupted {
		r.cut(r.saved)
		return
	}
	r.Ended = true
	r.dropped = r.dropped || r.folder == 0 || r.saved == 0
}

// restorable is the run whose adapter a session that has just started can read again, or
// nil.
func (a *App) restorable() *Run {
	m, ok := a.Chosen()
	if r := a.Run(); ok && r != nil && !r.dropped && (a.Project.Keeping == Kept && r.folder > 0 || r.files != nil) && r.saved > 0 && r.model == m.Path {
		return r
	}
	return nil
}

// restoreThen opens a run where it was kept. A run that cannot be read again is told
// and given up; then the model is loaded without it.
func (a *App) restoreThen(r *Run, next func()) {
	a.Load = Loading{Status: InProgress}
	command := protocol.Restore{Files: r.files}
	if r.files == nil {
		command.Dir = a.runFolder(r.folder)
	}
	a.command(protocol.Command{Type: protocol.CmdRestore, Restore: &command}, func(end protocol.Event) {
		if end.Type == protocol.EvFailed {
			a.notify(Notice{Error: true, Text: words.T("Run %d cannot be opened again: %s", r.Number, end.Message)})
			r.dropped, r.interrupted, r.Ended = true, false, true
			a.Load = Loading{}
			a.loadThen(next)
			return
		}
		a.Load.Status = Loaded
		next()
	})
}

// goOn resumes an interrupted run, or runs one step of it.
func (a *App) goOn(oneStep bool) {
	r := a.Run()
	if a.Load.Status == InProgress {
		return
	}
	a.restoreThen(r, func() {
		if !r.interrupted {
			return // it could not be opened; the model is there
		}
		r.interrupted = false
		r.Phase, r.began = Training, a.Table.Rows
		kind := protocol.CmdResume
		if oneStep {
			kind = protocol.CmdStep
		}
		a.trainID = a.command(protocol.Command{Type: kind}, a.runEnds(r))
	})
}

// AdapterFile is where the adapter of a system that was voted on is kept, or "".
func (a *App) AdapterFile(s *System) string {
	for _, r := range a.Runs {
		if s.Run > 0 && r.Number == s.Run && r.folder > 0 {
			return path.Join(folderOf(a.Project.ID), runsFolder, strconv.Itoa(r.folder), "adapter_model.safetensors")
		}
	}
	return ""
}
