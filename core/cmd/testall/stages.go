package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
)

// The Go folders, so that nothing under .cache (npm packages hold Go files too) is looked at.
var sourceFolders = []string{"core", "ui", "wasm"}

// jsWasm builds for the page, with the compiler as released: see useSIMD.
var jsWasm = []string{"GOOS=js", "GOARCH=wasm", "GOEXPERIMENT="}

// useSIMD lets everything native be built and tested as the Makefile builds it: on amd64 with Go's experimental
// SIMD package, which the Go engine multiplies matrices with. Who sets GOEXPERIMENT tests with that instead.
func useSIMD() error {
	if runtime.GOARCH != "amd64" || os.Getenv("GOEXPERIMENT") != "" {
		return nil
	}
	const experiment = "simd"
	probe := exec.Command("go", "env", "GOARCH")
	probe.Env = append(os.Environ(), "GOEXPERIMENT="+experiment)
	if probe.Run() != nil {
		return nil // a Go that does not know the experiment
	}
	return os.Setenv("GOEXPERIMENT", experiment)
}

// command prepares a command whose output is shown, with variables added to the environment's.
func (s *session) command(env []string, name string, args ...string) *exec.Cmd {
	cmd := exec.Command(name, args...)
	cmd.Env = append(os.Environ(), env...)
	cmd.Stdout, cmd.Stderr = s.out, s.out
	return cmd
}

// perform runs a command and says on failure which one it was; what is wrong, the command has printed.
func (s *session) perform(env []string, name string, args ...string) error {
	if err := s.command(env, name, args...).Run(); err != nil {
		shown := strings.Join(append([]string{filepath.Base(name)}, args...), " ")
		if len(shown) > 60 {
			shown = shown[:60] + "…"
		}
		return fmt.Errorf("%s: %w", strings.Join(append(env, shown), " "), err)
	}
	return nil
}

func (s *session) format() result {
	var out bytes.Buffer
	cmd := s.command(nil, "gofmt", append([]string{"-l"}, sourceFolders...)...)
	cmd.Stdout = &out
	if err := cmd.Run(); err != nil {
		return fail("gofmt: " + err.Error())
	}
	if files := strings.Fields(out.String()); len(files) > 0 {
		return fail("not formatted (run `make fmt`): " + strings.Join(files, " "))
	}
	return pass()
}

// generate runs the generators and compares what they wrote with what was there.
func (s *session) generate() result {
	before, err := generatedFiles("ui")
	if err != nil {
		return fail(err.Error())
	}
	if err := s.perform(nil, "go", "generate", "./ui/..."); err != nil {
		return fail(err.Error())
	}
	if err := s.perform(nil, "gofmt", "-w", "ui"); err != nil {
		return fail(err.Error())
	}
	after, err := generatedFiles("ui")
	if err != nil {
		return fail(err.Error())
	}
	if len(after) == 0 {
		return fail("no generated code below ui: its //go:generate line must be in a file without build constraint")
	}
	var changed []string
	for path, content := range after {
		if !bytes.Equal(before[path], content) {
			changed = append(changed, path)
		}
	}
	for path := range before {
		if _, kept := after[path]; !kept {
			changed = append(changed, path)
		}
	}
	if len(changed) > 0 {
		return fail("generated code was out of date and is now written anew; commit " + strings.Join(changed, " "))
	}
	return pass()
}

// generatedFiles reads every *_gen.go below dir.
func generatedFiles(dir string) (map[string][]byte, error) {
	files := map[string][]byte{}
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, "_gen.go") {
			return err
		}
		files[path], err = os.ReadFile(path)
		return err
	})
	return files, err
}

func (s *session) vet() result {
	portable, err := portablePackages()
	if err != nil {
		return fail(err.Error())
	}
	return check(errors.Join(
		s.perform(nil, "go", "vet", "-tags=e2e", "./..."),
		s.perform(jsWasm, "go", append([]string{"vet"}, portable...)...),
	))
}

// staticcheck's checks: all but suggestions for rewriting (QF), dot imports (the custom for GoMLX's graph
// package) and types that could be left out of declarations.
const lintChecks = "all,-QF*,-ST1001,-ST1023"

func (s *session) lint() result {
	portable, err := portablePackages()
	if err != nil {
		return fail(err.Error())
	}
	// `go tool` would build the linter for the target when GOOS is set, so it is built once for the host.
	linter, err := filepath.Abs(filepath.Join(".cache", "bin", "staticcheck"))
	if err != nil {
		return fail(err.Error())
	}
	if err := s.perform(nil, "go", "build", "-o", linter, "honnef.co/go/tools/cmd/staticcheck"); err != nil {
		return fail(err.Error())
	}
	return check(errors.Join(
		s.perform(nil, linter, "-checks", lintChecks, "-tags=e2e", "./..."),
		s.perform(jsWasm, linter, append([]string{"-checks", lintChecks}, portable...)...),
	))
}

// portablePackages lists the packages that must work in a browser: all but the programs, the build, the
// browser's driver, and SQLite with what measures it.
func portablePackages() ([]string, error) {
	return listPackages(jsWasm, "{{.ImportPath}}", func(path string) bool {
		return !strings.Contains(path, "/core/cmd/") && !strings.HasSuffix(path, "/wasm/build") &&
			!strings.Contains(path, "/ui/e2e") && !strings.HasSuffix(path, "/core/hub/sqlite") && !strings.HasSuffix(path, "/core/hub/load")
	})
}

// listPackages runs `go list` with a template and keeps the lines that pass. Packages that do not compile are
// listed too (-e): it is for the stage to show what is wrong with them.
func listPackages(env []string, format string, keep func(string) bool) ([]string, error) {
	cmd := exec.Command("go", "list", "-e", "-f", format, "./...")
	cmd.Env = append(os.Environ(), env...)
	var complaint bytes.Buffer
	cmd.Stderr = &complaint
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w: %s", err, strings.TrimSpace(complaint.String()))
	}
	var kept []string
	for _, line := range strings.Split(string(out), "\n") {
		if line != "" && keep(line) {
			kept = append(kept, line)
		}
	}
	return kept, nil
}

func (s *session) native() result {
	return s.goTest(nil, "-timeout=15m", "./...")
}

// wasm runs the tests in Node, as the page would. -short leaves out what takes minutes there.
func (s *session) wasm() result {
	if _, err := exec.LookPath("node"); err != nil {
		return skip("node is not installed: the js/wasm tests need it")
	}
	packages, err := portablePackages()
	if err != nil {
		return fail(err.Error())
	}
	return s.inNode("", append([]string{"-short", "-timeout=15m"}, packages...)...)
}

// webgpu runs the tests of the WebGPU backend in Node, on Dawn and whatever adapter there is; a software one
// will do.
func (s *session) webgpu() result {
	return s.onDawn("-count=1", "-timeout=20m", "./wasm/webgpu/...")
}

// agreement trains nano on the Go engine and twice on WebGPU, 50 steps of SFT and 20 of GRPO, and takes the device
// away 20 times. It is for an idle machine.
func (s *session) agreement() result {
	return s.onDawn("-count=1", "-timeout=2h", "-run=TestWebGPU|TestDeviceLosses", "./wasm/trainer", "-whole", "-losses=20")
}

// onDawn runs Go's tests for js/wasm in Node with WebGPU.
func (s *session) onDawn(arguments ...string) result {
	node, err := exec.LookPath("node")
	if err != nil {
		return skip("node is not installed: the tests of WebGPU need it (Debian: apt-get install nodejs npm)")
	}
	launcher, err := filepath.Abs(filepath.Join("wasm", "webgpu", "testdata", "node.mjs"))
	if err != nil {
		return fail(err.Error())
	}
	return s.inNode(node+" --stack-size=8192 "+launcher, arguments...)
}

// simd runs all tests of the WebAssembly SIMD backend in Node.
func (s *session) simd() result {
	return s.inNode("", "-count=1", "-timeout=20m", "./wasm/simd")
}

// agreementSIMD trains nano, in small steps, on the Go engine and twice on the SIMD backend, on one thread and on two:
// 50 steps of SFT and 20 of GRPO each.
func (s *session) agreementSIMD() result {
	return s.inNode("", "-count=1", "-timeout=30m", "-v", "-run=TestSIMDAgrees", "./wasm/trainer", "-whole")
}

// demonstration trains as the page does by default, on the Go engine and on the SIMD backend, and prints how long
// each takes.
func (s *session) demonstration() result {
	return s.inNode("", "-count=1", "-timeout=30m", "-v", "-run=TestEnginesAgree", "./wasm/trainer", "-demonstration")
}

// inNode runs Go's tests for js/wasm by a launcher, Go's own where it is "".
func (s *session) inNode(launcher string, arguments ...string) result {
	if launcher == "" {
		root, err := exec.Command("go", "env", "GOROOT").Output()
		if err != nil {
			return fail("go env GOROOT: " + err.Error())
		}
		launcher = filepath.Join(strings.TrimSpace(string(root)), "lib", "wasm", "go_js_wasm_exec")
	}
	cmd := exec.Command("go", append([]string{"test", "-json", "-vet=off", "-exec=" + launcher}, arguments...)...)
	cmd.Env = append(smallEnvironment(os.Environ()), jsWasm...)
	return s.follow(cmd)
}

// smallEnvironment keeps the variables that Go, Node and the tests use: wasm_exec.js refuses a program whose
// arguments and environment together pass 8 KiB.
func smallEnvironment(environment []string) []string {
	var kept []string
	for _, entry := range environment {
		name, _, _ := strings.Cut(entry, "=")
		switch {
		case name == "PATH", name == "HOME", name == "TMPDIR", name == "XDG_CACHE_HOME", name == "CHROME",
			name == "VK_ICD_FILENAMES",
			name == "SSL_CERT_FILE", name == "SSL_CERT_DIR",
			strings.HasPrefix(name, "GO"), strings.HasPrefix(name, "CGO"),
			strings.HasPrefix(name, "DONGYUR_"),
			strings.HasSuffix(strings.ToLower(name), "_proxy"):
			kept = append(kept, entry)
		}
	}
	return kept
}

func (s *session) build() result {
	return check(errors.Join(
		s.perform(nil, "go", "build", "-o", filepath.Join(".build", "dongyur"), "./core/cmd/dongyur"),
		s.perform(nil, "go", "run", "./wasm/build", "-check"),
	))
}

func (s *session) e2e() result {
	if s.chrome == "" {
		return fail("no browser: " + installChromium)
	}
	return s.goTest([]string{"CHROME=" + s.chrome}, "-tags=e2e", "-count=1", "-timeout=15m", "./ui/e2e/...")
}
