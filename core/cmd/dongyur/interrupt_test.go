package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"
)

// asProgram makes the test's binary the program itself.
const asProgram = "DONGYUR_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// watched is an output that tells when it holds a text.
type watched struct {
	so    bytes.Buffer // far
	text  string
	found chan struct{}
}

func (w *watched) Write(p []byte) (int, error) {
	n, err := w.so.Write(p)
	if w.found != nil && strings.Contains(w.so.String(), w.text) {
		close(w.found)
		w.found = nil
	}
	return n, err
}

// A signal ends a command where it can go on from, with what it has done by then and
// the exit code that shells expect.
func TestSignals(t *testing.T) {
	if testing.Short() || runtime.GOOS == "windows" {
		t.Skip("runs the program on the nano model and sends it signals")
	}
	atRoot(t)
	run, table := filepath.Join(t.TempDir(), "run"), filepath.Join(t.TempDir(), "table.tsv")
	rows := []byte("bo\tzh\n")
	for i := range 4000 {
		rows = fmt.Appendf(rows, "%c%c%c\t%c\n", 'ཀ'+i/400, 'ཀ'+i/20%20, 'ཀ'+i%20, '一'+i)
	}
	if err := os.WriteFile(table, rows, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name      string
		arguments []string
		when      string // the output holds it
		signal    syscall.Signal
		code      int
		says      []string
	}{
		{"training, ended by a service manager", append(small, "--method", "sft", "--steps", "100000", "--out", run),
			`"type":"step"`, syscall.SIGTERM, 143, []string{"terminated", "the run is saved in " + run, "--resume"}},
		{"measuring, ended by Ctrl-C", []string{"eval", "--model", "assets/models/nano", "--data", table},
			"evaluate", syscall.SIGINT, 130, []string{"stopped after", "chrF2++", "interrupted; the scores are of"}},
		{"generating, ended by Ctrl-C", []string{"--json", "generate", "--model", "assets/models/nano", "--max-tokens", "900", "--temperature", "5", "བོད།"},
			`"type":"tokens"`, syscall.SIGINT, 130, []string{"cut off", "interrupted; what was said"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			defer cancel()
			found := make(chan struct{})
			output := &watched{text: test.when, found: found}
			command := exec.CommandContext(ctx, os.Args[0], test.arguments...)
			command.Env = append(os.Environ(), asProgram+"=1")
			command.Stdout, command.Stderr = output, output
			if err := command.Start(); err != nil {
				t.Fatal(err)
			}
			ended := make(chan error, 1)
			go func() { ended <- command.Wait() }()
			select {
			case <-found:
			case err := <-ended:
				t.Fatalf("it ended by itself: %v\n%s", err, output.so.String())
			}
			if err := command.Process.Signal(test.signal); err != nil {
				t.Fatal(err)
			}
			err := <-ended
			var exit *exec.ExitError
			if !errors.As(err, &exit) || exit.ExitCode() != test.code {
				t.Errorf("%v, want exit code %d\n%s", err, test.code, output.so.String())
			}
			for _, part := range test.says {
				if !strings.Contains(output.so.String(), part) {
					t.Errorf("it does not say %q:\n%s", part, output.so.String())
				}
			}
		})
	}
	if _, err := os.Stat(filepath.Join(run, "state.safetensors")); err != nil {
		t.Error(err)
	}
}
