// Package report reads the folders of runs and shows them: tables, curves and
// completions side by side, as one self-contained HTML page, as JSON or as CSV.
//
// In go folders that `dongyur train --out` wrote (run.json, metrics.jsonl,
// completions.jsonl, comparison.jsonl); out comes one document. It needs no network
// to be read: plots are inline SVG drawn by gonum/plot, and there is no script.
// What people or models wrote is text in it and never markup (html/template).
package report

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/dongyur/dongyur/core/protocol"
)

// The files of a run's folder that are read.
const (
	runFile         = "run.json"
	metricsFile     = "metrics.jsonl"
	completionsFile = "completions.jsonl"
	comparisonFile  = "comparison.jsonl"
)

// Run is what a run's folder tells.
type Run struct {
	Name     string // the folder's
	Load     protocol.Load
	Train    protocol.Train
	Examples protocol.Examples
	Step     int // done

	Steps  []protocol.Step
	Tax    []protocol.Tax      // empty where it was not measured
	Curve  []protocol.Scores   // of held-out lines at the steps of Tax; empty likewise
	Groups []protocol.Group    // empty where nothing is sampled
	Lines  []protocol.Compared // held-out lines before and after; empty where the run did not end
	Base   *protocol.Scores    // before; nil likewise
	After  *protocol.Scores    // with the change
}

// Read reads a run's folder. Only run.json must be there: a run that was stopped has
// no comparison yet.
func Read(dir string) (*Run, error) {
	r := &Run{Name: filepath.Base(filepath.Clean(dir))}
	content, err := os.ReadFile(filepath.Join(dir, runFile))
	if err != nil {
		return nil, fmt.Errorf("read run: %w; a run's folder is what dongyur train --out wrote", err)
	}
	saved := struct {
		Load     *protocol.Load     `json:"load"`
		Train    *protocol.Train    `json:"train"`
		Examples *protocol.Examples `json:"examples"`
		Step     *int               `json:"step"`
	}{&r.Load, &r.Train, &r.Examples, &r.Step}
	if err := json.Unmarshal(content, &saved); err != nil {
		return nil, fmt.Errorf("read run: %s: %w", filepath.Join(dir, runFile), err)
	}
	for _, name := range []string{metricsFile, completionsFile, comparisonFile} {
		during := name == metricsFile
		if err := readEvents(filepath.Join(dir, name), func(e protocol.Event) { r.add(e, during) }); err != nil {
			return nil, fmt.Errorf("read run: %w", err)
		}
	}
	return r, nil
}

// ReadComparison reads a folder that holds a comparison alone, as dongyur compare --out
// writes it where no run is: its lines and scores.
func ReadComparison(dir string) (*Run, error) {
	r := &Run{Name: filepath.Base(filepath.Clean(dir))}
	if err := readEvents(filepath.Join(dir, comparisonFile), func(e protocol.Event) { r.add(e, false) }); err != nil {
		return nil, fmt.Errorf("read comparison: %w", err)
	}
	if len(r.Lines) == 0 {
		return nil, fmt.Errorf("%s holds neither a run, as dongyur train --out writes it, nor a comparison, as dongyur compare --out does", dir)
	}
	return r, nil
}

// add puts an event in its place; scores taken during the run are its curve.
func (r *Run) add(e protocol.Event, during bool) {
	switch {
	case e.Step != nil:
		r.Steps = append(r.Steps, *e.Step)
	case e.Tax != nil:
		r.Tax = append(r.Tax, *e.Tax)
	case e.Group != nil:
		r.Groups = append(r.Groups, *e.Group)
	case e.Compared != nil:
		r.Lines = append(r.Lines, *e.Compared)
	case e.Scores != nil && during:
		r.Curve = append(r.Curve, *e.Scores)
	case e.Scores != nil && e.Scores.Which == "base":
		r.Base = e.Scores
	case e.Scores != nil:
		r.After = e.Scores
	}
}

// Drift is the held-out loss at the last measurement less that at the first, nats a
// token, by language; empty where it was not measured.
func (r *Run) Drift() map[string]float64 {
	drift := map[string]float64{}
	if len(r.Tax) == 0 {
		return drift
	}
	first, last := r.Tax[0].NLL, r.Tax[len(r.Tax)-1].NLL
	for code := range first {
		drift[code] = last[code] - first[code]
	}
	return drift
}

// Measured gives Tax and Curve back as the events they were, for eval.ReadCurve.
func (r *Run) Measured() []protocol.Event {
	var events []protocol.Event
	for i := range r.Curve {
		events = append(events, protocol.Event{Scores: &r.Curve[i]})
	}
	for i := range r.Tax {
		events = append(events, protocol.Event{Tax: &r.Tax[i]})
	}
	return events
}

// longestLine bounds a line of a log: a group with all its completions.
const longestLine = 64 << 20

// readEvents hands the events of a log to add; a log that is not there has none.
func readEvents(path string, add func(protocol.Event)) error {
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer file.Close()
	scanner := bufio.NewScanner(file)
	scanner.Buffer(nil, longestLine)
	for line := 1; scanner.Scan(); line++ {
		var e protocol.Event
		if err := json.Unmarshal(scanner.Bytes(), &e); err != nil {
			return fmt.Errorf("%s: line %d: %w; the log is damaged there, cut the line out or run again", path, line, err)
		}
		add(e)
	}
	return scanner.Err()
}
