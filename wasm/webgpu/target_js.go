//go:build js && wasm

package webgpu

import (
	"sync"
	"syscall/js"

	"github.com/dongyur/dongyur/wasm/ir"
	"github.com/gomlx/compute"
)

// Name is what the backend is registered under.
const Name = "webgpu"

func init() {
	compute.Register(Name, func(config string) (compute.Backend, error) {
		limit, err := tuningOption(config)
		if err != nil {
			return nil, err
		}
		target, err := Open()
		if err != nil {
			return nil, err
		}
		if limit > 0 {
			target.Tune(limit)
		}
		return ir.NewBackend(target), nil
	})
}

// Target is a WebGPU device. It is an ir.Target.
type Target struct {
	device  js.Value
	run     js.Value // the shim's run, bound to the device
	adapter *Adapter
	pool    pool
	copies  copies
	tuner   tuner
	// mu keeps runs apart: they share the arena, and one with a loop waits in between.
	mu     sync.Mutex
	closed bool
	// poison has every buffer that is handed out filled with NaN, in tests.
	poison bool
}

var _ ir.Target = (*Target)(nil)

// Open opens the best device there is. It fails with ErrNoShim, ErrNoWebGPU,
// ErrNoAdapter or a DeviceError.
func Open() (target *Target, err error) {
	defer catch(&err)
	shim := js.Global().Get("dongyurWebGPU")
	if shim.Type() != js.TypeObject {
		return nil, ErrNoShim
	}
	device, err := await(shim.Call("open"))
	if err != nil {
		return nil, &DeviceError{"open a device: " + err.Error()}
	}
	switch fault := device.Get("fault").String(); fault {
	case "":
	case "none":
		return nil, ErrNoWebGPU
	case "adapter":
		return nil, ErrNoAdapter
	default:
		return nil, &DeviceError{fault}
	}
	t := &Target{device: device, adapter: describe(device)}
	t.run = device.Get("run").Call("bind", device)
	t.pool = pool{device: device, free: map[int64][]int{}}
	t.copies.target = t
	opened[t] = true
	t.recall()
	return t, nil
}

// describe reads what a device is and can do.
func describe(device js.Value) *Adapter {
	info, limits := device.Get("info"), device.Get("limits")
	name := func(key string) string {
		if v := info.Get(key); v.Type() == js.TypeString {
			return v.String()
		}
		return ""
	}
	number := func(of js.Value, key string, otherwise int) int {
		if v := of.Get(key); v.Type() == js.TypeNumber {
			return v.Int()
		}
		return otherwise
	}
	size := func(key string) int64 { return int64(limits.Get(key).Float()) }
	has := func(feature string) bool { return device.Call("has", feature).Bool() }
	a := &Adapter{
		Vendor: name("vendor"), Architecture: name("architecture"), Device: name("device"), Description: name("description"),
		FallbackAdapter: device.Get("fallback").Bool(),
		Float16:         has("shader-f16"), Subgroups: has("subgroups"), Timestamps: has("timestamp-query"),
		SubgroupMin:    number(info, "subgroupMinSize", 4),
		SubgroupMax:    number(info, "subgroupMaxSize", 128),
		StorageBuffers: number(limits, "maxStorageBuffersPerShaderStage", 8),
		// Bindings are described to the shim, and elements numbered, in 32 bits.
		BindingBytes:   min(size("maxStorageBufferBindingSize"), 1<<31-256),
		BufferBytes:    min(size("maxBufferSize"), 1<<31-256),
		WorkgroupBytes: number(limits, "maxComputeWorkgroupStorageSize", 16384),
		Invocations:    number(limits, "maxComputeInvocationsPerWorkgroup", 256),
		WorkgroupSizeX: number(limits, "maxComputeWorkgroupSizeX", 256),
		Workgroups:     number(limits, "maxComputeWorkgroupsPerDimension", 65535),
	}
	a.Software = a.isSoftware()
	a.KeptBytes = keptBytes
	return a
}

// Name implements ir.Target.
func (t *Target) Name() string { return Name }

// Description implements ir.Target.
func (t *Target) Description() string { return "WebGPU on " + t.adapter.String() }

// Adapter describes the device.
func (t *Target) Adapter() *Adapter { return t.adapter }

// Limits implements ir.Target.
func (t *Target) Limits() ir.Limits { return t.adapter.limits() }

// Close implements ir.Target: it destroys the device and all that is on it.
func (t *Target) Close() {
	if !t.closed {
		t.closed = true
		delete(opened, t)
		t.device.Call("close")
	}
}

// Lose makes the device go as if its driver had been reset, for tests of what
// follows.
func (t *Target) Lose() { t.device.Call("close") }

// fault is what has gone wrong on the device since it was last asked.
func (t *Target) fault() error {
	if t.closed {
		return &LostError{"it was closed"}
	}
	if lost := t.device.Get("lost").String(); lost != "" {
		return &LostError{lost}
	}
	if message := t.device.Get("fault").String(); message != "" {
		t.device.Set("fault", "")
		return &DeviceError{message}
	}
	return nil
}
