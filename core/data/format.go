package data

import (
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	"github.com/dongyur/dongyur/core/task"
)

// Format is one kind of file that tables come in: what is true of it stands in its row
// and nowhere else. A format is added by a file with its row; reading, writing, the
// program's help and the page's lists follow.
type Format struct {
	Name       string   // as flags and commands name it
	Title      string   // for people
	Extensions []string // of file names, with the dot; the first is the one that is written
	// Magic is what files of a format that is not text begin with; "" for text.
	Magic string
	// Is tells whether a text without a telling name is of the format; nil: never.
	Is func(text string) bool
	// Read gives what the file holds; nil: the format is written only. An error means that
	// the file as a whole is of no use; what is wrong with a row, its row says.
	Read func(f file) (*sheet, error)
	// Write writes examples so that Read gives them back; nil: the format is read only.
	Write func(w io.Writer, examples []task.Example) error
}

// Names of the formats that other packages ask for.
const (
	TSV    = "tsv"
	CSV    = "csv"
	JSONL  = "jsonl"
	XLIFF  = "xliff"
	XLIFF2 = "xliff2"
	TMX    = "tmx"
)

// file is what a format reads: the bytes of one that is not text, else the text.
type file struct {
	name, text string
	raw        []byte
}

func (f file) wrong(line, column int, format string, args ...any) *TableError {
	return &TableError{Name: f.name, Line: line, Column: column, Reason: Broken, Msg: fmt.Sprintf(format, args...)}
}

// registered are all formats, each put here by its own file.
var registered []Format

func register(f Format) bool {
	registered = append(registered, f)
	return true
}

// Formats are all formats, by name.
func Formats() []Format {
	all := slices.Clone(registered)
	slices.SortFunc(all, func(a, b Format) int { return strings.Compare(a.Name, b.Name) })
	return all
}

// FormatNamed is the format of that name.
func FormatNamed(name string) (Format, error) {
	var names []string
	for _, f := range Formats() {
		if f.Name == name {
			return f, nil
		}
		names = append(names, f.Name)
	}
	return Format{}, fmt.Errorf("format %q is not known; use one of %s", name, strings.Join(names, ", "))
}

// ofText finds the format of a text: by its file's name, else by what it looks like; a
// text that looks like nothing is TSV.
func ofText(f file) Format {
	extension := strings.ToLower(path.Ext(f.name))
	for _, format := range registered {
		if format.Read != nil && format.Magic == "" && slices.Contains(format.Extensions, extension) {
			return format
		}
	}
	for _, format := range registered {
		if format.Is != nil && format.Read != nil && format.Is(f.text) {
			return format
		}
	}
	return tsvFormat
}

// Extension is how the names of a format's files end, without the dot.
func Extension(name string) string {
	f, err := FormatNamed(name)
	if err != nil {
		return name
	}
	return strings.TrimPrefix(f.Extensions[0], ".")
}

// Write writes examples in a format that ReadTable reads back.
func Write(w io.Writer, name string, examples []task.Example) error {
	f, err := FormatNamed(name)
	if err == nil && f.Write == nil {
		err = fmt.Errorf("format %q is read only", name)
	}
	if err == nil {
		err = f.Write(w, examples)
	}
	if err != nil {
		return fmt.Errorf("write table: %w", err)
	}
	return nil
}
