package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"unicode"

	"github.com/dongyur/dongyur/core/data"
)

// rows writes the rows of a set of facts or probes, which have no text of their own,
// as they stand in its file: one JSON object a line.
func (c *dataShow) rows(out io.Writer, catalogue *data.Catalogue, set data.Set) error {
	if set.Format != data.JSONL {
		path, err := catalogue.Path(set.Name, "")
		if err != nil {
			return err
		}
		return fmt.Errorf("show %s: its file is one %s document without rows to show; open %s", set.Name, set.Format, path)
	}
	file, err := catalogue.Open(set.Name, "")
	if err != nil {
		return err
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<24)
	for number, shown := 1, 0; lines.Scan(); number++ {
		var row struct{ Split string }
		if err := json.Unmarshal(lines.Bytes(), &row); err != nil {
			return fmt.Errorf("show %s: %s line %d: %w", set.Name, set.File, number, err)
		}
		if c.Split != "" && c.Split != row.Split {
			continue
		}
		if _, err := fmt.Fprintf(out, "%s\n", lines.Bytes()); err != nil {
			return err
		}
		if shown++; shown == c.Limit {
			break
		}
	}
	return lines.Err()
}

// shownRunes is how much of a text fits a few lines of a terminal.
const shownRunes = 300

// short cuts a long text for reading in a terminal, never between a letter and the
// signs above or below it.
func short(text string) string {
	runes := []rune(text)
	if len(runes) <= shownRunes {
		return text
	}
	end := shownRunes
	for end > 0 && unicode.Is(unicode.M, runes[end]) {
		end--
	}
	return string(runes[:end]) + "…"
}

// writeJSON writes one object as a line.
func writeJSON(out io.Writer, fields any) error {
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	return encoder.Encode(fields)
}
