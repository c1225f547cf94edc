package webgpu

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// KernelTime is what one kind of kernel took on the device: those of one step, or of
// steps of the same kind and dimensions.
type KernelTime struct {
	Kernel string
	Count  int
	Total  time.Duration
}

// Profile is the time of a piece of work by kernel, the longest first.
type Profile []KernelTime

// newProfile adds up times by kernel.
func newProfile(names []string, times []time.Duration) Profile {
	at := map[string]int{}
	var p Profile
	for i, name := range names {
		if _, known := at[name]; !known {
			at[name] = len(p)
			p = append(p, KernelTime{Kernel: name})
		}
		p[at[name]].Count++
		p[at[name]].Total += times[i]
	}
	slices.SortStableFunc(p, func(a, b KernelTime) int { return cmp.Compare(b.Total, a.Total) })
	return p
}

// Total is the time of all kernels.
func (p Profile) Total() time.Duration {
	var total time.Duration
	for _, k := range p {
		total += k.Total
	}
	return total
}

// String is a table: share of the time, time, how often, mean, kernel.
func (p Profile) String() string {
	var out strings.Builder
	total := max(p.Total(), 1)
	fmt.Fprintf(&out, "%6s %12s %6s %12s  %s\n", "share", "time", "count", "mean", "kernel")
	for _, k := range p {
		fmt.Fprintf(&out, "%5.1f%% %12s %6d %12s  %s\n", 100*float64(k.Total)/float64(total), k.Total, k.Count, k.Total/time.Duration(k.Count), k.Kernel)
	}
	return out.String()
}
