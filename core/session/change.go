package session

import (
	"fmt"
	"maps"
	"slices"

	"github.com/dongyur/dongyur/core/protocol"
	"github.com/dongyur/dongyur/core/setting"
)

// laterPaths are the settings besides the registry's that a saved run may go on with:
// when it is saved and measured.
var laterPaths = []string{"keep.save_every", "measures.tax_every", "measures.tax_scores"}

// goingOn is a saved run's settings with what is to change in them. What would make its
// steps so far those of another run is refused by name.
func goingOn(c protocol.Train, done int, change map[string]any) (protocol.Train, error) {
	for _, path := range slices.Sorted(maps.Keys(change)) {
		later := slices.Contains(laterPaths, path)
		for _, s := range setting.Rows() {
			later = later || s.Path == path && s.Later
		}
		if !later && change[path] != c.Get(path) {
			return c, fmt.Errorf("%s cannot become %v: the run's steps so far were taken with %v; leave it out, or start another run", path, change[path], c.Get(path))
		}
		if err := c.Set(path, change[path]); err != nil {
			return c, fmt.Errorf("%s: %w", path, err)
		}
	}
	if _, given := change["steps"]; given && c.Steps < done {
		return c, fmt.Errorf("steps %d: the run has taken %d already; give that many or more", c.Steps, done)
	}
	return c, nil
}
