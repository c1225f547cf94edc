package data

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// Catalogue describes the data sets that the program knows (assets/datasets.json).
type Catalogue struct {
	Sets []Set `json:"sets"`

	// Folder holds the sets' files; "" means Dir().
	Folder string `json:"-"`
}

// Class says what may be done with a set's text.
type Class string

const (
	// Redistributable (R): the text and weights trained on it may be given on under
	// the set's licence.
	Redistributable Class = "R"
	// MeasureOnly (M): for measuring and experiments; neither the text nor weights
	// trained on it leave the machine.
	MeasureOnly Class = "M"
)

// Set describes one data set.
type Set struct {
	Name        string   `json:"name"`
	File        string   `json:"file,omitempty"`   // in the data folder; "" for the built-in starter set
	Format      string   `json:"format,omitempty"` // TSV, JSONL or "json"
	Rows        int      `json:"rows"`
	SHA256      string   `json:"sha256,omitempty"` // of the file
	Class       Class    `json:"class"`
	Licence     string   `json:"licence"`
	Reviewed    string   `json:"reviewed"` // whether a native speaker has read it: "no"
	Description string   `json:"description"`
	Sources     []Source `json:"sources"`
	URL         string   `json:"url,omitempty"` // where the file itself can be had, at a pinned commit
	Columns     []string `json:"columns,omitempty"`
	Languages   []string `json:"languages"`
	Tasks       []string `json:"tasks,omitempty"`

	// EvaluationOnly sets are never trained on.
	EvaluationOnly bool `json:"evaluation_only,omitempty"`
	// Splits are the values of the column "split", where the set has one.
	Splits []string `json:"splits,omitempty"`
	// Held is the share of texts, each, that Dev and Test take by hash where the
	// set has no column "split".
	Held float64 `json:"held,omitempty"`
	// Composed says how many sentences each split of a set has that core/grammar
	// composes; nil for all others.
	Composed map[string]int `json:"composed,omitempty"`

	drawnCount int    // training sentences of another draw; 0: as Composed says
	drawnSeed  uint64 // of that draw
}

// Source is where the text of a set comes from.
type Source struct {
	Name   string `json:"name"`
	Commit string `json:"commit"`        // or version; "unknown" where nobody has written it down
	URL    string `json:"url,omitempty"` // the project's page, where it is known
}

// LoadCatalogue reads a catalogue.
func LoadCatalogue(r io.Reader) (*Catalogue, error) {
	var c Catalogue
	dec := json.NewDecoder(r)
	dec.DisallowUnknownFields()
	if err := dec.Decode(&c); err != nil {
		return nil, fmt.Errorf("load the data set catalogue: %w", err)
	}
	seen := map[string]bool{}
	for _, s := range c.Sets {
		switch {
		case s.Name == "":
			return nil, fmt.Errorf("load the data set catalogue: a set without a name; every set needs one")
		case seen[s.Name]:
			return nil, fmt.Errorf("load the data set catalogue: two sets are called %q; rename one", s.Name)
		case s.Class != Redistributable && s.Class != MeasureOnly:
			return nil, fmt.Errorf("load the data set catalogue: set %q: class %q; use %q or %q", s.Name, s.Class, Redistributable, MeasureOnly)
		case s.File != "" && (s.File != filepath.Base(s.File) || len(s.SHA256) != 2*sha256.Size):
			return nil, fmt.Errorf("load the data set catalogue: set %q: a file needs a plain name and its sha256 in 64 digits", s.Name)
		}
		seen[s.Name] = true
	}
	return &c, nil
}

// OpenCatalogue reads the catalogue at a path; "" means assets/datasets.json in the
// module that the working directory is in.
func OpenCatalogue(path string) (*Catalogue, error) {
	if path == "" {
		path = filepath.Join(moduleRoot(), "assets", "datasets.json")
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("load the data set catalogue: %w; name it with its path or run from the project's folder", err)
	}
	defer f.Close()
	return LoadCatalogue(f)
}

// Set returns the set of that name.
func (c *Catalogue) Set(name string) (Set, error) {
	var names []string
	for _, s := range c.Sets {
		if s.Name == name {
			return s, nil
		}
		names = append(names, s.Name)
	}
	return Set{}, fmt.Errorf("data set %q is not in the catalogue; it has %s", name, strings.Join(names, ", "))
}

// Dir returns the folder of the data sets: the environment's DONGYUR_DATA, else
// ../shared/data beside the module that the working directory is in.
func Dir() string {
	if dir := os.Getenv("DONGYUR_DATA"); dir != "" {
		return dir
	}
	return filepath.Join(moduleRoot(), "..", "shared", "data")
}

// moduleRoot walks up from the working directory to the folder with go.mod; without
// one it is the working directory.
func moduleRoot() string {
	start, err := os.Getwd()
	if err != nil {
		return "."
	}
	for dir := start; ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		if dir == filepath.Dir(dir) {
			return start
		}
	}
}

func (c *Catalogue) folder(dir string) string {
	switch {
	case dir != "":
		return dir
	case c.Folder != "":
		return c.Folder
	}
	return Dir()
}

// Path returns where the file of a set is looked for; dir "" means the catalogue's
// folder.
func (c *Catalogue) Path(name, dir string) (string, error) {
	s, err := c.Set(name)
	if err != nil {
		return "", err
	}
	if s.File == "" {
		return "", fmt.Errorf("data set %q is built in and has no file; read it with Examples", name)
	}
	return filepath.Join(c.folder(dir), s.File), nil
}

// Open opens the file of a set and checks its sha256 first; dir "" means the
// catalogue's folder. The caller closes the file.
func (c *Catalogue) Open(name, dir string) (*os.File, error) {
	path, err := c.Path(name, dir)
	if err != nil {
		return nil, err
	}
	s, _ := c.Set(name)
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open data set %s: %w; set DONGYUR_DATA to the folder that holds %s, or run: dongyur data pull %s", name, err, s.File, name)
	}
	if err := checkSum(f, s); err != nil {
		f.Close()
		return nil, fmt.Errorf("open data set %s: %s: %w", name, path, err)
	}
	return f, nil
}

// checkSum compares a file with the catalogue's sha256 and goes back to its start.
func checkSum(f io.ReadSeeker, s Set) error {
	h := sha256.New()
	n, err := io.Copy(h, f)
	if err != nil {
		return err
	}
	if got := hex.EncodeToString(h.Sum(nil)); got != s.SHA256 {
		return fmt.Errorf("sha256 of its %d bytes is %s, the catalogue has %s: the file is damaged or another version; get it again", n, got, s.SHA256)
	}
	_, err = f.Seek(0, io.SeekStart)
	return err
}
