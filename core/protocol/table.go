package protocol

import "github.com/dongyur/dongyur/core/task"

// Parse asks for the examples of a file in any of the formats that the ready event
// lists, told apart by Name's ending and, without one, by what the file holds. Parsed
// answers. The page sends files to the session so that one reader serves page and
// program.
type Parse struct {
	Name       string `json:"name"` // file name, or "" for pasted text
	Data       []byte `json:"data"` // as it came: marks and encodings are the reader's to judge
	Task       string `json:"task"`
	SourceLang string `json:"source_lang"`
	TargetLang string `json:"target_lang"`
	// Columns are the file's columns for "source" and "reference" by name, language or
	// number; without them the reader finds those of the languages.
	Columns map[string]string `json:"columns,omitempty"`
}

// Parsed are the examples of a Parse or Starter. A table with problems gives them
// here and the command still ends with Done; Examples then holds what could be read,
// perhaps nothing.
type Parsed struct {
	Name     string         `json:"name"`
	Examples []task.Example `json:"examples"`
	Problems []TableProblem `json:"problems,omitempty"`
	Report   *TableReport   `json:"report,omitempty"` // of a Parse
	// Tax are the built-in texts by language for Examples.Tax, with a Starter.
	Tax map[string][]string `json:"tax,omitempty"`
}

// TableReport says what was read of a file and what was not.
type TableReport struct {
	Format   string        `json:"format,omitempty"`
	Encoding string        `json:"encoding,omitempty"` // "" of a format that is not text
	Read     int           `json:"read"`               // rows
	Skipped  []ReasonCount `json:"skipped,omitempty"`  // rows left out or to be mended, by reason
	Columns  []TableColumn `json:"columns,omitempty"`
	Notes    []string      `json:"notes,omitempty"` // sentences
}

// ReasonCount is how many rows have one reason to be left out: "untranslated", "fuzzy",
// "draft", "locked", "obsolete", or what is wrong with them.
type ReasonCount struct {
	Reason string `json:"reason"`
	Count  int    `json:"count"`
}

// TableColumn is a column of a file. Field is the field of Example that it fills, or "".
type TableColumn struct {
	Name   string `json:"name"`
	Field  string `json:"field,omitempty"`
	Filled int    `json:"filled"` // rows with something in it
	Sample string `json:"sample,omitempty"`
}

// TableFormat is a format of files, of the ready event.
type TableFormat struct {
	Name       string   `json:"name"`
	Title      string   `json:"title"`
	Extensions []string `json:"extensions"` // of file names, with the dot
	Reads      bool     `json:"reads"`
	Writes     bool     `json:"writes"`
}

// TableProblem says where a table is wrong and what to do. Line and Column count
// from 1; 0 means unknown.
type TableProblem struct {
	Line    int    `json:"line,omitempty"`
	Column  int    `json:"column,omitempty"`
	Field   string `json:"field,omitempty"`
	Reason  string `json:"reason,omitempty"`
	Message string `json:"message"`
}

// Export asks for examples as a file that Parse reads back; File answers. Format is the
// name of one that the ready event lists as written.
type Export struct {
	Format   string         `json:"format"`
	Examples []task.Example `json:"examples"`
}

// Inspect asks for duplicates among examples, and for held-out ones that the training
// ones give away; those of the split "test" count as held out. Matches answer.
type Inspect struct {
	Examples []task.Example `json:"examples"`
}

// Match says that an example has the text of another one, exactly or nearly. Index
// and Of count from 0 in the examples of the Inspect.
type Match struct {
	Index  int     `json:"index"`
	Of     int     `json:"of"`
	Field  string  `json:"field"` // "source" or "reference"
	Leak   bool    `json:"leak,omitempty"`
	Exact  bool    `json:"exact,omitempty"` // but for case, punctuation, spaces and numbers
	Shared float64 `json:"shared"`          // similarity of their pairs of units, 0 to 1
}

// Split asks which examples to hold out: a share, 0 to 1, chosen by the texts and the
// seed. Examples that share a text stay on one side. Parts answer.
type Split struct {
	Examples []task.Example `json:"examples"`
	Share    float64        `json:"share"`
	Seed     uint64         `json:"seed"`
}

// Parts says of each example of a Split whether it is held out.
type Parts struct {
	HeldOut []bool `json:"held_out"`
}
