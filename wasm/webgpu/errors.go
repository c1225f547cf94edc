package webgpu

import (
	"errors"
	"fmt"
	"strings"
)

var (
	// ErrNoWebGPU says that the browser, or Node, has no WebGPU at all.
	ErrNoWebGPU = errors.New("webgpu: this browser has no WebGPU: use a current Chrome, Edge, Firefox or Safari, over https or on localhost")
	// ErrNoAdapter says that WebGPU is there and finds no device to run on.
	ErrNoAdapter = errors.New("webgpu: no adapter: this machine has no graphics device that WebGPU can use, or the browser blocks it (see chrome://gpu)")
	// ErrNoShim says that the page has not loaded shim.js.
	ErrNoShim = errors.New("webgpu: load shim.js before the Go program starts: importScripts(\"webgpu.js\") in the worker")
)

// LimitError says that a device cannot hold or bind something.
type LimitError struct {
	What        string // tensor, buffer or step, by name
	Size, Limit int64
}

func (e *LimitError) Error() string {
	return fmt.Sprintf("webgpu: %s: %d is more than this adapter's limit of %d; use smaller batches, or another adapter", e.What, e.Size, e.Limit)
}

// MemoryError says that a device has no more memory.
type MemoryError struct {
	Size, Held int64 // bytes that were asked for, bytes that are in use
	Reason     string
}

func (e *MemoryError) Error() string {
	return fmt.Sprintf("webgpu: out of memory: %d bytes asked for, %d in use: %s; use smaller batches or shorter texts", e.Size, e.Held, e.Reason)
}

// LostError says that the device is gone: its driver was reset, or the browser took
// it away. All its buffers are gone with it. A backend that is opened anew gets a new
// device.
type LostError struct{ Reason string }

func (e *LostError) Error() string {
	return "webgpu: the device was lost (" + e.Reason + "); open the backend again and go on from the last checkpoint"
}

// DeviceLost tells the fault from others where this package is not imported.
func (e *LostError) DeviceLost() bool { return true }

// CompileError says that a device refused a kernel.
type CompileError struct {
	Kernel  string
	Line    int // of its source, from 1; 0 where none is known
	Code    string
	Message string
}

func (e *CompileError) Error() string {
	where := ""
	if e.Line > 0 {
		where = fmt.Sprintf(", line %d (%s)", e.Line, strings.TrimSpace(e.Code))
	}
	return fmt.Sprintf("webgpu: kernel %s%s: %s; report it with the adapter's name", e.Kernel, where, e.Message)
}

// DeviceError is any other fault that a device reports.
type DeviceError struct{ Message string }

func (e *DeviceError) Error() string { return "webgpu: " + e.Message }
