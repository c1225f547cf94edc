package protocol

import "github.com/dongyur/dongyur/core/task"

// Parse asks for the examples of a file: a table of text (TSV, CSV, JSON Lines) or
// one of translators (XLIFF, TMX), told apart by Name's ending and, without one, by
// the text. Parsed answers. The page sends files to the session so that one reader
// serves page and program.
type Parse struct {
	Name       string `json:"name"` // file name, or "" for pasted text
	Data       []byte `json:"data"` // as it came: marks and encodings are the reader's to judge
	Task       string `json:"task"`
	SourceLang string `json:"source_lang"`
	TargetLang string `json:"target_lang"`
	From       string `json:"from,omitempty"` // tags of the languages to read from XLIFF and TMX, as the file
	To         string `json:"to,omitempty"`   // writes them; "": those that fit SourceLang and TargetLang
}

// Parsed are the examples of a Parse or Starter. A table with problems gives them
// here and the command still ends with Done; Examples then holds what could be read,
// perhaps nothing.
type Parsed struct {
	Name      string          `json:"name"`
	Examples  []task.Example  `json:"examples"`
	Problems  []TableProblem  `json:"problems,omitempty"`
	Languages []LanguageCount `json:"languages,omitempty"` // of a file that holds more than two
	// Tax are the built-in texts by language for Examples.Tax, with a Starter.
	Tax map[string][]string `json:"tax,omitempty"`
}

// LanguageCount is a language of a file, by its tag there, and how many of its units
// have a text in it.
type LanguageCount struct {
	Tag   string `json:"tag"`
	Count int    `json:"count"`
}

// TableProblem says where a table is wrong and what to do. Line and Column count
// from 1; 0 means unknown.
type TableProblem struct {
	Line    int    `json:"line,omitempty"`
	Column  int    `json:"column,omitempty"`
	Field   string `json:"field,omitempty"`
	Message string `json:"message"`
}

// Export asks for examples as a file that Parse reads back; File answers. Format is
// "tsv", "csv", "jsonl", "xliff" (1.2), "xliff2" (2.0) or "tmx".
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
