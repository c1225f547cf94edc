// Program bench measures an engine of GoMLX: matrix products, the kernels around them,
// whole train steps and decoding of small GPTs. It prints one line of JSON a workload,
// with the names that the peers' lines have, so that both can stand in one table.
//
// The GPTs have weights, tokens and an optimiser that other stacks can repeat from a
// description of a page (workload.go): their losses and token ids must be equal to
// ours, which checks all engines.
//
//	bench -engine webgpu -workloads mm256,train:w1,decode:w2:32
//
// The engine webgpu:tune measures the tilings of a workload's products before its first
// run; which of them it has changed and by how much is in the line.
//
// With -profile each workload runs again with every kernel timed on the device, and a
// table of them follows on the standard error.
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"strconv"
	"strings"

	_ "github.com/dongyur/dongyur/wasm/simd" // registers "simd"
	"github.com/gomlx/compute"
	_ "github.com/gomlx/compute/gobackend" // registers "go"
)

func main() {
	engine := flag.String("engine", "webgpu", "`name` of the engine: webgpu, webgpu:tune, webgpu:tune=1m, simd, simd:threads=1 or go")
	workloads := flag.String("workloads", "mm256,mm512,mm1024,train:w1,train:w2,decode:w2:1,decode:w2:32", "what to measure, by commas")
	host := flag.String("host", "node", "where this runs, for the output")
	seconds := flag.Float64("seconds", 3, "for each small workload")
	profile := flag.Bool("profile", false, "print what each kernel takes on the device")
	flag.Parse()
	if err := measure(*engine, *host, strings.Split(*workloads, ","), *seconds, *profile); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// measure runs workloads on an engine and prints their lines; one that fails prints
// its error and the next goes on.
func measure(engine, host string, workloads []string, seconds float64, profile bool) error {
	config := engine
	if engine == "go" {
		config = "go:ops_sequential,creation_order"
	}
	backend, err := compute.NewWithConfig(config)
	if err != nil {
		return fmt.Errorf("open engine %s: %w", engine, err)
	}
	defer backend.Finalize()
	s := &session{backend: backend, seconds: seconds, updates: map[string]int{"tiny": 10, "w1": 12, "w2": 3, "w3": 2}, tuned: map[string]bool{}}
	failed := 0
	for _, workload := range workloads {
		out, err := s.workload(workload)
		if err != nil {
			out = &line{Workload: workload, Error: err.Error()}
			failed++
		}
		out.Peer, out.Host, out.Backend, out.Adapter = "dongyur", host, engine, backend.Description()
		out.Tuned = s.measured()
		text, err := json.Marshal(out)
		if err != nil {
			return err
		}
		fmt.Println(string(text))
		if profile && out.Error == "" {
			if err := s.profile(workload); err != nil {
				return err
			}
		}
	}
	if failed > 0 {
		return fmt.Errorf("%d of %d workloads failed", failed, len(workloads))
	}
	return nil
}

// workload runs one by its name.
func (s *session) workload(name string) (out *line, err error) {
	defer func() { // graph functions panic
		if e := recover(); e != nil {
			err = fmt.Errorf("%v", e)
		}
	}()
	kind, rest, _ := strings.Cut(name, ":")
	switch kind {
	case "train":
		c, err := named(rest)
		if err != nil {
			return nil, err
		}
		return s.train(c)
	case "decode":
		size, rows, _ := strings.Cut(rest, ":")
		c, err := named(size)
		if err != nil {
			return nil, err
		}
		n, err := strconv.Atoi(rows)
		if err != nil || n < 1 {
			return nil, fmt.Errorf("decode:%s: %q is no number of rows", size, rows)
		}
		return s.decode(c, n)
	}
	if name == "replay" {
		return s.replay()
	}
	return s.operation(name)
}

func named(name string) (gpt, error) {
	for _, c := range gpts {
		if c.name == name {
			return c, nil
		}
	}
	return gpt{}, errors.New("there is no model " + strconv.Quote(name) + "; there are tiny, w1, w2 and w3")
}
