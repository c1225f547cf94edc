package data

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/dongyur/dongyur/core/protocol"
	"github.com/dongyur/dongyur/core/task"
)

// maxProblems bounds what is told about one file; a file with more is of another kind.
const maxProblems = 20

// Parse reads a file for a table that a person edits: rows that can be mended come in
// as they are, and what is wrong is told beside them. Nothing is an error but a
// failure that has no place in the file.
func Parse(command protocol.Parse) (protocol.Parsed, error) {
	parsed := protocol.Parsed{Name: command.Name, Examples: []task.Example{}}
	more := 0
	opt := ReadOptions{Name: command.Name, Task: command.Task, SourceLang: command.SourceLang, TargetLang: command.TargetLang,
		From: command.From, To: command.To,
		Report: func(e *TableError) {
			if len(parsed.Problems) < maxProblems {
				parsed.Problems = append(parsed.Problems, e.problem())
			} else {
				more++
			}
		}}
	examples, err := ReadTable(bytes.NewReader(command.Data), opt)
	if more > 0 {
		parsed.Problems = append(parsed.Problems, protocol.TableProblem{Message: fmt.Sprintf("%d more problems like these", more)})
	}
	var wrong *TableError
	switch {
	case errors.As(err, &wrong):
		parsed.Problems = append(parsed.Problems, wrong.problem())
	case err != nil:
		return parsed, err
	}
	parsed.Examples = append(parsed.Examples, examples...)
	parsed.Languages = languagesOf(command)
	return parsed, nil
}

func (e *TableError) problem() protocol.TableProblem {
	return protocol.TableProblem{Line: e.Line, Column: e.Column, Field: e.Field, Message: e.Msg}
}

// languagesOf lists the languages of a file that has more than two, for a choice.
func languagesOf(command protocol.Parse) []protocol.LanguageCount {
	text, err := readText(bytes.NewReader(command.Data), command.Name)
	if err != nil {
		return nil
	}
	format := sniff(text, command.Name)
	if format != TMX && format != XLIFF {
		return nil
	}
	units, err := readUnits(text, command.Name, format, nil)
	if tags := countTags(units); err == nil && (len(tags) > 2 || !fits(tags, command)) {
		return tags
	}
	return nil
}

// fits tells whether the languages asked for are among the tags.
func fits(tags []protocol.LanguageCount, command protocol.Parse) bool {
	for _, want := range []string{command.SourceLang, command.TargetLang} {
		if !slices.ContainsFunc(tags, func(t protocol.LanguageCount) bool { return plainTag(t.Tag) == plainTag(want) }) {
			return false
		}
	}
	return true
}

// Inspect finds duplicates among examples, and leaks into those of the split Test.
// The matches come in the order of the examples, leaks first.
func Inspect(examples []task.Example) []protocol.Match {
	var train, held []task.Example
	var trainAt, heldAt []int
	for i, e := range examples {
		if e.Split == Test {
			held, heldAt = append(held, e), append(heldAt, i)
		} else {
			train, trainAt = append(train, e), append(trainAt, i)
		}
	}
	var matches []protocol.Match
	leaked := map[int]bool{}
	for _, m := range Leaks(train, held) {
		leaked[heldAt[m.Index]] = true
		matches = append(matches, protocol.Match{Index: heldAt[m.Index], Of: trainAt[m.Of], Field: m.Field, Leak: true, Exact: m.Exact, Shared: m.Shared})
	}
	for _, m := range Duplicates(examples) {
		if !leaked[m.Index] {
			matches = append(matches, protocol.Match{Index: m.Index, Of: m.Of, Field: m.Field, Exact: m.Exact, Shared: m.Shared})
		}
	}
	slices.SortStableFunc(matches, func(a, b protocol.Match) int { return cmp.Compare(a.Index, b.Index) })
	return matches
}
