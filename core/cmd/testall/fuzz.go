package main

import (
	"fmt"
	"os"
	"strings"
)

// A fuzzTarget is one native fuzz function.
type fuzzTarget struct{ pkg, name string }

// fuzz runs every fuzz target for a while. What it finds is written to the package's testdata/fuzz, where
// it stays a test.
func (s *session) fuzz() result {
	targets, err := listFuzzTargets()
	if err != nil {
		return fail(err.Error())
	}
	if len(targets) == 0 {
		return fail("no fuzz target found")
	}
	total := result{reasons: map[string]int{}}
	for _, target := range targets {
		fmt.Fprintf(s.out, "fuzz %s in %s for %s\n", target.name, target.pkg, s.fuzzTime)
		r := s.goTest(nil, "-run=^$", "-fuzz=^"+target.name+"$", "-fuzztime="+s.fuzzTime.String(), "-timeout=0", target.pkg)
		// A target counts once, not also for each of the seeds and crashers that are its subtests.
		if r.failed > 0 {
			total.failed++
			total.failures = append(total.failures, target.pkg+" "+target.name)
		} else {
			total.passed++
		}
	}
	return total
}

// listFuzzTargets finds the fuzz functions by reading the test files: `go test -list` would first compile
// every test binary.
func listFuzzTargets() ([]fuzzTarget, error) {
	packages, err := listPackages(nil, "{{$p := .}}{{range .TestGoFiles}}{{$p.ImportPath}}|{{$p.Dir}}/{{.}}\n{{end}}"+
		"{{range .XTestGoFiles}}{{$p.ImportPath}}|{{$p.Dir}}/{{.}}\n{{end}}", func(string) bool { return true })
	if err != nil {
		return nil, err
	}
	var targets []fuzzTarget
	for _, line := range packages {
		pkg, file, _ := strings.Cut(line, "|")
		names, err := fuzzFunctions(file)
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			targets = append(targets, fuzzTarget{pkg, name})
		}
	}
	return targets, nil
}

// fuzzFunctions names the fuzz functions that a Go file declares.
func fuzzFunctions(file string) ([]string, error) {
	source, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var names []string
	for line := range strings.Lines(string(source)) {
		if name, isFuzz := strings.CutPrefix(line, "func Fuzz"); isFuzz {
			name, _, _ = strings.Cut(name, "(")
			names = append(names, "Fuzz"+name)
		}
	}
	return names, nil
}
