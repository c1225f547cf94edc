//go:build js && wasm

package main

import (
	"strings"
	"testing"
)

func TestEngineAsked(t *testing.T) {
	for _, test := range []struct{ asked, name, reason, err string }{
		{"", "", "", ""},
		{"auto", "", "", ""},
		{"go", "go", "address asks", ""},
		{"simd", "simd", "address asks", ""},
		{"webgpu", "webgpu", "address asks", ""},
		{"simd:threads=2", "simd:threads=2", "address asks", ""},
		{"abacus", "", "", "engine=abacus"},
		{"simd:", "", "", "engine=simd:"},
		{"simd:2", "", "", "engine=simd:2"},
		{"simd:threads=-1", "", "", "threads=-1"},
		{"simd:threads=2,script=https://example.org/x.js", "", "", "use go, webgpu, simd"},
		{"go:ops_parallel", "", "", "engine=go:ops_parallel"},
	} {
		name, reason, err := engineAsked(test.asked)
		want := name == test.name && strings.Contains(reason, test.reason) && (reason == "") == (test.reason == "")
		if !want || (err == nil) != (test.err == "") || err != nil && !strings.Contains(err.Error(), test.err) {
			t.Errorf("engine=%s: %q because %q, error %v; want %q", test.asked, name, reason, err, test.name)
		}
	}
}
