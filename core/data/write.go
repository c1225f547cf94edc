package data

import (
	"fmt"
	"sort"

	"github.com/dongyur/dongyur/core/task"
)

// metaPrefix marks the columns of Meta in tables that Write makes.
const metaPrefix = "meta."

// writeRows gives write a row of column names and one row for each example.
func writeRows(examples []task.Example, write func([]string) error) error {
	keys := metaKeys(examples)
	header := append([]string{}, exampleColumns...)
	for _, k := range keys {
		header = append(header, metaPrefix+k)
	}
	if err := write(header); err != nil {
		return err
	}
	for _, e := range examples {
		fields := []string{e.ID, e.Task, e.Source, e.Reference, e.SourceLang, e.TargetLang, e.Split}
		all := besides(e)
		for _, k := range keys {
			fields = append(fields, all[k])
		}
		if err := write(fields); err != nil {
			return fmt.Errorf("example %s: %w", e.ID, err)
		}
	}
	return nil
}

func metaKeys(examples []task.Example) []string {
	seen := map[string]bool{}
	var keys []string
	for _, e := range examples {
		for k := range besides(e) {
			if !seen[k] {
				seen[k] = true
				keys = append(keys, k)
			}
		}
	}
	sort.Strings(keys)
	return keys
}
