// Program compare measures this project's engines beside other stacks in one run: first
// under Node, with Dawn for WebGPU, then in Chromium, on whatever adapter is there.
// With -backend wasm the peers run on WebAssembly, on one thread in Node and on as many
// as there are processors in Chromium:
//
//	PEERS=DIR go run ./wasm/webgpu/bench/compare -backend wasm -engines simd:threads=1,simd:threads=2 -kernels ''
//
// With -engines webgpu,webgpu:tune it says what tuning products gains: in the table, and
// behind it product by product.
//
// It builds the program bench, runs it, and runs the peers of the folder that PEERS
// names (tfjs and jax-js on the same weights and tokens; skipped where it is absent).
// Each prints a line of JSON a workload. All lines go to assets/bench/, and a table
// with ratios in Markdown to standard output. Ratios hold within one run only: engines
// take turns workload by workload, so a machine that is busy is busy for all.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
)

// Workloads as both sides call them; kernels are ours alone.
const (
	small   = "mm64,mm128,mm256,mm512,mm1024,train:w1,train:w2,decode:w2:1,decode:w2:32"
	kernels = "bmm128,softmax,rmsnorm,attention,adamw,gather,scatter,replay"
	large   = "mm2048,mm4096"
	largest = "train:w3"
)

// comparison is one run.
type comparison struct {
	build     string // folder for what is built and brought
	peers     string // folder of the peers, "" where there is none
	driver    string // Vulkan driver, "" for the system's
	browser   string
	workloads []string
	own       []string // ours alone
	engines   []string
	backend   string // the peers'
	seconds   float64
	lines     []line
}

func main() {
	workloads := flag.String("workloads", small, "by commas, for all")
	own := flag.String("kernels", kernels, "by commas, for our engine alone")
	big := flag.Bool("large", false, "add products of 2048 and 4096 and a model of 10 million weights, for real GPUs")
	hosts := flag.String("hosts", "node,chromium", "where to measure, by commas")
	engines := flag.String("engines", "webgpu", "our engines, by commas: webgpu, webgpu:tune, webgpu:tune=1m, simd, simd:threads=1, go")
	backend := flag.String("backend", "webgpu", "what the peers run on: webgpu or wasm")
	peers := flag.String("peers", "tfjs,jaxjs", "which peers of the folder PEERS, by commas")
	out := flag.String("out", "assets/bench", "folder for the lines of JSON")
	seconds := flag.Float64("seconds", 2, "for each small workload of ours")
	flag.Parse()
	c := &comparison{build: ".build/bench", peers: os.Getenv("PEERS"), driver: driver(), browser: browser(),
		workloads: list(*workloads), own: list(*own), engines: list(*engines), backend: *backend, seconds: *seconds}
	if *big {
		c.workloads, c.own = append(c.workloads, list(large)...), append(c.own, list(largest)...)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := c.run(ctx, list(*hosts), list(*peers), *out); err != nil {
		fmt.Fprintln(os.Stderr, "bench-webgpu:", err)
		os.Exit(1)
	}
}

func list(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return r == ',' })
}

// driver finds a Vulkan driver for Node: the one that is named, else none, so that the
// system's is taken, which on a machine without a GPU is Mesa's lavapipe.
func driver() string { return os.Getenv("VK_ICD_FILENAMES") }

// browser finds Chromium: the one that CHROME names, else the first on PATH.
func browser() string {
	for _, name := range []string{os.Getenv("CHROME"), "chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); name != "" && err == nil {
			return path
		}
	}
	return ""
}

// run measures on all hosts and writes what was found.
func (c *comparison) run(ctx context.Context, hosts, peers []string, out string) error {
	if err := c.prepare(ctx); err != nil {
		return err
	}
	if c.peers == "" {
		note("peers are skipped: PEERS names no folder of them")
	} else if err := c.bring(ctx); err != nil {
		note("peers are skipped: %v", err)
		c.peers = ""
	}
	var faults []error
	for _, host := range hosts {
		switch host {
		case "node":
			faults = append(faults, c.node(ctx, peers))
		case "chromium":
			faults = append(faults, c.chromium(ctx, peers))
		default:
			return fmt.Errorf("there is no host %q: there are node and chromium", host)
		}
	}
	if len(c.lines) == 0 {
		return errors.Join(append(faults, errors.New("nothing was measured"))...)
	}
	name, err := c.keep(out)
	if err != nil {
		return err
	}
	c.table(os.Stdout)
	note("kept %s", name)
	return errors.Join(faults...)
}

func note(format string, args ...any) { fmt.Fprintf(os.Stderr, "bench-webgpu: "+format+"\n", args...) }

// prepare builds the program.
func (c *comparison) prepare(ctx context.Context) error {
	if err := os.MkdirAll(c.build, 0o755); err != nil {
		return err
	}
	build := exec.CommandContext(ctx, "go", "build", "-o", filepath.Join(c.build, "bench.wasm"), "./wasm/webgpu/bench")
	build.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm", "GOEXPERIMENT=")
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		return fmt.Errorf("build the benchmark (run in the repository's root): %w", err)
	}
	return nil
}

// bring copies the peers to the build folder, where their packages may be installed.
func (c *comparison) bring(ctx context.Context) error {
	to := filepath.Join(c.build, "peers")
	if err := os.MkdirAll(to, 0o755); err != nil {
		return err
	}
	files, err := os.ReadDir(c.peers)
	if err != nil {
		return err
	}
	for _, f := range files {
		if f.IsDir() {
			continue
		}
		data, err := os.ReadFile(filepath.Join(c.peers, f.Name()))
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(to, f.Name()), data, 0o644); err != nil {
			return err
		}
	}
	c.peers = to
	if _, err := os.Stat(filepath.Join(to, "node_modules")); err == nil {
		return nil
	}
	note("installing the peers' packages with npm")
	install := exec.CommandContext(ctx, "npm", "ci", "--no-audit", "--no-fund")
	install.Dir = to
	if text, err := install.CombinedOutput(); err != nil {
		return fmt.Errorf("npm ci in %s: %w: %s", to, err, text)
	}
	return nil
}
