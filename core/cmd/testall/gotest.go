package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
)

// An event is one line of `go test -json` (go doc test2json).
type event struct {
	Action     string
	Package    string
	ImportPath string
	Test       string
	Elapsed    float64
	Output     string
}

// A reader follows the events of one `go test -json` run, prints what a person wants to see of them
// (each package as it ends, and the whole output of what failed), and counts.
type reader struct {
	out    io.Writer
	result result
	// output holds what is not yet known to have passed: package and test to its lines.
	output map[[2]string][]string
	// broken counts a package's failed tests, to tell a package that failed for another reason.
	broken map[string]int
	// events counts the lines understood: a run without any did not get to testing.
	events int
}

func newReader(out io.Writer) *reader {
	return &reader{
		out: out, output: map[[2]string][]string{}, broken: map[string]int{},
		result: result{reasons: map[string]int{}},
	}
}

// read takes a run's standard output to its end. Lines that are no events, such as those of a compiler,
// are printed as they are.
func (r *reader) read(in io.Reader) error {
	lines := bufio.NewReader(in)
	for {
		line, err := lines.ReadString('\n')
		if line != "" {
			var e event
			if json.Unmarshal([]byte(line), &e) != nil || e.Action == "" {
				fmt.Fprint(r.out, line)
			} else {
				r.take(e)
			}
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func (r *reader) take(e event) {
	r.events++
	key := [2]string{e.Package, e.Test}
	switch e.Action {
	case "build-output":
		fmt.Fprint(r.out, e.Output)
	case "output":
		r.output[key] = append(r.output[key], e.Output)
	case "pass", "fail", "skip":
		if e.Test == "" {
			r.endPackage(e)
		} else {
			r.endTest(e)
		}
		delete(r.output, key)
	}
}

func (r *reader) endTest(e event) {
	lines := r.output[[2]string{e.Package, e.Test}]
	if e.Elapsed >= slowSeconds && !strings.Contains(e.Test, "/") {
		r.result.slow = append(r.result.slow, e)
	}
	switch e.Action {
	case "pass":
		r.result.passed++
	case "skip":
		r.result.skipped++
		r.result.reasons[skipReason(lines)]++
	case "fail":
		r.result.failed++
		r.broken[e.Package]++
		r.result.failures = append(r.result.failures, e.Package+" "+e.Test)
		for _, line := range lines {
			fmt.Fprint(r.out, line)
		}
	}
}

// endPackage prints a package's line, and counts one failure for a package that failed without a failing
// test: it did not compile, panicked, or ran out of time.
func (r *reader) endPackage(e event) {
	if e.Action == "fail" && r.broken[e.Package] == 0 {
		r.result.failed++
		r.result.failures = append(r.result.failures, e.Package)
		for key, lines := range r.output {
			if key[0] == e.Package {
				fmt.Fprint(r.out, strings.Join(lines, ""))
			}
		}
	}
	if e.Action != "skip" { // a package without tests is not worth a line
		fmt.Fprintf(r.out, "%-4s %7.2f s  %s\n", e.Action, e.Elapsed, e.Package)
	}
}

// skipReason finds what the test said to t.Skip: its last line of the form "file.go:12: reason", which may come
// from a package of tests such as conformance.
func skipReason(lines []string) string {
	for i := len(lines) - 1; i >= 0; i-- {
		if _, reason, found := strings.Cut(lines[i], ".go:"); found {
			if _, reason, found = strings.Cut(reason, ": "); found {
				return strings.TrimSpace(reason)
			}
		}
	}
	return "no reason given"
}

// goTest runs `go test -json` with these arguments and variables added to the environment's.
func (s *session) goTest(env []string, args ...string) result {
	cmd := exec.Command("go", append([]string{"test", "-json", "-vet=off"}, args...)...)
	cmd.Env = append(os.Environ(), env...)
	return s.follow(cmd)
}

// follow runs a command that prints `go test -json` events and counts them.
func (s *session) follow(cmd *exec.Cmd) result {
	cmd.Stderr = s.out
	events, err := cmd.StdoutPipe()
	if err != nil {
		return fail(err.Error())
	}
	if err := cmd.Start(); err != nil {
		return fail(err.Error())
	}
	r := newReader(s.out)
	readErr := r.read(events)
	err = cmd.Wait()
	if readErr != nil {
		err = readErr
	}
	if err != nil && r.result.failed == 0 {
		// It failed before, or beside, the tests: what it said is above.
		r.result.failed++
		r.result.failures = append(r.result.failures, strings.Join(cmd.Args, " ")+": "+err.Error())
	}
	return r.result
}
