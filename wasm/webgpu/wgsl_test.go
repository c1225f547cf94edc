//go:build !js

package webgpu

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// testAdapters are a software adapter and a GPU, which get different kernels.
var testAdapters = map[string]*Adapter{
	"software": {Software: true, StorageBuffers: 10, BindingBytes: 1 << 27, BufferBytes: 1 << 30, WorkgroupBytes: 32768,
		Invocations: 256, WorkgroupSizeX: 256, Workgroups: 65535, SubgroupMin: 4, SubgroupMax: 4},
	"software with subgroups": {Software: true, Subgroups: true, StorageBuffers: 10, BindingBytes: 1 << 27, BufferBytes: 1 << 30, WorkgroupBytes: 32768,
		Invocations: 256, WorkgroupSizeX: 256, Workgroups: 65535, SubgroupMin: 4, SubgroupMax: 4},
	"gpu": {StorageBuffers: 16, BindingBytes: 1 << 30, BufferBytes: 1 << 30, WorkgroupBytes: 49152, Float16: true, Subgroups: true,
		Invocations: 1024, WorkgroupSizeX: 1024, Workgroups: 65535, SubgroupMin: 32, SubgroupMax: 32},
}

// TestShadersCompile has every kernel of the hand-made plans read by the compilers
// that browsers use, where they are installed.
func TestShadersCompile(t *testing.T) {
	for _, program := range []string{"tint", "naga"} {
		t.Run(program, func(t *testing.T) {
			path, err := exec.LookPath(program)
			if err != nil {
				t.Skipf("%s is not installed: it reads every shader", program)
			}
			seen := map[string]bool{}
			for kind, adapter := range testAdapters {
				for _, test := range append(testPlans(), halfTests()...) {
					a, err := assemble(test.plan, adapter, nil, false)
					if err != nil {
						t.Errorf("%s on %s: %v", test.name, kind, err)
						continue
					}
					for _, k := range a.kernels {
						if seen[k.source] || program == "naga" && strings.Contains(k.source, "enable subgroups;") {
							continue // naga has subgroups behind a setting of the device, not in the text
						}
						seen[k.source] = true
						check(t, path, test.name, k.source)
					}
				}
			}
		})
	}
}

func check(t *testing.T, program, name, source string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "kernel.wgsl")
	if err := os.WriteFile(file, []byte(source), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(program, append(arguments[filepath.Base(program)], file)...).CombinedOutput(); err != nil {
		t.Errorf("%s: %v\n%s\n%s", name, err, out, source)
	}
}

// arguments of a compiler that only reads.
var arguments = map[string][]string{"tint": {"--format", "wgsl"}}

// TestSnippetsCompile has every function written in each of its widths.
func TestSnippetsCompile(t *testing.T) {
	for _, program := range []string{"tint", "naga"} {
		path, err := exec.LookPath(program)
		if err != nil {
			t.Skipf("%s is not installed: it reads every shader", program)
		}
		for _, width := range []int{1, 4} {
			s := &shader{uses: map[int]*use{}}
			for name := range snippetTable() {
				if width == 1 || !strings.HasPrefix(name, "wide_") && name != "float_to_wide_int" && name != "float_to_wide_uint" && name != "unusual" {
					s.helper(name, width)
				}
			}
			if s.err != nil {
				t.Fatal(s.err)
			}
			check(t, path, program, s.source(1, ""))
		}
	}
}
