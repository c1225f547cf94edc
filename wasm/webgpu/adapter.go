package webgpu

import "strings"

// Adapter is what code generation must know of a device.
type Adapter struct {
	Vendor, Architecture, Device, Description string
	// Software adapters (SwiftShader, lavapipe) run on the processor: barriers and
	// workgroup memory cost them much and coalescing gains nothing.
	Software bool
	// Float16 and Subgroups are the features shader-f16 and subgroups; Timestamps is
	// timestamp-query.
	Float16, Subgroups, Timestamps bool
	// SubgroupMin and SubgroupMax bound the size of a subgroup; kernels must be right
	// for every size between them.
	SubgroupMin, SubgroupMax int

	StorageBuffers    int   // bindings of one kernel
	BindingBytes      int64 // of one binding
	BufferBytes       int64 // of one buffer
	WorkgroupBytes    int   // of workgroup memory
	Invocations       int   // of one workgroup
	WorkgroupSizeX    int
	Workgroups        int // in one dimension
	StorageAlignment  int // of a binding's offset
	UniformAlignment  int
	KeptBytes         int64 // that packed copies may take from run to run; 0: none are kept
	FallbackAdapter   bool
	TimestampUnitNano float64

	// products are those that were measured on the adapter, by productShape; tiling is
	// the one that all get while one is.
	products map[string]TunedProduct
	tiling   *dotTiling
}

// softwareNames are found in the names of adapters that are none.
var softwareNames = []string{"swiftshader", "llvmpipe", "lavapipe", "microsoft basic render"}

// isSoftware tells by its names whether an adapter is the processor.
func (a *Adapter) isSoftware() bool {
	names := strings.ToLower(strings.Join([]string{a.Vendor, a.Architecture, a.Device, a.Description}, " "))
	for _, name := range softwareNames {
		if strings.Contains(names, name) {
			return true
		}
	}
	return a.FallbackAdapter
}

// readsDearly says that kernels should tell what they read to their subgroup, and go
// through loops in few steps. It is so of SwiftShader; lavapipe, with its subgroups of
// eight, finds out by itself what is the same for all, and takes seconds to compile
// such loops.
func (a *Adapter) readsDearly() bool { return a.Software && a.Subgroups && a.SubgroupMax <= 4 }

// String names the adapter for people.
func (a *Adapter) String() string {
	var parts []string
	for _, part := range []string{a.Vendor, a.Architecture, a.Device, a.Description} {
		if part != "" && !strings.Contains(strings.Join(parts, " "), part) {
			parts = append(parts, part)
		}
	}
	if len(parts) == 0 {
		return "unnamed adapter"
	}
	return strings.Join(parts, " ")
}
