package main

import (
	"fmt"
	"os"
	"time"

	"github.com/dongyur/dongyur/wasm/ir"
	"github.com/dongyur/dongyur/wasm/webgpu"
	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
)

// session is one engine with what is asked of it.
type session struct {
	backend compute.Backend
	seconds float64 // that one small workload may take
	updates map[string]int
	tuned   map[string]bool // products that were measured before this workload
}

// line is what one workload prints, as JSON. Its names are those of the peers' lines.
type line struct {
	Peer     string `json:"peer"`
	Host     string `json:"host"`
	Backend  string `json:"backend"`
	Adapter  string `json:"adapter"`
	Workload string `json:"workload"`

	Config     string   `json:"cfg,omitempty"`
	N          int      `json:"n,omitempty"`
	StepMS     float64  `json:"ms_per_step,omitempty"`
	LeastMS    float64  `json:"min_ms,omitempty"`
	WarmupMS   float64  `json:"warmup_ms,omitempty"`
	GFLOPS     float64  `json:"gflops,omitempty"`
	GBPS       float64  `json:"gbytes_per_s,omitempty"`
	TokensPerS float64  `json:"tokens_per_s,omitempty"`
	OK         *bool    `json:"ok,omitempty"`
	Loss0      *float64 `json:"loss0,omitempty"`
	Loss10     *float64 `json:"loss10,omitempty"`
	LossLast   *float64 `json:"loss_last,omitempty"`
	Updates    int      `json:"updates_before_last,omitempty"`
	NewTokens  int      `json:"new_tokens,omitempty"`
	PrefillMS  float64  `json:"prefill_ms,omitempty"`
	IDsHash    string   `json:"ids_hash,omitempty"`
	Operations int      `json:"operations,omitempty"`
	Steps      int      `json:"steps,omitempty"`
	Dispatches int      `json:"dispatches,omitempty"`
	PeakBytes  int64    `json:"temporary_bytes,omitempty"`
	LeastBytes int64    `json:"temporary_bytes_bound,omitempty"`
	MovedBytes int64    `json:"moved_bytes,omitempty"`
	ReplayUS   float64  `json:"us_per_dispatch,omitempty"`
	Error      string   `json:"error,omitempty"`

	Tuned []webgpu.TunedProduct `json:"tuned,omitempty"` // products that the workload had measured
}

// plan notes what the compiled graph costs, where the engine is one of ours.
func (l *line) plan(g *graph.Graph) {
	executable, ok := g.Executable().(*ir.Executable)
	if !ok {
		return
	}
	s := executable.Plan().Summary()
	l.Operations, l.Steps, l.PeakBytes, l.LeastBytes, l.MovedBytes = s.Operations, s.Steps, s.Arena, s.Bound, s.Bytes
	if program, ok := executable.Program().(interface{ Dispatches() int }); ok {
		l.Dispatches = program.Dispatches()
	}
}

// measured gives the products that an engine that tunes has measured for a workload.
func (s *session) measured() []webgpu.TunedProduct {
	target, ok := s.target().(interface{ Tuning() webgpu.Tuning })
	if !ok {
		return nil
	}
	var list []webgpu.TunedProduct
	for _, p := range target.Tuning().Products {
		if !s.tuned[p.Product] {
			s.tuned[p.Product] = true
			list = append(list, p)
		}
	}
	return list
}

// target is the engine's device, nil where it is none of ours.
func (s *session) target() ir.Target {
	if backend, ok := s.backend.(*ir.Backend); ok {
		return backend.Target()
	}
	return nil
}

// profile runs a workload with its kernels timed, and prints their table.
func (s *session) profile(workload string) error {
	timed, ok := s.target().(interface {
		Profile(work func() error) (webgpu.Profile, error)
	})
	if !ok {
		return fmt.Errorf("-profile is for the engine webgpu: %s has no clock of its own", s.backend.Name())
	}
	table, err := timed.Profile(func() error {
		_, err := s.workload(workload)
		return err
	})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(os.Stderr, "%s, %s on the device:\n%s", workload, table.Total(), table)
	return err
}

// exec makes an executor of a graph function over a list of nodes.
func (s *session) exec(name string, f func(in []*graph.Node) []*graph.Node) (*graph.Exec, error) {
	exec, err := graph.NewExec(s.backend, f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return exec.WithName(name), nil
}

// upload makes tensors on the device.
func (s *session) upload(t *tensors.Tensor) (*tensors.Tensor, error) {
	return t, t.MaterializeOnDevice(s.backend, false, 0)
}

// give donates tensors to the next call.
func (s *session) give(list []*tensors.Tensor) ([]any, error) {
	given := make([]any, len(list))
	for i, t := range list {
		var err error
		if given[i], err = graph.DonateTensorBuffer(t, s.backend, 0); err != nil {
			return nil, err
		}
	}
	return given, nil
}

// anys is a list of tensors as arguments.
func anys(list []*tensors.Tensor) []any {
	out := make([]any, len(list))
	for i, t := range list {
		out[i] = t
	}
	return out
}

func finalize(list ...*tensors.Tensor) {
	for _, t := range list {
		if t != nil {
			t.FinalizeAll()
		}
	}
}

// milliseconds since start.
func milliseconds(start time.Time) float64 {
	return float64(time.Since(start)) / float64(time.Millisecond)
}

// repeat calls f until the session's seconds are spent, 3 to 50 times, and gives the
// median and the least time.
func (s *session) repeat(f func() error) (mid, least float64, err error) {
	var times []float64
	start := time.Now()
	for len(times) < 3 || len(times) < 50 && milliseconds(start) < s.seconds*1000 {
		t := time.Now()
		if err := f(); err != nil {
			return 0, 0, err
		}
		times = append(times, milliseconds(t))
	}
	least = times[0]
	for _, t := range times {
		least = min(least, t)
	}
	return median(times), least, nil
}
