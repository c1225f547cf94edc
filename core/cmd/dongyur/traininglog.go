package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/dongyur/dongyur/core/train"
)

// A model's folder keeps how it was made in training.jsonl: the first line is a
// trainingHeader, the others are steps. The card is written from it.

const trainingFile = "training.jsonl"

// trainingHeader is what a model was made from.
type trainingHeader struct {
	Command    string          `json:"command"`
	RecipeFile string          `json:"recipe_file"`
	Engine     string          `json:"engine"`
	Recipe     json.RawMessage `json:"recipe"`
	Compared   int             `json:"compared"`          // held-out texts that the sources were compared with
	Missing    []string        `json:"missing,omitempty"` // sets that they could not be compared with
	Sources    []sourceRead    `json:"sources"`
}

// sourceRead is what was read of one source.
type sourceRead struct {
	Phase   string         `json:"phase,omitempty"`
	Set     string         `json:"set"`
	Name    string         `json:"name"`
	Share   float64        `json:"share"` // of the rows of a step
	Rows    int            `json:"rows"`
	Tokens  int            `json:"tokens,omitempty"`
	LeftOut map[string]int `json:"left_out,omitempty"` // by kind of overlap
	Near    map[string]int `json:"near,omitempty"`     // the same by the held-out text's set
}

// newHeader is the header of a run that has read its sources.
func newHeader(command, recipeFile, engine string, recipe any, reader *train.SourceReader) (trainingHeader, error) {
	encoded, err := json.Marshal(recipe)
	if err != nil {
		return trainingHeader{}, err
	}
	header := trainingHeader{Command: command, RecipeFile: filepath.Base(recipeFile), Engine: engine, Recipe: encoded,
		Compared: reader.HeldOut.Texts(), Missing: reader.HeldOut.Missing}
	for _, c := range reader.Counts() {
		header.Sources = append(header.Sources, sourceRead{Set: c.Source.Set, Name: c.Source.Name(), Rows: c.Rows, LeftOut: c.Kinds, Near: c.Sets})
	}
	return header, nil
}

// trainingStep is one logged step.
type trainingStep struct {
	Step            int     `json:"step"`
	Loss            float64 `json:"loss"`
	LearningRate    float64 `json:"learning_rate"`
	TokensPerSecond float64 `json:"tokens_per_second,omitempty"`
	Seconds         float64 `json:"seconds,omitempty"` // that training took so far, pauses left out; in the log
}

// loggedSteps is about how many steps of a run are logged.
const loggedSteps = 400

// readTraining reads a model's log.
func readTraining(dir string) (header trainingHeader, steps []trainingStep, err error) {
	path := filepath.Join(dir, trainingFile)
	file, err := os.Open(path)
	if err != nil {
		return header, nil, err
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<24)
	for number := 1; lines.Scan(); number++ {
		if number == 1 {
			err = json.Unmarshal(lines.Bytes(), &header)
		} else {
			var step trainingStep
			err = json.Unmarshal(lines.Bytes(), &step)
			steps = append(steps, step)
		}
		if err != nil {
			return header, nil, fmt.Errorf("%s line %d: %w", path, number, err)
		}
	}
	return header, steps, lines.Err()
}

// trainingLog collects a run's steps; save writes them beside the state, so that a run
// that goes on finds the log of the steps that it does not repeat.
type trainingLog struct {
	header trainingHeader
	steps  []trainingStep
	every  int
	spent  float64 // seconds before this part of the run
}

// newTrainingLog goes on from the log of the steps done.
func newTrainingLog(dir string, header trainingHeader, done, total int) (*trainingLog, error) {
	log := &trainingLog{header: header, every: max(1, total/loggedSteps)}
	if done == 0 {
		return log, nil
	}
	_, steps, err := readTraining(dir)
	if errors.Is(err, os.ErrNotExist) {
		return log, nil
	}
	if err != nil {
		return nil, err
	}
	for _, step := range steps {
		if step.Step <= done {
			log.steps, log.spent = append(log.steps, step), step.Seconds
		}
	}
	return log, nil
}

// add logs a step, seconds after this part of the run began.
func (l *trainingLog) add(step trainingStep, seconds float64, last bool) {
	if step.Step == 1 || step.Step%l.every == 0 || last {
		step.Seconds = l.spent + seconds
		l.steps = append(l.steps, step)
	}
}

func (l *trainingLog) save(dir string) error {
	return train.WriteFile(filepath.Join(dir, trainingFile), func(w io.Writer) error {
		encoder := json.NewEncoder(w)
		encoder.SetEscapeHTML(false)
		if err := encoder.Encode(l.header); err != nil {
			return err
		}
		for _, step := range l.steps {
			if err := encoder.Encode(step); err != nil {
				return err
			}
		}
		return nil
	})
}
