package data

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"sort"
	"strings"

	"github.com/dongyur/dongyur/core/task"
)

// metaPrefix marks the columns of Meta in tables that Write makes.
const metaPrefix = "meta."

// Write writes examples as a TSV, CSV, JSONL, XLIFF or TMX file that ReadTable reads back. TSV
// has no quoting, so a tab or a line break inside a field is an error there.
func Write(w io.Writer, format string, examples []task.Example) error {
	out := bufio.NewWriter(w)
	var err error
	switch format {
	case JSONL:
		err = writeJSONL(out, examples)
	case XLIFF:
		err = writeXLIFF12(out, examples)
	case XLIFF2:
		err = writeXLIFF2(out, examples)
	case TMX:
		err = writeTMX(out, examples)
	case CSV:
		c := csv.NewWriter(out)
		err = writeRows(examples, c.Write)
		c.Flush()
		if err == nil {
			err = c.Error()
		}
	case TSV:
		err = writeRows(examples, func(fields []string) error {
			for _, f := range fields {
				if strings.ContainsAny(f, "\t\n\r") {
					return fmt.Errorf("the field %q holds a tab or a line break, which TSV cannot; write %s or %s", f, CSV, JSONL)
				}
			}
			_, err := out.WriteString(strings.Join(fields, "\t") + "\n")
			return err
		})
	default:
		err = fmt.Errorf("format %q is not known; use %s, %s, %s, %s, %s or %s", format, TSV, CSV, JSONL, XLIFF, XLIFF2, TMX)
	}
	if err == nil {
		err = out.Flush()
	}
	if err != nil {
		return fmt.Errorf("write table: %w", err)
	}
	return nil
}

// Extension is how the names of a format's files end, without the dot.
func Extension(format string) string {
	switch format {
	case XLIFF, XLIFF2:
		return "xlf"
	}
	return format
}

func writeJSONL(out io.Writer, examples []task.Example) error {
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	for _, e := range examples {
		if err := enc.Encode(e); err != nil {
			return fmt.Errorf("example %s: %w", e.ID, err)
		}
	}
	return nil
}

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
