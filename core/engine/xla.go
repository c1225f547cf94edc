//go:build xla

package engine

import (
	_ "github.com/gomlx/go-xla/compute/xla" // registers "xla"
)

// preferred is the engine that "auto" opens.
func preferred() string { return "xla" }
