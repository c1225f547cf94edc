package state

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/dongyur/dongyur/core/protocol"
	"github.com/dongyur/dongyur/ui/words"
)

// Model is an entry of assets/models/index.json.
type Model struct {
	Name    string      `json:"name"`
	Title   string      `json:"title"`
	Path    string      `json:"path"` // folder, relative to the page
	Files   []ModelFile `json:"files"`
	Encoder string      `json:"encoder,omitempty"` // folder of the sentence encoder that rewards
	Judge   string      `json:"judge,omitempty"`   // folder of the encoder that only evaluates
	Tasks   []string    `json:"tasks,omitempty"`   // empty: a part of a model, not for choosing
}

// ModelFile is one file of a model with its size.
type ModelFile struct {
	Name  string `json:"name"`
	Bytes int64  `json:"bytes"`
}

// ParseModels reads assets/models/index.json.
func ParseModels(data []byte) ([]Model, error) {
	var all []Model
	if err := json.Unmarshal(data, &all); err != nil {
		return nil, fmt.Errorf("read the list of models: %w; run `make models` to write it again", err)
	}
	return all, nil
}

// ModelsArrived takes the list of models over.
func (a *App) ModelsArrived(models []Model) {
	a.Models = models
	a.chooseKeptModel()
	a.readAddress(modelsKnown)
}

// Choosable lists the models that have tasks; the others are encoders.
func (a *App) Choosable() []Model {
	return slices.DeleteFunc(slices.Clone(a.Models), func(m Model) bool { return len(m.Tasks) == 0 })
}

// Chosen is the model chosen, and false when there is none.
func (a *App) Chosen() (Model, bool) {
	list := a.Choosable()
	if a.Model >= len(list) {
		return Model{}, false
	}
	return list[a.Model], true
}

// ChooseModel takes another model; it is loaded when it is needed.
func (a *App) ChooseModel(i int) {
	if i != a.Model && i >= 0 && i < len(a.Choosable()) {
		a.Model = i
		a.Load = Loading{}
	}
}

// DownloadBytes is what loading the chosen model fetches, encoders included.
func (a *App) DownloadBytes() int64 {
	m, ok := a.Chosen()
	if !ok {
		return 0
	}
	var sum int64
	for _, other := range a.Models {
		if other.Path == m.Path || other.Path == m.Encoder || other.Path == m.Judge {
			for _, f := range other.Files {
				sum += f.Bytes
			}
		}
	}
	return sum
}

// LoadedFolders are those of the models that the session has open.
func (a *App) LoadedFolders() []string {
	var folders []string
	for _, m := range a.Models {
		if l := a.Load.Loaded; m.Path == l.Model || m.Path == l.Encoder || m.Path == l.Judge {
			folders = append(folders, m.Path)
		}
	}
	return folders
}

// Status of the model.
type Status int

// A model's way into the session.
const (
	NotLoaded Status = iota
	InProgress
	Loaded
	Failed
)

// Loading is how far the model is.
type Loading struct {
	Status   Status
	Progress protocol.Progress
	Loaded   protocol.Loaded
	Error    string
}

// LoadModel fetches and opens the chosen model, with what the latest run taught it.
func (a *App) LoadModel() { a.withModel(func() {}) }

func (a *App) loadThen(next func()) {
	m, ok := a.Chosen()
	if !ok {
		a.notify(Notice{Error: true, Text: words.T("There is no model to load: assets/models/index.json lists none. Run `make models`.")})
		return
	}
	if a.Load.Status == InProgress {
		return
	}
	a.Load = Loading{Status: InProgress}
	a.command(protocol.Command{Type: protocol.CmdLoad, Load: &protocol.Load{
		Model: m.Path, Encoder: m.Encoder, Judge: m.Judge,
	}}, func(end protocol.Event) {
		if end.Type == protocol.EvFailed {
			a.Load = Loading{Status: Failed, Error: end.Message}
			return
		}
		a.Load.Status = Loaded
		next()
	})
}

// withModel runs next once the model is there, loading it when needed: as the latest
// run left it, where that was kept.
func (a *App) withModel(next func()) {
	if a.Load.Status == Loaded {
		next()
		return
	}
	if r := a.restorable(); r != nil && a.Load.Status != InProgress {
		a.restoreThen(r, next)
		return
	}
	a.loadThen(next)
}
