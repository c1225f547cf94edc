package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// A fuzzTarget is one native fuzz function.
type fuzzTarget struct{ pkg, dir, name string }

// fuzz runs every fuzz target for a while. What it finds is written to the package's testdata/fuzz, where
// it stays a test.
//
// A package's test binary, with the fuzzer's instruments, is linked once for all of its targets; `go test -fuzz`
// would link it for each.
func (s *session) fuzz() result {
	targets, err := listFuzzTargets()
	if err != nil {
		return fail(err.Error())
	}
	if len(targets) == 0 {
		return fail("no fuzz target found")
	}
	folder, err := os.MkdirTemp("", "fuzz")
	if err != nil {
		return fail(err.Error())
	}
	defer os.RemoveAll(folder)
	total := result{reasons: map[string]int{}}
	binaries := map[string]string{} // by package; "" where it does not build
	for _, target := range targets {
		binary, tried := binaries[target.pkg]
		if !tried {
			binary = filepath.Join(folder, strings.ReplaceAll(target.pkg, "/", "_")+".test")
			if err := s.perform(nil, "go", "test", "-c", "-vet=off", "-fuzz=^Fuzz", "-o", binary, target.pkg); err != nil {
				binary = ""
			}
			binaries[target.pkg] = binary
		}
		if s.runFuzz(target, binary, filepath.Join(folder, "corpus")) {
			total.passed++
		} else {
			total.failed++
			total.failures = append(total.failures, target.pkg+" "+target.name)
		}
	}
	return total
}

// runFuzz fuzzes one target with its package's test binary. Inputs that reach new code are kept in corpus.
func (s *session) runFuzz(target fuzzTarget, binary, corpus string) bool {
	if binary == "" {
		return false
	}
	fmt.Fprintf(s.out, "fuzz %s in %s for %s\n", target.name, target.pkg, s.fuzzTime)
	cmd := s.command(nil, binary, "-test.run=^$", "-test.fuzz=^"+target.name+"$", "-test.fuzztime="+s.fuzzTime,
		"-test.fuzzcachedir="+corpus, "-test.timeout=0")
	cmd.Dir = target.dir // where its testdata is
	return cmd.Run() == nil
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
			targets = append(targets, fuzzTarget{pkg, filepath.Dir(file), name})
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
