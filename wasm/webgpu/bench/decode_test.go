package main

import (
	"testing"

	"github.com/dongyur/dongyur/wasm/ir"
	"github.com/dongyur/dongyur/wasm/ir/interp"
	"github.com/gomlx/compute"
)

// TestDecode has the Go engine, which lacks some operations, make the tokens that a compiled plan makes.
func TestDecode(t *testing.T) {
	plain, err := compute.NewWithConfig("go")
	if err != nil {
		t.Fatal(err)
	}
	var hashes []string
	for _, backend := range []compute.Backend{plain, ir.NewBackend(interp.New())} {
		defer backend.Finalize()
		s := &session{backend: backend}
		out, err := s.decode(gpts[0], 3)
		if err != nil {
			t.Fatalf("%s: %v", backend.Name(), err)
		}
		hashes = append(hashes, out.IDsHash)
	}
	if hashes[0] != hashes[1] {
		t.Errorf("tokens have the hash %s on Go and %s as a plan", hashes[0], hashes[1])
	}
}
