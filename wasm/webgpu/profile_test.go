package webgpu

import (
	"strings"
	"testing"
	"time"
)

func TestProfile(t *testing.T) {
	p := newProfile([]string{"Map [4]", "Dot", "Map [4]"}, []time.Duration{time.Millisecond, 6 * time.Millisecond, 3 * time.Millisecond})
	if p[0].Kernel != "Dot" || p[1].Count != 2 || p.Total() != 10*time.Millisecond {
		t.Errorf("%+v", p)
	}
	if table := p.String(); !strings.Contains(table, " 60.0%") || !strings.Contains(table, "Map [4]") {
		t.Errorf("table:\n%s", table)
	}
}
