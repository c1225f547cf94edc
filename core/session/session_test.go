package session

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/gomlx/compute/dtypes"

	"github.com/dongyur/dongyur/core/model"
	"github.com/dongyur/dongyur/core/objective"
	"github.com/dongyur/dongyur/core/protocol"
	"github.com/dongyur/dongyur/core/task"
	"github.com/dongyur/dongyur/core/token"
)

var testTrain = []task.Example{
	{ID: "open", Task: "translate", Source: "ཡིག་ཆ་ཁ་ཕྱེ།", Reference: "Open the file.", SourceLang: "bo", TargetLang: "en"},
	{ID: "save", Task: "translate", Source: "ཡིག་ཆ་ཉར་ཚགས།", Reference: "Save it.", SourceLang: "bo", TargetLang: "en"},
	{ID: "delete", Task: "translate", Source: "བསུབ།", Reference: "Delete the file.", SourceLang: "bo", TargetLang: "en"},
}

var testHeldOut = []task.Example{
	{ID: "print", Task: "translate", Source: "པར་བརྒྱབ།", Reference: "Print the file.", SourceLang: "bo", TargetLang: "en"},
	{ID: "find", Task: "translate", Source: "འཚོལ།", Reference: "Find a word.", SourceLang: "bo", TargetLang: "en"},
	{ID: "free", Task: "translate", Source: "ཡག་པོ།", SourceLang: "bo", TargetLang: "en"},
}

// shelf is Files in memory.
type shelf map[string]fs.FS

func (s shelf) Open(path string, progress func(done, total int64)) (fs.FS, error) {
	fsys, ok := s[path]
	if !ok {
		return nil, fs.ErrNotExist
	}
	progress(1, 1)
	return fsys, nil
}

// models are a small random model and what is wrong with others.
var models = sync.OnceValues(func() (shelf, error) {
	tok, err := trainTokenizer(290)
	if err != nil {
		return nil, err
	}
	larger, err := trainTokenizer(300)
	if err != nil {
		return nil, err
	}
	good, err := modelFolder(tok, tok.VocabSize(), 16)
	if err != nil {
		return nil, err
	}
	wide, err := modelFolder(tok, tok.VocabSize(), 24)
	if err != nil {
		return nil, err
	}
	with := func(name string, content []byte) fstest.MapFS {
		folder := fstest.MapFS{}
		for file, data := range good {
			folder[file] = data
		}
		if delete(folder, name); content != nil {
			folder[name] = &fstest.MapFile{Data: content}
		}
		return folder
	}
	weights := good["model.safetensors"].Data
	other := &bytes.Buffer{}
	if err := larger.Save(other); err != nil {
		return nil, err
	}
	adapter, err := adapterFolder(wide)
	if err != nil {
		return nil, err
	}
	return shelf{
		"good": good, "wide": wide, "adapter of wide": adapter,
		"no weights":      with("model.safetensors", nil),
		"half weights":    with("model.safetensors", weights[:len(weights)/2]),
		"no tokenizer":    with("tokenizer.json", nil),
		"half tokenizer":  with("tokenizer.json", good["tokenizer.json"].Data[:500]),
		"other tokenizer": with("tokenizer.json", other.Bytes()),
		"no config":       with("config.json", nil),
		"odd config":      with("config.json", bytes.Replace(good["config.json"].Data, []byte("qwen3"), []byte("mamba"), 1)),
		"narrow config":   with("config.json", wide["config.json"].Data),
	}, nil
})

func trainTokenizer(size int) (*token.Tokenizer, error) {
	var texts []string
	for _, e := range slices.Concat(testTrain, testHeldOut) {
		texts = append(texts, e.Source, e.Reference, "translate bo en")
	}
	return token.Train(slices.Values(texts), token.TrainOptions{VocabSize: size})
}

func modelFolder(tok *token.Tokenizer, vocabulary, width int) (fstest.MapFS, error) {
	checkpoint, err := model.Random(&model.Config{
		ModelType: "qwen3", VocabSize: vocabulary, HiddenSize: width, IntermediateSize: 24, Layers: 2,
		Heads: 2, KVHeads: 1, HeadDim: 8, MaxPositions: 96, RMSNormEps: 1e-6, RopeTheta: 10000,
		TieEmbeddings: true, InitializerRange: 0.6,
	}, 12)
	if err != nil {
		return nil, err
	}
	config, err := json.Marshal(checkpoint.Config)
	if err != nil {
		return nil, err
	}
	weights, vocab := &bytes.Buffer{}, &bytes.Buffer{}
	if err := model.WriteSafetensors(weights, checkpoint.Weights, nil, dtypes.Float32); err != nil {
		return nil, err
	}
	if err := tok.Save(vocab); err != nil {
		return nil, err
	}
	return fstest.MapFS{
		"config.json":       {Data: config},
		"model.safetensors": {Data: weights.Bytes()},
		"tokenizer.json":    {Data: vocab.Bytes()},
	}, nil
}

func adapterFolder(base fs.FS) (fs.FS, error) {
	checkpoint, err := model.Load(base)
	if err != nil {
		return nil, err
	}
	adapter, err := model.NewAdapter(checkpoint.Config, 2, 4, nil, 1)
	if err != nil {
		return nil, err
	}
	files, err := adapter.Files()
	folder := fstest.MapFS{}
	for name, content := range files {
		folder[name] = &fstest.MapFile{Data: content}
	}
	return folder, err
}

// client drives a session; at the test's end every command must have ended once.
type client struct {
	t       *testing.T
	session *Session
	events  chan protocol.Event
	ends    map[int]int // by command
	sent    int
}

func open(t *testing.T) *client {
	t.Helper()
	files, err := models()
	if err != nil {
		t.Fatal(err)
	}
	c := &client{t: t, events: make(chan protocol.Event, 1<<14), ends: map[int]int{}}
	c.session = New(Options{Engine: "go", Files: files, Emit: func(e protocol.Event) { c.events <- e }})
	c.until(func(e protocol.Event) bool { return e.Type == protocol.EvReady })
	t.Cleanup(c.close)
	return c
}

// opened has a model, and examples.
func opened(t *testing.T) *client {
	t.Helper()
	c := open(t)
	c.must(protocol.Command{Type: protocol.CmdLoad, Load: &protocol.Load{Model: "good", Encoder: "hashed"}})
	c.must(protocol.Command{Type: protocol.CmdExamples, Examples: &protocol.Examples{Train: testTrain, HeldOut: testHeldOut}})
	return c
}

func (c *client) close() {
	c.session.Close()
	close(c.events)
	for e := range c.events {
		c.note(e)
	}
	for id := 1; id <= c.sent; id++ {
		if n := c.ends[id]; n != 1 {
			c.t.Errorf("command %d ended %d times", id, n)
		}
	}
}

func (c *client) note(e protocol.Event) {
	if e.Type == protocol.EvDone || e.Type == protocol.EvFailed {
		c.ends[e.ReplyTo]++
	}
}

// send queues a command and returns its number.
func (c *client) send(command protocol.Command) int {
	c.sent++
	command.ID = c.sent
	if err := c.session.Do(command); err != nil {
		c.t.Fatal(err)
	}
	return c.sent
}

// until collects events up to the first that last accepts.
func (c *client) until(last func(protocol.Event) bool) []protocol.Event {
	c.t.Helper()
	var seen []protocol.Event
	for {
		select {
		case e := <-c.events:
			c.note(e)
			if seen = append(seen, e); last(e) {
				return seen
			}
		case <-time.After(5 * time.Minute):
			c.t.Fatalf("nothing more came after %d events", len(seen))
		}
	}
}

// end collects events up to a command's end, and its error.
func (c *client) end(id int) ([]protocol.Event, error) {
	c.t.Helper()
	events := c.until(func(e protocol.Event) bool {
		return e.ReplyTo == id && (e.Type == protocol.EvDone || e.Type == protocol.EvFailed)
	})
	if last := events[len(events)-1]; last.Type == protocol.EvFailed {
		return events, errors.New(last.Message)
	}
	return events, nil
}

func (c *client) do(command protocol.Command) ([]protocol.Event, error) {
	c.t.Helper()
	return c.end(c.send(command))
}

func (c *client) must(command protocol.Command) []protocol.Event {
	c.t.Helper()
	events, err := c.do(command)
	if err != nil {
		c.t.Fatalf("%s: %v", command.Type, err)
	}
	return events
}

// untilState collects events up to a state of the run.
func (c *client) untilState(state string) []protocol.Event {
	c.t.Helper()
	return c.until(func(e protocol.Event) bool { return e.Type == protocol.EvState && e.State == state })
}

// settings are a short run's.
func settings(method string, rank, steps int) *protocol.Train {
	train := protocol.Train{Method: method}
	if _, err := objective.MethodNamed(method); err == nil {
		train = usual(method)
	}
	train.Steps, train.Prompts, train.LoRARank, train.LoRAAlpha = steps, 2, rank, float64(2*rank)
	train.Sampling.MaxTokens, train.LearningRate, train.Seed = 6, 5e-3, 3
	if method != "sft" {
		train.Group, train.Groups = 3, true
	}
	return &train
}

// steps are the numbers of the steps among events, without times.
func steps(events []protocol.Event) []protocol.Step {
	var list []protocol.Step
	for _, e := range events {
		if e.Type == protocol.EvStep {
			step := *e.Step
			step.Seconds, step.TokensPerSecond = 0, 0
			list = append(list, step)
		}
	}
	return list
}

// text is what a value says in JSON, to compare and to print.
func text(t *testing.T, v any) string {
	t.Helper()
	encoded, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(encoded)
}

// greedy generates from the held-out examples: their texts, one a line.
func (c *client) greedy(base bool) string {
	c.t.Helper()
	var lines []string
	for _, e := range c.must(protocol.Command{Type: protocol.CmdGenerate, Generate: &protocol.Generate{
		Examples: testHeldOut, Sampling: task.Sampling{MaxTokens: 8}, Base: base}}) {
		if e.Type == protocol.EvCompletion {
			lines = append(lines, fmt.Sprintf("%q", e.Completion.Pieces))
		}
	}
	return strings.Join(lines, "\n")
}

// usual is a run with a method's own settings.
func usual(name string) protocol.Train {
	method, err := objective.MethodNamed(name)
	if err != nil {
		panic(err)
	}
	return method.Settings()
}
