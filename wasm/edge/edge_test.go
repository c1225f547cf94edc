//go:build !js

package main

import (
	"bufio"
	"encoding/json"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/dongyur/dongyur/core/hub"
	"github.com/dongyur/dongyur/core/hub/hubtest"
)

// served builds the Worker and runs it in workerd, with D1 and R2 simulated.
func served(t *testing.T) string {
	root, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	packages := filepath.Join(root, ".cache", "npm")
	if _, err := os.Stat(filepath.Join(packages, "node_modules", "miniflare")); err != nil {
		t.Skip("npm's packages are not here: workerd needs them")
	}
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("node is not installed: workerd needs it")
	}
	folder := t.TempDir()
	build := exec.Command("go", "run", "./wasm/edge/build", "-out", filepath.Join(folder, "worker"))
	build.Dir = root
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	var statements []string
	list, err := fs.Glob(hub.Migrations, "migrations/*.sql")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range list {
		content, err := fs.ReadFile(hub.Migrations, name)
		if err != nil {
			t.Fatal(err)
		}
		statements = append(statements, hub.Statements(string(content))...)
	}
	data, err := json.Marshal(statements)
	if err != nil {
		t.Fatal(err)
	}
	migrations := filepath.Join(folder, "migrations.json")
	if err := os.WriteFile(migrations, data, 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(node, filepath.Join("testdata", "serve.mjs"), packages, filepath.Join(folder, "worker"), migrations)
	cmd.Env = append(os.Environ(), "OPERATOR_KEY="+hubtest.Key("operator"))
	cmd.Stderr = os.Stderr
	input, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	output, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		input.Close()
		ended := make(chan error, 1)
		go func() { ended <- cmd.Wait() }()
		select {
		case <-ended:
		case <-time.After(10 * time.Second):
			_ = cmd.Process.Kill() // it may have ended just now
		}
	})
	line, err := bufio.NewReader(output).ReadString('\n')
	if err != nil {
		t.Fatalf("workerd did not start: %v", err)
	}
	return strings.TrimSpace(line)
}

// The hub at the edge keeps what the hub on SQLite promises, and gives the same bytes;
// a short link needs no Go and leads where the native one does.
func TestSuiteOnWorkerd(t *testing.T) {
	base := served(t)
	hubtest.Run(t, base)
	visitor := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	for _, test := range []struct {
		path, location string
		status         int
	}{
		{"/s/abcdefghijklmn23", "/?shared=abcdefghijklmn23", http.StatusFound},
		{"/s/ABC", "", http.StatusNotFound},
	} {
		answer, err := visitor.Get(base + test.path)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		if answer.StatusCode != test.status || answer.Header.Get("Location") != test.location {
			t.Errorf("%s: %d, %s", test.path, answer.StatusCode, answer.Header.Get("Location"))
		}
		for name, value := range hub.PageHeaders {
			if answer.Header.Get(name) != value {
				t.Errorf("%s: %s is %q", test.path, name, answer.Header.Get(name))
			}
		}
	}
}
