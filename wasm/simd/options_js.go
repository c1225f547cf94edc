package simd

import (
	"fmt"
	"strconv"
	"strings"
)

// Options of the engine, in GoMLX's configuration "simd:threads=2,script=URL".
type Options struct {
	// Threads is how many to use; 0: as many as there are processors where the page is
	// cross-origin isolated, else one.
	Threads int
	// Script is where worker.js of this package is served; "": DefaultScript, or else it
	// is started from its text, which a Content-Security-Policy may forbid.
	Script string
}

// DefaultScript is where a program's page serves worker.js, set before the engine is
// opened; "": nowhere.
var DefaultScript string

// parseOptions reads a configuration.
func parseOptions(config string) (Options, error) {
	var o Options
	for _, field := range strings.FieldsFunc(config, func(r rune) bool { return r == ',' }) {
		name, value, _ := strings.Cut(field, "=")
		switch name {
		case "threads":
			n, err := strconv.Atoi(value)
			if err != nil || n < 0 || n > 64 {
				return o, fmt.Errorf("simd: threads=%s: give a number from 0 (choose) to 64", value)
			}
			o.Threads = n
		case "script":
			o.Script = value
		default:
			return o, fmt.Errorf("simd: the option %q is unknown: there are threads and script", name)
		}
	}
	return o, nil
}
