package vote

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/dongyur/dongyur/core/task"
)

// What a file says of itself.
const (
	Format  = "dongyur-votes"
	Version = 1
)

// File is one rater's votes as they travel. While a round is open it names no system:
// Sealed holds what is which, as the page keeps it.
type File struct {
	Format    string   `json:"format"`
	Version   int      `json:"version"`
	Rater     string   `json:"rater,omitempty"`
	Seed      uint64   `json:"seed,omitempty"` // of the order and the sides
	Systems   []System `json:"systems,omitempty"`
	Identical int      `json:"identical,omitempty"` // lines left out, as both systems say the same
	Pairs     []Row    `json:"pairs"`
	Repeats   []Row    `json:"repeats,omitempty"` // pairs that were asked once more, with the sides swapped; not counted
	Checks    []Row    `json:"checks,omitempty"`  // pairs with a plainly wrong answer, to see who pays attention; not counted
	Sealed    string   `json:"sealed,omitempty"`
	Draft     *Vote    `json:"draft,omitempty"`
}

// Row is one pair as its rater saw it, texts byte for byte.
type Row struct {
	ID        string       `json:"id"`
	Example   task.Example `json:"example"`
	A         string       `json:"a"`
	B         string       `json:"b"`
	SystemA   string       `json:"system_a,omitempty"`
	SystemB   string       `json:"system_b,omitempty"`
	Preferred string       `json:"preferred,omitempty"` // system
	Vote      *Vote        `json:"vote,omitempty"`
}

// check says what no page and no hub writes.
func (f *File) check() error {
	switch {
	case f.Format != Format:
		return fmt.Errorf("format is %q, want %q: choose a file that Export votes gave", f.Format, Format)
	case f.Version < 1 || f.Version > Version:
		return fmt.Errorf("version is %d, and this page reads %d: reload the page to update it", f.Version, Version)
	case len(f.Pairs) == 0:
		return errors.New("pairs: there are none")
	case f.Sealed == "" && len(f.Systems) != 2:
		return fmt.Errorf("systems: it names %d, want 2", len(f.Systems))
	}
	for i, row := range f.Pairs {
		if row.ID != PairID(row.Example.Source, row.A, row.B) {
			return fmt.Errorf("pairs[%d]: its texts are not those that were voted on (id %s)", i, row.ID)
		}
		if err := row.Vote.Check(row.A, row.B); err != nil {
			return fmt.Errorf("pairs[%d]: %w", i, err)
		}
	}
	return nil
}

// Read reads files of votes: one, or several in a row as the hub's JSON Lines have them,
// one for each rater.
func Read(data []byte) ([]File, error) {
	var files []File
	decoder := json.NewDecoder(bytes.NewReader(data))
	for {
		var f File
		err := decoder.Decode(&f)
		if errors.Is(err, io.EOF) && len(files) > 0 {
			return files, nil
		}
		if err != nil {
			return nil, fmt.Errorf("it is no JSON (%w): choose a file that Export votes gave", err)
		}
		if err := f.check(); err != nil {
			return nil, err
		}
		files = append(files, f)
	}
}
