package main

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/schollz/progressbar/v3"
)

// reporter shows a long command's progress: a bar and lines for people, or one
// JSON object a line.
type reporter struct {
	json bool
	bar  *progressbar.ProgressBar
}

// newReporter starts a bar of total steps, done of which were done before.
func newReporter(asJSON bool, what string, done, total int) *reporter {
	r := &reporter{json: asJSON}
	if !asJSON {
		r.bar = progressbar.NewOptions(total, progressbar.OptionSetDescription(what), progressbar.OptionSetWriter(os.Stderr),
			progressbar.OptionShowCount(), progressbar.OptionSetPredictTime(true), progressbar.OptionThrottle(200e6))
		// A bar that cannot be drawn is no reason to stop the work.
		_ = r.bar.Set(done)
	}
	return r
}

// step reports one step: fields as JSON, or line beside the bar.
func (r *reporter) step(fields any, line string) {
	if r.json {
		printJSON(fields)
		return
	}
	r.bar.Describe(line)
	_ = r.bar.Add(1)
}

// at moves the bar to done of total; JSON is told nothing on the way.
func (r *reporter) at(done, _ int) {
	if !r.json {
		_ = r.bar.Set(done)
	}
}

// done ends the bar's line.
func (r *reporter) done() {
	if !r.json {
		_ = r.bar.Exit()
		fmt.Fprintln(os.Stderr)
	}
}

// printJSON prints one object as a line on standard output.
func printJSON(fields any) {
	encoded, err := json.Marshal(fields)
	if err != nil {
		// Only values of our own types are printed, and they encode.
		panic(err)
	}
	fmt.Println(string(encoded))
}
