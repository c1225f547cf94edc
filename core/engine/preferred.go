//go:build !xla

package engine

// preferred is the engine that "auto" opens.
func preferred() string { return "go" }
