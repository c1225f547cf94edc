package state

import (
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"io/fs"
	"path"
	"strconv"
	"strings"

	"github.com/dongyur/dongyur/core/archive"
	"github.com/dongyur/dongyur/core/protocol"
	"github.com/dongyur/dongyur/core/task"
	"github.com/dongyur/dongyur/ui/words"
)

// A project is a folder of files: documents that the page writes, one for each thing
// that changes by itself, and a folder for each run that the session writes
// (run.json, metrics.jsonl, completions.jsonl, the adapter in PEFT's form and the
// training state). Exported it is the same files in a zip.
const (
	projectsFolder = "projects"
	projectFile    = archive.ManifestName
	runsFolder     = "runs"
)

// Storage keeps files by path. Its calls may wait, so it is used beside the state's
// events: what is written is put together before the first call, and what is read is
// taken over after the last one.
type Storage interface {
	Write(path string, data []byte) error         // in one move
	Read(path string) ([]byte, error)             // fs.ErrNotExist where there is none
	List(folder string) (names []string, e error) // folders end in a slash
	Remove(path string) error                     // a folder with all that is in it
}

// Keeping says whether the work is kept.
type Keeping int

// The ways of keeping.
const (
	Opening   Keeping = iota // the page has not looked yet
	Kept                     // in the browser's storage, as one goes
	InMemory                 // until the tab is closed: Problem says why
	Elsewhere                // another tab has the project open; this one keeps nothing
	Shared                   // it is somebody's on the hub, to look at; nothing is kept
)

// newProject is one without a name of its own yet.
func newProject() Project {
	return Project{written: map[string]uint64{}, removed: map[int]bool{}}
}

// Project is the work at hand, by name.
type Project struct {
	ID      string
	Name    string
	Created string // RFC 3339
	Keeping Keeping
	Problem string // why it is not kept, or "" while all is well
	List    []ProjectInfo
	Used    int64 // bytes of the browser's storage
	Quota   int64

	made    bool              // its folder is there
	called  string            // the name in project.json
	folders int               // runs that had one, so that none is given out twice
	written map[string]uint64 // documents as they were last written, by hash
	removed map[int]bool      // folders of runs that are gone
	wants   string            // path of the model that was chosen
}

// ProjectInfo is a project in the list.
type ProjectInfo struct {
	ID      string `json:"id"`
	Name    string `json:"name"`
	Changed string `json:"changed"` // RFC 3339
}

// Unlisted tells that the list does not have the project as it was last written.
func (p *Project) Unlisted() bool {
	for _, other := range p.List {
		if other.ID == p.ID {
			return other.Name != p.called
		}
	}
	return p.made
}

// document is one of a project's files: how it is got from the state, and taken over.
type document struct {
	name string
	get  func() any
	set  func(data []byte) error
}

// documents lists them; what stands earlier is taken over earlier.
func (a *App) documents() []document {
	return []document{
		{"config.json", a.keptConfig, a.takeConfig},
		{"examples.json", a.keptExamples, a.takeExamples},
		{"runs.json", a.keptRuns, a.takeRuns},
		{"comparison.json", a.keptComparison, a.takeComparison},
		{"votes.json", a.keptVotes, a.takeVotes},
	}
}

// config is what the next run would be.
type config struct {
	Task     string                    `json:"task"`
	Model    string                    `json:"model,omitempty"`
	Method   string                    `json:"method"`
	Settings map[string]protocol.Train `json:"settings"`
}

func (a *App) keptConfig() any {
	model := a.Project.wants
	if m, ok := a.Chosen(); ok {
		model = m.Path
	}
	return config{a.Task.Key, model, a.Method, a.Config}
}

func (a *App) takeConfig(data []byte) error {
	var c config
	if err := json.Unmarshal(data, &c); err != nil {
		return err
	}
	for method, settings := range c.Settings {
		// The session's table is not here yet, or it knows the method; what the address
		// says of a method is not overruled.
		if _, known := a.Config[method]; !a.tableHere || known && !(a.addressed && method == a.Method) {
			a.Config[method] = settings
		}
	}
	if a.addressed {
		return nil // a link says what to run
	}
	if t, err := ParseTask(c.Task); err == nil {
		a.Task = t
	}
	a.ChooseMethod(c.Method)
	a.Project.wants = c.Model
	a.chooseKeptModel()
	return nil
}

// chooseKeptModel takes the project's model once the list of models is there.
func (a *App) chooseKeptModel() {
	for i, m := range a.Choosable() {
		if m.Path == a.Project.wants {
			a.ChooseModel(i)
		}
	}
}

// keptTable is the examples' table on file.
type keptTable struct {
	Name    string    `json:"name"`
	Starter bool      `json:"starter,omitempty"`
	Rows    []keptRow `json:"rows"`
}

type keptRow struct {
	task.Example
	HeldOut bool `json:"held_out,omitempty"`
}

func (a *App) keptExamples() any {
	t := keptTable{Name: a.Table.Name, Starter: a.Table.Starter, Rows: make([]keptRow, len(a.Table.Rows))}
	for i, r := range a.Table.Rows {
		t.Rows[i] = keptRow{r.Example, r.HeldOut}
	}
	return t
}

func (a *App) takeExamples(data []byte) error {
	var t keptTable
	if err := json.Unmarshal(data, &t); err != nil {
		return err
	}
	a.Table = Table{Name: t.Name, Starter: t.Starter, Rows: make([]Row, len(t.Rows)), changed: true}
	for i, r := range t.Rows {
		a.Table.Rows[i] = Row{Example: r.Example, HeldOut: r.HeldOut}
	}
	a.Inspect()
	return nil
}

// keptComparison is before and after, while nothing is under way.
type keptComparison struct {
	Answers
	Kept  []Answers         `json:"answers,omitempty"`
	Notes map[string]string `json:"notes,omitempty"`

	Sealed string `json:"sealed,omitempty"` // all of it, while a blind round is open
}

func (a *App) keptComparison() any {
	c, v := a.Comparison, a.Review
	k := keptComparison{Kept: v.Answers, Notes: v.Notes}
	if c.Status != InProgress {
		k.Answers = c.Answers
	}
	if a.Vote.Round.Open() {
		return keptComparison{Sealed: seal(k)}
	}
	return k
}

func (a *App) takeComparison(data []byte) error {
	var c keptComparison
	if err := json.Unmarshal(data, &c); err != nil {
		return err
	}
	if c.Sealed != "" {
		if err := unseal(c.Sealed, &c); err != nil {
			return err
		}
	}
	if len(c.Lines) > 0 {
		a.Comparison = Comparison{Status: Loaded, Answers: c.Answers}
	}
	a.Review = Review{Answers: c.Kept, Notes: c.Notes}
	return nil
}

func hashOf(data []byte) uint64 {
	h := fnv.New64a()
	h.Write(data)
	return h.Sum64()
}

// folder is where a project's files are.
func folderOf(id string) string { return path.Join(projectsFolder, id) }

// untouched tells that there is nothing worth a project yet.
func (a *App) untouched() bool {
	if len(a.Runs) > 0 || len(a.Comparison.Lines) > 0 || !a.Table.Starter && len(a.Table.Rows) > 0 {
		return false
	}
	for _, m := range a.Methods {
		if a.edited(m) {
			return false
		}
	}
	return a.Task == homeTask && a.Method == Recipes[0].Method
}

// Keep writes the documents that have changed since they were last written; now is the
// time in RFC 3339. A failure is told once, in Project.Problem and a notice, and the
// next call tries again.
func (a *App) Keep(s Storage, now string) error {
	p := &a.Project
	if p.Keeping == Opening || p.Keeping == Elsewhere || p.Keeping == Shared || !p.made && a.untouched() {
		return nil
	}
	type change struct {
		name string
		data []byte
		hash uint64
	}
	var changes []change
	for _, d := range a.documents() {
		data, err := json.Marshal(d.get())
		if err != nil {
			return fmt.Errorf("keep %s: %w", d.name, err)
		}
		if hash := hashOf(data); hash != p.written[d.name] {
			changes = append(changes, change{d.name, data, hash})
		}
	}
	gone := a.goneFolders()
	if len(changes) == 0 && p.made && p.called == p.Name && p.Problem == "" {
		return nil
	}
	if p.Created == "" {
		p.Created = now
	}
	name := p.Name // it may change while files are written
	head, err := json.Marshal(archive.Manifest{Format: archive.Format, Version: archive.Version, ID: p.ID, Name: name, Created: p.Created, Changed: now, Runs: p.folders})
	if err != nil {
		return err
	}
	changes = append(changes, change{name: projectFile, data: head})
	for _, c := range changes {
		if err := s.Write(path.Join(folderOf(p.ID), c.name), c.data); err != nil {
			return a.keepFailed(err)
		}
		p.written[c.name] = c.hash
	}
	for _, folder := range gone {
		if err := s.Remove(folder); err != nil {
			return a.keepFailed(err)
		}
	}
	p.made, p.called, p.Problem = true, name, ""
	return nil
}

// keepFailed tells that the work is not kept, once.
func (a *App) keepFailed(err error) error {
	if a.Project.Problem == "" {
		a.notify(Notice{Error: true, Text: words.T("Your work is not kept: %s. It stays here while this tab is open; export the project to keep it.", err.Error())})
	}
	a.Project.Problem = err.Error()
	return err
}

// ReadProject reads a project's files; nothing where there is none. apply takes them
// into the state.
func ReadProject(s Storage, id string) (map[string][]byte, error) {
	files := map[string][]byte{}
	folder := folderOf(id)
	if _, err := s.Read(path.Join(folder, projectFile)); errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return files, readFolder(s, folder, "", func(name string) bool { return !isLarge(name) }, files)
}

// isLarge names what the page does not need itself.
func isLarge(name string) bool {
	return strings.HasSuffix(name, ".safetensors") || path.Base(name) == "completions.jsonl"
}

// readFolder gathers the files of a folder and of those in it by their path from it.
func readFolder(s Storage, folder, below string, want func(name string) bool, files map[string][]byte) error {
	names, err := s.List(path.Join(folder, below))
	if err != nil {
		return err
	}
	for _, name := range names {
		at := path.Join(below, name)
		switch {
		case strings.HasSuffix(name, "/"):
			err = readFolder(s, folder, at, want, files)
		case strings.HasSuffix(name, ".new") || !want(at):
			continue // a write that a crash cut off
		default:
			files[at], err = s.Read(path.Join(folder, at))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// TakeProject takes a project's files into a fresh state. A document that cannot be
// read is told and left out; damaged names it.
func (a *App) TakeProject(files map[string][]byte) (damaged []string, err error) {
	head, err := readHead(files)
	if err != nil {
		return nil, err
	}
	p := &a.Project
	p.ID, p.Name, p.Created, p.folders, p.made, p.called = head.ID, head.Name, head.Created, head.Runs, true, head.Name
	for _, d := range a.documents() {
		data, ok := files[d.name]
		if !ok {
			continue
		}
		if err := d.set(data); err != nil {
			damaged = append(damaged, d.name)
			a.notify(Notice{Error: true, Text: words.T("%s of this project is damaged and was set aside as %s.damaged: %s.", d.name, d.name, err.Error())})
			continue
		}
		p.written[d.name] = hashOf(data)
	}
	a.takeLogs(files)
	for n := 1; n <= p.folders; n++ {
		_, there := files[path.Join(runsFolder, strconv.Itoa(n), "run.json")]
		p.removed[n] = !there
	}
	return damaged, nil
}

// SetAside keeps documents that could not be read where nothing overwrites them.
func SetAside(s Storage, id string, names []string, files map[string][]byte) error {
	for _, name := range names {
		if err := s.Write(path.Join(folderOf(id), name+".damaged"), files[name]); err != nil {
			return err
		}
	}
	return nil
}

// readHead reads and checks the manifest.
func readHead(files map[string][]byte) (archive.Manifest, error) {
	data, there := files[projectFile]
	return archive.ReadManifest(data, there)
}

// runFolder is where the session keeps a run, and "" where nothing is kept.
func (a *App) runFolder(number int) string {
	if a.Project.Keeping != Kept {
		return ""
	}
	return path.Join(folderOf(a.Project.ID), runsFolder, strconv.Itoa(number))
}
