// Command testall runs everything that a change must pass, stage by stage, and sums up at the end.
//
// It runs at the repository's root (`make test`). A stage that fails does not stop the later ones. The last
// line of its output is "N passed, M failed, K skipped": tests as `go test -json` reports them, plus one for
// each stage that is a single check, such as vet. The exit status is 1 when anything failed.
//
// Names as arguments choose stages; -list names them.
package main

import (
	"cmp"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// A stage is one part of the run.
type stage struct {
	name  string
	about string
	run   func(*session) result
	// named stages take long and run only where their name is given.
	named bool
}

// A result counts what a stage ran.
type result struct {
	passed, failed, skipped int
	// reasons says why tests were skipped: reason to number of tests.
	reasons map[string]int
	// failures names what failed, in order.
	failures []string
	// slow are the ends of the tests that took slowSeconds or longer.
	slow []event
}

// A test that takes slowSeconds is worth a look; the summary names the slowestShown of each stage.
const (
	slowSeconds  = 8
	slowestShown = 6
)

// A session is what the stages share.
type session struct {
	out      io.Writer
	fuzzTime string // for each target, as go test's -fuzztime
	// chrome is the browser's path, once the browser stage has found one.
	chrome string
}

var stages = []stage{
	{"format", "gofmt has nothing to change", (*session).format, false},
	{"generate", "the committed generated code is what the generators write", (*session).generate, false},
	{"vet", "go vet, natively, for js/wasm and with the e2e tag", (*session).vet, false},
	{"lint", "staticcheck, natively and for js/wasm", (*session).lint, false},
	{"npm", "bring the development packages into .cache/npm", (*session).npm, false},
	{"native", "go test ./...", (*session).native, false},
	{"wasm", "go test -short for js/wasm, in Node", (*session).wasm, false},
	{"fuzz", "each fuzz target for a short while", (*session).fuzz, false},
	{"build", "program, page and worker build; the binaries keep their limits", (*session).build, false},
	{"browser", "find Chromium, or install it on Debian as root", (*session).browser, false},
	{"e2e", "the page in Chromium", (*session).e2e, false},
	{"webgpu", "the WebGPU backend, in Node on Dawn", (*session).webgpu, true},
	{"agree", "nano trained on the Go engine and on WebGPU, in Node on Dawn", (*session).agreement, true},
	{"simd", "the WebAssembly SIMD backend whole, in Node", (*session).simd, true},
	{"agree-simd", "nano trained on the Go engine and on SIMD, in Node", (*session).agreementSIMD, true},
	{"demo", "the page's demonstration on the Go engine and on SIMD, in Node", (*session).demonstration, true},
}

func main() {
	// Counted in inputs: a search that ends by the clock can fail with no input to blame, only "context deadline exceeded".
	fuzzTime := flag.String("fuzztime", "12000x", "how long each fuzz target runs: a number of inputs (12000x) or a time (1m)")
	list := flag.Bool("list", false, "name the stages and stop")
	flag.Parse()
	if *list {
		for _, s := range stages {
			fmt.Printf("%-9s %s\n", s.name, s.about)
		}
		return
	}
	chosen, err := choose(flag.Args())
	if err == nil {
		err = prepare()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "testall:", err)
		os.Exit(2)
	}
	s := &session{out: os.Stdout, fuzzTime: *fuzzTime}
	if !s.runAll(chosen) {
		os.Exit(1)
	}
}

// choose gives the stages with these names in the order in which they run; for no names all but those that
// must be named.
func choose(names []string) ([]stage, error) {
	if len(names) == 0 {
		return slices.DeleteFunc(slices.Clone(stages), func(s stage) bool { return s.named }), nil
	}
	for _, name := range names {
		if !slices.ContainsFunc(stages, func(s stage) bool { return s.name == name }) {
			return nil, fmt.Errorf("no stage %q: -list names them", name)
		}
	}
	var chosen []stage
	for _, s := range stages {
		// The end-to-end tests need what two stages before them make, those in Node its packages.
		needed := slices.Contains(names, "e2e") && (s.name == "build" || s.name == "browser") ||
			(slices.Contains(names, "webgpu") || slices.Contains(names, "agree")) && s.name == "npm"
		if needed || slices.Contains(names, s.name) {
			chosen = append(chosen, s)
		}
	}
	return chosen, nil
}

// prepare checks that the working folder is the repository's root, chooses how native code is built and tells
// the tests where data sets lie.
func prepare() error {
	if _, err := os.Stat("go.mod"); err != nil {
		return fmt.Errorf("run at the repository's root: %w", err)
	}
	if err := useSIMD(); err != nil {
		return err
	}
	if os.Getenv("DONGYUR_DATA") != "" {
		return nil
	}
	data, err := filepath.Abs(filepath.Join("..", "shared", "data"))
	if err != nil {
		return err
	}
	if _, err := os.Stat(data); err == nil {
		return os.Setenv("DONGYUR_DATA", data)
	}
	return nil // tests that need data sets skip, and say so
}

// runAll runs the stages, prints the summary, and reports whether all passed.
func (s *session) runAll(chosen []stage) bool {
	var results []result
	var times []time.Duration
	for _, stage := range chosen {
		fmt.Fprintf(s.out, "\n== %s: %s\n", stage.name, stage.about)
		start := time.Now()
		results = append(results, stage.run(s))
		times = append(times, time.Since(start))
	}
	return summarize(s.out, chosen, results, times)
}

// summarize prints the slowest tests, the skips' reasons, the failures, the table and the closing line.
func summarize(out io.Writer, ran []stage, results []result, times []time.Duration) bool {
	var total result
	var took time.Duration
	fmt.Fprintln(out, "\n== summary")
	for i, r := range results {
		slices.SortFunc(r.slow, func(a, b event) int { return cmp.Compare(b.Elapsed, a.Elapsed) })
		for _, e := range r.slow[:min(slowestShown, len(r.slow))] {
			fmt.Fprintf(out, "slow in %s: %.0f s %s %s\n", ran[i].name, e.Elapsed, filepath.Base(e.Package), e.Test)
		}
	}
	for i, r := range results {
		for _, reason := range sortedKeys(r.reasons) {
			fmt.Fprintf(out, "skipped in %s: %d × %s\n", ran[i].name, r.reasons[reason], reason)
		}
	}
	for i, r := range results {
		for _, failure := range r.failures {
			fmt.Fprintf(out, "FAILED in %s: %s\n", ran[i].name, strings.ReplaceAll(failure, "\n", "; "))
		}
	}
	fmt.Fprintf(out, "%-10s %8s %8s %8s %8s\n", "stage", "seconds", "passed", "failed", "skipped")
	line := func(name string, d time.Duration, r result) {
		verdict := ""
		if r.failed > 0 {
			verdict = "  FAILED"
		}
		fmt.Fprintf(out, "%-10s %8.1f %8d %8d %8d%s\n", name, d.Seconds(), r.passed, r.failed, r.skipped, verdict)
	}
	for i, r := range results {
		line(ran[i].name, times[i], r)
		total.passed += r.passed
		total.failed += r.failed
		total.skipped += r.skipped
		took += times[i]
	}
	line("all", took, total)
	fmt.Fprintf(out, "%d passed, %d failed, %d skipped\n", total.passed, total.failed, total.skipped)
	return total.failed == 0
}

func sortedKeys(m map[string]int) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, strings.Compare)
	return keys
}

// The result of a stage that is one check.
func pass() result              { return result{passed: 1} }
func fail(reason string) result { return result{failed: 1, failures: []string{reason}} }
func skip(reason string) result { return result{skipped: 1, reasons: map[string]int{reason: 1}} }
func check(err error) result {
	if err != nil {
		return fail(err.Error())
	}
	return pass()
}
