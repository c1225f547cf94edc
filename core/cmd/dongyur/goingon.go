package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/dongyur/dongyur/core/protocol"
	"github.com/dongyur/dongyur/core/setting"
	"github.com/dongyur/dongyur/core/train"
)

// flagsFile keeps the flags that a run was started with, beside it.
const flagsFile = "flags.json"

// anyTime are flags that have to do with no run's numbers, or are not the run's.
var anyTime = []string{"json", "engine", "data-dir", "out", "resume", "save-every", "tax", "tax-every", "tax-scores"}

// givenFlags are the flags of a command line, by name, as text.
func givenFlags(line *kong.Context) map[string]string {
	given := map[string]string{}
	for _, p := range line.Path {
		if p.Flag == nil {
			continue
		}
		value := p.Flag.Target
		for value.Kind() == reflect.Pointer && !value.IsNil() {
			value = value.Elem()
		}
		given[p.Flag.Name] = fmt.Sprint(value.Interface())
	}
	return given
}

// keepFlags writes the flags into a new run's folder.
func keepFlags(dir string, given map[string]string) error {
	if dir == "" {
		return nil
	}
	content, err := json.MarshalIndent(given, "", " ")
	if err != nil {
		return err
	}
	return train.WriteFile(filepath.Join(dir, flagsFile), func(w io.Writer) error {
		_, err := w.Write(append(content, '\n'))
		return err
	})
}

// changes are the settings that a resumed run is to go on with, by their paths. A flag
// that says what it said when the run was started changes nothing; one that cannot be
// applied any more is refused by name.
func (c *trainCommand) changes(given map[string]string) (map[string]any, error) {
	started := map[string]string{}
	content, err := os.ReadFile(filepath.Join(c.Out, flagsFile))
	if err == nil {
		err = json.Unmarshal(content, &started)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s: %w; mend or remove it", filepath.Join(c.Out, flagsFile), err)
	}
	change := map[string]any{}
	rows := map[string]protocol.Setting{}
	for _, row := range setting.Rows() {
		rows[flagOf(row)] = row
	}
	for name, text := range given {
		row, known := rows[name]
		switch {
		case slices.Contains(anyTime, name):
		case !known || !row.Later:
			if started[name] == text {
				continue
			}
			was := "is not known: it was not given"
			if before, given := started[name]; given {
				was = "was " + before
			}
			return nil, fmt.Errorf("--%s %s: what the run in %s was started with %s, and its steps so far stand on it; leave the flag out, or start another run in another --out", name, text, c.Out, was)
		default:
			var run protocol.Train
			if row.Kind == protocol.Switch {
				text = map[string]string{"true": "1", "false": "0"}[text]
			}
			if err := row.Write(&run, text); err != nil {
				return nil, fmt.Errorf("--%s: %w", name, err)
			}
			change[row.Path] = run.Get(row.Path)
		}
	}
	c.measureLater(given, change)
	return change, nil
}

// measureLater adds when the run is saved and measured from now on.
func (c *trainCommand) measureLater(given map[string]string, change map[string]any) {
	has := func(name string) bool { _, has := given[name]; return has }
	if has("save-every") {
		change["keep.save_every"] = c.SaveEvery
	}
	if has("tax-scores") {
		change["measures.tax_scores"] = c.TaxScores
	}
	switch {
	case has("tax") && !c.Tax:
		change["measures.tax_every"] = 0
	case has("tax-every"):
		steps, _ := change["steps"].(float64)
		change["measures.tax_every"] = cmp.Or(c.TaxEvery, max(1, int(steps)/4))
	}
}

// butFor names the changed settings, for a sentence.
func butFor(change map[string]any) string {
	var parts []string
	for _, path := range slices.Sorted(maps.Keys(change)) {
		parts = append(parts, fmt.Sprintf("%s %v", path, change[path]))
	}
	if len(parts) == 0 {
		return ""
	}
	return "; given now: " + strings.Join(parts, ", ")
}
