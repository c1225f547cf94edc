package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/dongyur/dongyur/wasm/webgpu"
)

// line is what an engine printed of one workload: what the table needs of it.
type line struct {
	Peer       string   `json:"peer"`
	Host       string   `json:"host"`
	Backend    string   `json:"backend"`
	Threads    int      `json:"threads"`
	Workload   string   `json:"workload"`
	N          int      `json:"n"`
	StepMS     float64  `json:"ms_per_step"`
	WarmupMS   float64  `json:"warmup_ms"`
	GFLOPS     float64  `json:"gflops"`
	GBPS       float64  `json:"gbytes_per_s"`
	Dispatches int      `json:"dispatches"`
	PeakBytes  int64    `json:"temporary_bytes"`
	Loss0      *float64 `json:"loss0"`
	Loss10     *float64 `json:"loss10"`
	LossLast   *float64 `json:"loss_last"`
	IDsHash    string   `json:"ids_hash"`
	ReplayUS   float64  `json:"us_per_dispatch"`
	Error      string   `json:"error"`
	GPUErrors  int      `json:"gpu_errors"`
	Timed      *int     `json:"timed_steps"`
	raw        string

	Tuned []webgpu.TunedProduct `json:"tuned"`
}

// name tells workloads apart; the peers' names of a product lack its size.
func (l *line) name() string {
	if l.Workload == "matmul" {
		return fmt.Sprintf("mm%d", l.N)
	}
	if rest, ok := strings.CutPrefix(l.Workload, "train:"); ok { // a peer's line of an error has the argument
		return "train-" + rest
	}
	if rest, ok := strings.CutPrefix(l.Workload, "decode:"); ok {
		return "decode-" + strings.Replace(rest, ":", "-b", 1)
	}
	return l.Workload
}

// place tells the hosts apart: the peers' names of Chromium and Node have versions.
func (l *line) place() string {
	if strings.HasPrefix(l.Host, "chromium") {
		return "chromium"
	}
	if strings.HasSuffix(l.Host, "-dawn") {
		return "node-dawn"
	}
	return "node"
}

// valid says that the line has a time that counts. The peers' time of two steps
// includes the first, in which they compile.
func (l *line) valid() bool {
	return l.Error == "" && l.GPUErrors == 0 && l.StepMS > 0 && (l.Timed == nil || *l.Timed >= 2)
}

func (l *line) engine() string {
	if l.Peer == "dongyur" {
		return l.Peer + " " + l.Backend
	}
	if l.Threads > 0 {
		return fmt.Sprintf("%s ×%d", l.Peer, l.Threads) // threads
	}
	return l.Peer
}

// keep writes all lines to a file named by the day and time.
func (c *comparison) keep(dir string) (string, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	name := filepath.Join(dir, c.backend+"-"+time.Now().UTC().Format("2006-01-02-1504")+".jsonl")
	var text strings.Builder
	for _, l := range c.lines {
		text.WriteString(l.raw + "\n")
	}
	return name, os.WriteFile(name, []byte(text.String()), 0o644)
}

// table prints a row a workload and host: ours, each peer's, and how many times
// faster each of ours is than the best of them. The last columns are our first engine's.
func (c *comparison) table(w io.Writer) {
	var engines []string
	for _, engine := range c.engines {
		engines = append(engines, "dongyur "+engine)
	}
	own := slices.Clone(engines)
	var rows []string
	cells := map[string]map[string]*line{}
	for i := range c.lines {
		l := &c.lines[i]
		if !slices.Contains(engines, l.engine()) {
			engines = append(engines, l.engine())
		}
		row := l.place() + "\x00" + l.name()
		if cells[row] == nil {
			cells[row] = map[string]*line{}
			rows = append(rows, row)
		}
		cells[row][l.engine()] = l
	}
	faster := []string{"×faster than the best peer"}
	for _, engine := range own[1:] {
		faster = append(faster, "×faster: "+engine)
	}
	fmt.Fprintf(w, "| host | workload | %s | %s | GFLOP/s | GB/s | dispatches | temporary MB | first run s | same results |\n|%s\n",
		strings.Join(engines, " ms | ")+" ms", strings.Join(faster, " | "), strings.Repeat("---|", len(engines)+len(own)+8))
	for _, row := range rows {
		host, workload, _ := strings.Cut(row, "\x00")
		var times []string
		for _, engine := range engines {
			times = append(times, duration(cells[row][engine]))
		}
		var ratios []string
		for _, engine := range own {
			ratios = append(ratios, ratio(cells[row][engine], cells[row]))
		}
		first := cells[row][own[0]]
		if first == nil {
			first = &line{}
		}
		fmt.Fprintf(w, "| %s | %s | %s | %s | %s | %s | %s | %s | %s | %s |\n", host, workload, strings.Join(times, " | "),
			strings.Join(ratios, " | "), number(first.GFLOPS), number(first.GBPS), number(float64(first.Dispatches)),
			number(float64(first.PeakBytes)/1e6), number(first.WarmupMS/1000), agree(first, cells[row]))
	}
	for _, l := range c.lines {
		if l.ReplayUS > 0 {
			fmt.Fprintf(w, "\nTo queue one more dispatch takes %s %s µs (%s).\n", l.engine(), number(l.ReplayUS), l.place())
		}
	}
	c.tuning(w)
}

// tuning lists what engines that tune have found, a product a line.
func (c *comparison) tuning(w io.Writer) {
	head := "\nProducts whose tilings were measured:\n\n"
	for i := range c.lines {
		l := &c.lines[i]
		for _, p := range l.Tuned {
			fmt.Fprintf(w, "%s- %s, %s (%s): %s\n", head, l.engine(), l.name(), l.place(), p)
			head = ""
		}
	}
}

func duration(l *line) string {
	switch {
	case l == nil:
		return "–"
	case !l.valid():
		return "failed"
	}
	return number(l.StepMS)
}

// number has three digits, and nothing for 0.
func number(x float64) string {
	switch {
	case x == 0:
		return "–"
	case x >= 100:
		return fmt.Sprintf("%.0f", x)
	}
	return fmt.Sprintf("%.3g", x)
}

// isPeer says that a line is not one of our own engines'.
func isPeer(l *line) bool { return l.Peer != "dongyur" }

func ratio(own *line, others map[string]*line) string {
	best := 0.0
	for _, l := range others {
		if isPeer(l) && l.valid() && (best == 0 || l.StepMS < best) {
			best = l.StepMS
		}
	}
	if best == 0 || own == nil || !own.valid() {
		return "–"
	}
	return fmt.Sprintf("%.2f", best/own.StepMS)
}

// agree compares losses and token ids with the peers'.
func agree(own *line, others map[string]*line) string {
	verdict := "–"
	for _, l := range others {
		if !isPeer(l) || !l.valid() || !own.valid() {
			continue
		}
		pairs := [][2]*float64{{own.Loss0, l.Loss0}, {own.Loss10, l.Loss10}}
		for _, p := range pairs {
			if p[0] == nil || p[1] == nil {
				continue
			}
			if difference := (*p[0] - *p[1]) / *p[1]; difference > 1e-4 || difference < -1e-4 {
				return fmt.Sprintf("no: loss %.5f, %s %.5f", *p[0], l.Peer, *p[1])
			}
			verdict = "yes"
		}
		if own.IDsHash != "" && l.IDsHash != "" {
			if own.IDsHash != l.IDsHash {
				return fmt.Sprintf("no: ids %s, %s %s", own.IDsHash, l.Peer, l.IDsHash)
			}
			verdict = "yes"
		}
	}
	return verdict
}
