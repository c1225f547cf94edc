package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

// node measures under Node: for each workload ours, then each peer's.
func (c *comparison) node(ctx context.Context, peers []string) error {
	if _, err := exec.LookPath("node"); err != nil {
		note("Node is skipped: there is no node on PATH")
		return nil
	}
	for _, workload := range append(c.workloads, c.own...) {
		for _, engine := range c.ours(workload) {
			c.collect(ctx, ".", nil, "node", "--stack-size=8192", compileThreads(), "wasm/webgpu/testdata/node.mjs", filepath.Join(c.build, "bench.wasm"),
				"-engine", engine, "-host", c.nodeName(), "-seconds", fmt.Sprint(c.seconds), "-workloads", workload)
		}
		if c.peers == "" || !slices.Contains(c.workloads, workload) {
			continue
		}
		for _, peer := range peers {
			c.collect(ctx, c.peers, append(peerLimits(), "PEERS_ICD="+c.icd()), "node", compileThreads(), "run_node.mjs", "--peer="+peer, "--backend="+c.backend, "--workloads="+workload)
		}
	}
	return ctx.Err()
}

// compileThreads has Node compile on as many threads as cores are left beside the main
// one, as Chromium does. By default it takes four, and on two cores what is measured
// stands still while Go's program is compiled again, better.
func compileThreads() string {
	return fmt.Sprintf("--v8-pool-size=%d", max(1, runtime.NumCPU()-1))
}

// nodeName is the host's name in the lines of ours.
func (c *comparison) nodeName() string {
	if c.backend == "webgpu" {
		return "node-dawn"
	}
	return "node"
}

// peerLimits gives the peers the time to take all their steps: what they have timed
// after fewer includes their compilation.
func peerLimits() []string {
	if os.Getenv("PEERS_TRAIN_S") != "" {
		return nil
	}
	return []string{"PEERS_TRAIN_S=1800"}
}

// icd is the driver that wasm/webgpu/testdata/node.mjs takes, for the peers to take
// the same.
func (c *comparison) icd() string {
	for _, file := range []string{c.driver, "/usr/share/vulkan/icd.d/lvp_icd.json", "/usr/share/vulkan/icd.d/lvp_icd.x86_64.json",
		"/usr/lib/chromium/vk_swiftshader_icd.json"} {
		if _, err := os.Stat(file); err == nil {
			return file
		}
	}
	return ""
}

// ours gives our engines that a workload is for: the Go engine has no dispatches to queue.
func (c *comparison) ours(workload string) []string {
	return slices.DeleteFunc(slices.Clone(c.engines), func(engine string) bool { return engine == "go" && workload == "replay" })
}

// collect runs a program and keeps the lines of JSON that it prints; what fails is
// told and the rest goes on.
func (c *comparison) collect(ctx context.Context, dir string, env []string, name string, args ...string) {
	command := exec.CommandContext(ctx, name, args...)
	command.Dir, command.Env = dir, append(os.Environ(), env...)
	var faults bytes.Buffer
	command.Stderr = &faults
	out, err := command.StdoutPipe()
	if err == nil {
		err = command.Start()
	}
	if err == nil {
		scan := bufio.NewScanner(out)
		scan.Buffer(nil, 1<<20)
		for scan.Scan() {
			c.add(scan.Text())
		}
		err = command.Wait()
	}
	if err != nil && ctx.Err() == nil {
		note("%s: %v %s", args[len(args)-1], err, strings.TrimSpace(faults.String()))
	}
}

// add keeps one line that an engine printed.
func (c *comparison) add(text string) {
	var l line
	if !strings.HasPrefix(text, "{") || json.Unmarshal([]byte(text), &l) != nil || l.Peer == "" {
		return
	}
	l.raw = text
	c.lines = append(c.lines, l)
	what := fmt.Sprintf("%.2f ms", l.StepMS)
	if l.Error != "" {
		what = l.Error
	}
	note("%s %s %s %s", l.Host, l.engine(), l.name(), what)
}
