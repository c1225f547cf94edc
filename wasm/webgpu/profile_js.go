//go:build js && wasm

package webgpu

import "time"

// Profile runs work with every kernel timed on the device, which makes it slower as a
// whole: each has a pass of its own. It needs the adapter's timestamp-query.
func (t *Target) Profile(work func() error) (p Profile, err error) {
	defer catch(&err)
	if !t.adapter.Timestamps {
		return nil, &DeviceError{"profile: " + t.adapter.String() + " has no timestamp-query; Chromium has it with --enable-unsafe-webgpu"}
	}
	t.device.Call("profile", true)
	defer t.device.Call("profile", false)
	if err := work(); err != nil {
		return nil, err
	}
	list, err := await(t.device.Call("profiled"))
	if err != nil {
		return nil, &DeviceError{"profile: " + err.Error()}
	}
	var names []string
	var times []time.Duration
	for i := 0; i+1 < list.Length(); i += 2 {
		names = append(names, list.Index(i).String())
		times = append(times, time.Duration(list.Index(i+1).Float()))
	}
	return newProfile(names, times), t.fault()
}
