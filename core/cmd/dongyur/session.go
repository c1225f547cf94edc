package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/dongyur/dongyur/core/data"
	"github.com/dongyur/dongyur/core/language"
	"github.com/dongyur/dongyur/core/prompt"
	"github.com/dongyur/dongyur/core/protocol"
	"github.com/dongyur/dongyur/core/session"
	"github.com/dongyur/dongyur/core/task"
)

// modelFlags choose what a session loads.
type modelFlags struct {
	Model   string `help:"Folder of the model (Hugging Face files)."`
	Encoder string `help:"Encoder of the reward: a folder, policy (the model's own hidden states), hashed, or openai:MODEL@URL." default:""`
	Judge   string `help:"Encoder that measures and never rewards: a folder, policy, hashed, or openai:MODEL@URL." default:""`
	Adapter string `help:"Folder of a PEFT adapter to start with."`
	spokenFlags
}

// spokenFlags say how a model is spoken to.
type spokenFlags struct {
	Template string `help:"Chat template: ${templates}, one of the model's own by its name, or a file." default:"auto"`
	System   string `help:"System message before every request."`
}

// settings reads a template's file. A JSON file is a tokenizer_config.json or the like.
func (f spokenFlags) settings() (prompt.Settings, error) {
	settings := prompt.Settings{Template: f.Template, System: f.System}
	if slices.Contains(prompt.Names(), f.Template) {
		return settings, nil
	}
	text, err := os.ReadFile(f.Template)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return settings, nil // perhaps one of the model's own
	case err != nil:
		return settings, fmt.Errorf("--template: %w", err)
	}
	settings.Template = string(text)
	if filepath.Ext(f.Template) == ".json" {
		var file struct {
			Template string `json:"chat_template"`
		}
		if err := json.Unmarshal(text, &file); err != nil || file.Template == "" {
			return settings, fmt.Errorf("--template %s: no chat_template in it", f.Template)
		}
		settings.Template = file.Template
	}
	return settings, nil
}

// load is the command. Encoders that it does not name are those of the list of models beside the model's
// folder or, where that has none, the folders named like it with -enc and -judge at their ends.
func (f modelFlags) load(engine string) (*protocol.Load, error) {
	if f.Model == "" {
		return nil, errors.New("--model is missing: name the folder of a model (Hugging Face files)")
	}
	spoken, err := f.settings()
	if err != nil {
		return nil, err
	}
	l := &protocol.Load{Model: f.Model, Encoder: f.Encoder, Judge: f.Judge, Adapter: f.Adapter, Engine: engine, System: spoken.System}
	if spoken.Template != prompt.Auto {
		l.Template = spoken.Template
	}
	folder := strings.TrimRight(f.Model, "/")
	encoder, judge, err := listedEncoders(folder)
	if err != nil {
		return nil, err
	}
	for _, beside := range []struct {
		to      *string
		folders []string
	}{{&l.Encoder, []string{encoder, folder + "-enc"}}, {&l.Judge, []string{judge, folder + "-judge"}}} {
		for _, folder := range beside.folders {
			if _, err := os.Stat(filepath.Join(folder, "config.json")); *beside.to == "" && folder != "" && err == nil {
				*beside.to = folder
			}
		}
	}
	return l, nil
}

// listedEncoders gives the encoders that the index.json beside a model's folder names for it, as
// assets/models has one for the page; "" for those that it does not name.
func listedEncoders(folder string) (encoder, judge string, err error) {
	list := filepath.Join(filepath.Dir(folder), "index.json")
	content, err := os.ReadFile(list)
	if errors.Is(err, fs.ErrNotExist) {
		return "", "", nil
	}
	if err != nil {
		return "", "", err
	}
	var models []struct{ Path, Encoder, Judge string }
	if err := json.Unmarshal(content, &models); err != nil {
		return "", "", fmt.Errorf("%s, which may name the model's encoders: %w; mend or remove it", list, err)
	}
	beside := func(listed string) string {
		if listed == "" {
			return ""
		}
		return filepath.Join(filepath.Dir(folder), path.Base(listed))
	}
	for _, m := range models {
		if path.Base(m.Path) == filepath.Base(folder) {
			return beside(m.Encoder), beside(m.Judge), nil
		}
	}
	return "", "", nil
}

// exampleFlags choose examples: a set of the catalogue or a table of one's own.
type exampleFlags struct {
	tableFlags
	Set  string `name:"data" help:"Data set of the catalogue (see dongyur data list), or a table of your own (dongyur data show FILE says what is read of it)." default:"starter"`
	Task string `help:"What to do with a text: ${tasks}." default:"translate" enum:"${tasks}"`
	From tag    `help:"Language of the sources: a tag such as yo, zh-Hant or kk-Arab, or a name." default:"bo"`
	To   tag    `help:"Language of the answers; without it the one that the starter set has beside --from."`

	Langs []string `help:"Languages that facts are asked in; none: all of the set's."`
	Units int      `name:"source-units" help:"Of each news text only its first so many syllables (words, characters); 0: what fits." default:"0"`
	Offer bool     `help:"Name the answers to choose from in a fact's question." default:"true" negatable:""`
}

// tag is a language that a flag names, as core/language writes it.
type tag string

// UnmarshalText refuses what is no language.
func (t *tag) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*t = ""
		return nil
	}
	plain, err := language.Parse(string(text))
	*t = tag(plain)
	return err
}

// target is the language of the answers: that of the sources where the task stays in it.
func (f exampleFlags) target() string {
	switch {
	case f.To != "":
		return string(f.To)
	case task.Is(f.Task, task.OneLanguage):
		return string(f.From)
	}
	for _, p := range data.Starters(f.Task) {
		if p.From == string(f.From) {
			return p.To
		}
	}
	return ""
}

// checkLanguages refuses a task between two languages of which one is not said.
func (f exampleFlags) checkLanguages() error {
	if f.From != "" && f.target() == "" {
		return fmt.Errorf("--from %s: say the language of the answers, as in --to en; the starter set has none beside it", f.From)
	}
	return nil
}

// allRows is the split that is a whole table of one's own.
const allRows = "all"

// splitTable gives a split of a table: as its column "split" says where anything stands
// in it, as the page's export does, else by hash, a quarter held out.
func splitTable(name string, examples []task.Example, split string) ([]task.Example, error) {
	if split == allRows {
		return examples, nil
	}
	if slices.ContainsFunc(examples, func(e task.Example) bool { return e.Split != "" }) {
		return dividedTable(name, examples, split)
	}
	train, held := data.Split(examples, 0.25, 0)
	switch {
	case split == data.Train:
		return train, nil
	case len(held) == 0:
		return nil, fmt.Errorf("%s: none of its rows (%d) can be held out to measure on: they share a text, or differ by numbers and punctuation alone; "+
			"add others (eval and compare can measure them all: --split %s)", name, len(examples), allRows)
	}
	return held, nil
}

// dividedTable gives a split of a table that names its rows' splits; a row that names none
// is one to train on, and dev stands in for a test split that is not there.
func dividedTable(name string, examples []task.Example, split string) ([]task.Example, error) {
	parts := map[string][]task.Example{}
	for _, e := range examples {
		of := cmp.Or(e.Split, data.Train)
		if of != data.Train && of != data.Dev && of != data.Test {
			return nil, fmt.Errorf("%s: its column split has %q; write %s, %s or %s, or nothing in all rows to have a quarter held out",
				name, of, data.Train, data.Dev, data.Test)
		}
		parts[of] = append(parts[of], e)
	}
	part := parts[split]
	if split == data.Test && part == nil {
		part = parts[data.Dev]
	}
	if part == nil {
		return nil, fmt.Errorf("%s: its column split has no row of %s; write %s into some, or empty the column to have a quarter held out", name, split, split)
	}
	return part, nil
}

// read gives the examples of a split, with news texts cut.
func (f exampleFlags) read(cli *program, split string) ([]task.Example, error) {
	if err := f.checkLanguages(); err != nil && !task.Is(f.Task, task.Choices) {
		return nil, err
	}
	switch {
	case f.Units < 0:
		return nil, fmt.Errorf("--source-units %d: give 0, for what fits, or more", f.Units)
	case f.Units > 0 && !task.Is(f.Task, task.CutSource):
		return nil, fmt.Errorf("--source-units %d cuts news texts: use it with --task headline", f.Units)
	}
	examples, err := f.whole(cli, split)
	data.CutSources(examples, f.Units)
	return examples, err
}

// whole gives the examples of a split; a table of one's own is split by splitTable.
func (f exampleFlags) whole(cli *program, split string) ([]task.Example, error) {
	if isFile(f.Set) {
		table, err := f.readTable(cli, data.ReadOptions{Name: f.Set, Task: f.Task, SourceLang: string(f.From), TargetLang: f.target()})
		if err != nil {
			return nil, err
		}
		return splitTable(f.Set, slices.Clone(table.Examples), split)
	}
	if _, err := os.Stat(f.Set); err != nil && (strings.ContainsRune(f.Set, filepath.Separator) || filepath.Ext(f.Set) != "") {
		return nil, fmt.Errorf("%w; --data takes a table's path or the name of a set that `dongyur data list` shows", err)
	}
	catalogue, err := cli.catalogue()
	if err != nil {
		return nil, err
	}
	return catalogue.Examples(f.Set, f.Task, string(f.From), f.target(), split)
}

// draw gives some examples of a split, drawn by seed; a count of 0 means all. A fact
// counts as one and is given in all its languages.
func (f exampleFlags) draw(cli *program, split string, count int, seed uint64) ([]task.Example, error) {
	if !task.Is(f.Task, task.Choices) {
		examples, err := f.read(cli, split)
		if err != nil || count <= 0 {
			return examples, err
		}
		return data.Shots(examples, count, seed), nil
	}
	facts, err := cli.facts(f.Set, split, f.Langs, 0, count, seed)
	if err != nil {
		return nil, err
	}
	var examples []task.Example
	for _, fact := range facts {
		for _, code := range fact.Languages {
			examples = append(examples, fact.Example(code, f.Offer))
		}
	}
	return examples, nil
}

// drawFlags say how answers are drawn.
type drawFlags struct {
	MaxTokens   int      `help:"Longest answer, in tokens." default:"64"`
	Temperature *float64 `help:"Of the sampling; 0: the likeliest token each time, as without it (generate: what the model's generation_config.json says)."`
	TopP        float64  `help:"Nucleus of the sampling; 1 is off." default:"1"`
	Seed        uint64   `help:"Seed of the sampling." default:"1"`
}

// sampling is the protocol's. Answers that are not drawn are the same with every nucleus and seed.
func (f drawFlags) sampling() (task.Sampling, error) {
	temperature := 0.0
	if f.Temperature != nil {
		temperature = *f.Temperature
	}
	switch {
	case temperature < 0:
		return task.Sampling{}, fmt.Errorf("--temperature %g: give 0, for the likeliest token each time, or more", temperature)
	case f.TopP <= 0 || f.TopP > 1:
		return task.Sampling{}, fmt.Errorf("--top-p %g: give more than 0 and at most 1", f.TopP)
	case temperature == 0:
		return task.Sampling{MaxTokens: f.MaxTokens}, nil
	}
	return task.Sampling{Temperature: temperature, TopP: f.TopP, MaxTokens: f.MaxTokens, Seed: f.Seed}, nil
}

// client drives a session and waits for its answers.
type client struct {
	session *session.Session
	events  chan protocol.Event
	next    int
}

func newClient(engine string) (*client, error) {
	c := &client{events: make(chan protocol.Event, 1024)}
	c.session = session.New(session.Options{Engine: engine, Files: session.Disk{}, Encoder: servedEncoder, Emit: func(e protocol.Event) { c.events <- e }})
	if e := <-c.events; e.Type == protocol.EvFailed {
		return nil, errors.New(e.Message)
	}
	return c, nil
}

// load has the session load a model with its encoders.
func (c *client) load(ctx context.Context, models modelFlags, engine string) error {
	l, err := models.load(engine)
	if err != nil {
		return err
	}
	return c.do(ctx, protocol.Command{Type: protocol.CmdLoad, Load: l}, nil)
}

// do sends a command and hands every event to on until the command ends. When ctx
// ends, the session is asked to stop: a run after its step, which also saves it, and
// a measurement at once, with the scores of what was measured.
func (c *client) do(ctx context.Context, command protocol.Command, on func(protocol.Event)) error {
	c.next++
	command.ID = c.next
	if err := c.session.Do(command); err != nil {
		return err
	}
	cancelled := ctx.Done()
	for {
		select {
		case <-cancelled:
			cancelled = nil
			c.next++
			if err := c.session.Do(protocol.Command{ID: c.next, Type: protocol.CmdStop}); err != nil {
				return err
			}
		case e := <-c.events:
			switch {
			case e.ReplyTo != command.ID && e.Type != protocol.EvWarning:
				// The stop's own answer.
			case e.Type == protocol.EvFailed:
				return errors.New(e.Message)
			case e.Type == protocol.EvDone:
				return ctx.Err()
			case e.Type == protocol.EvWarning:
				fmt.Fprintln(os.Stderr, "dongyur: warning:", e.Message)
			case on != nil:
				on(e)
			}
		}
	}
}

// restore opens a saved run, paused where it was saved.
func (c *client) restore(ctx context.Context, command protocol.Restore) (*protocol.Restored, error) {
	var restored *protocol.Restored
	err := c.do(ctx, protocol.Command{Type: protocol.CmdRestore, Restore: &command}, func(e protocol.Event) {
		if e.Type == protocol.EvRestored {
			restored = e.Restored
		}
	})
	return restored, err
}
