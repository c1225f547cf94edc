package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/gomlx/compute/dtypes"

	"github.com/dongyur/dongyur/core/model"
	"github.com/dongyur/dongyur/core/train"
)

// making is a base model or an encoder that is being made in a folder, by a recipe.
// Beside it stands its state, so that a run that was ended goes on.
type making struct {
	what      string // on the progress bar
	dir       string
	recipe    any // JSON-encodable; a state of another recipe is refused
	steps     int
	saveEvery int // steps between states
	policy    *model.Policy
	updater   *train.Updater
	header    trainingHeader
	// run goes from the step after done to the last or until ctx ends, and gives the
	// number of steps done. It calls report after each.
	run func(ctx context.Context, done int, report func(trainingStep) error) (int, error)
}

// longestUnsaved is how much work a kill may cost where steps take long.
const longestUnsaved = 10 * time.Minute

// goesOn is what to do after an interrupt.
const goesOn = "state and model are saved; run the same command again to go on"

// make trains to the end or to an interrupt, and saves state and model either way.
// After any other error the last state stays.
func (m making) make(ctx context.Context, cli *program) error {
	path := filepath.Join(m.dir, ".state.safetensors")
	done, err := resume(m.updater, path, m.recipe)
	if err != nil {
		return err
	}
	log, err := newTrainingLog(m.dir, m.header, done, m.steps)
	if err != nil {
		return err
	}
	save := func(step int) error {
		if err := log.save(m.dir); err != nil {
			return err
		}
		return train.WriteFile(path, func(w io.Writer) error { return m.updater.WriteState(w, step, m.recipe, nil) })
	}
	report := newReporter(cli.JSON, m.what, done, m.steps)
	start, saved := time.Now(), time.Now()
	done, err = m.run(ctx, done, func(s trainingStep) error {
		line := fmt.Sprintf("loss %.3f", s.Loss)
		if s.TokensPerSecond > 0 {
			line += fmt.Sprintf(", %.0f tokens/s", s.TokensPerSecond)
		}
		report.step(s, line)
		log.add(s, time.Since(start).Seconds(), s.Step == m.steps)
		if m.saveEvery > 0 && (s.Step%m.saveEvery == 0 || time.Since(saved) > longestUnsaved) {
			saved = time.Now()
			return save(s.Step)
		}
		return nil
	})
	report.done()
	if err != nil && !errors.Is(err, context.Canceled) {
		return err
	}
	if saveErr := save(done); saveErr != nil {
		return errors.Join(err, saveErr)
	}
	weights, readErr := m.policy.Checkpoint()
	if readErr != nil {
		return errors.Join(err, readErr)
	}
	return errors.Join(err, weights.Save(m.dir, dtypes.Float16))
}

// resume reads a run's state if there is one and tells the steps done.
func resume(updater *train.Updater, path string, config any) (int, error) {
	file, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return 0, err
	}
	done, err := updater.ReadState(file, info.Size(), config)
	if err != nil {
		return 0, fmt.Errorf("%s: %w; remove it to start anew", path, err)
	}
	return done, nil
}
