//go:build !engines_fast

package engine

import (
	_ "github.com/gomlx/compute/gobackend" // registers "go"
)
