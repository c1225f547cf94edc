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

// maxProblems bounds what is told about one file in a page; a file with more is of
// another kind.
const maxProblems = 20

// Parse reads a file for a table that a person edits: rows that can be mended come in
// as they are, and what was left out or is wrong is told beside them. Nothing is an
// error but a failure that has no place in the file.
func Parse(command protocol.Parse) (protocol.Parsed, error) {
	parsed := protocol.Parsed{Name: command.Name, Examples: []task.Example{}}
	table, err := ReadTable(bytes.NewReader(command.Data), ReadOptions{Name: command.Name, Task: command.Task,
		SourceLang: command.SourceLang, TargetLang: command.TargetLang, Columns: command.Columns, Mendable: true})
	if table != nil {
		parsed.Report = table.report()
		parsed.Examples = append(parsed.Examples, table.Examples...)
		for i, s := range table.Skipped {
			if i == maxProblems {
				parsed.Problems = append(parsed.Problems, protocol.TableProblem{Message: fmt.Sprintf("%d more rows like these", len(table.Skipped)-i)})
				break
			}
			parsed.Problems = append(parsed.Problems, s.problem())
		}
	}
	var wrong *TableError
	switch {
	case errors.As(err, &wrong):
		parsed.Problems = append([]protocol.TableProblem{wrong.problem()}, parsed.Problems...)
	case err != nil:
		return parsed, err
	}
	return parsed, nil
}

// TableFormats are the Formats as sessions tell them.
func TableFormats() []protocol.TableFormat {
	var list []protocol.TableFormat
	for _, f := range Formats() {
		list = append(list, protocol.TableFormat{Name: f.Name, Title: f.Title, Extensions: f.Extensions, Reads: f.Read != nil, Writes: f.Write != nil})
	}
	return list
}

// report is the table's as sessions exchange it.
func (t *Table) report() *protocol.TableReport {
	r := &protocol.TableReport{Format: t.Format.Title, Encoding: t.Encoding, Read: len(t.Examples), Notes: t.Notes}
	for _, c := range t.Columns {
		r.Columns = append(r.Columns, protocol.TableColumn(c))
	}
	for _, c := range t.Counts() {
		r.Skipped = append(r.Skipped, protocol.ReasonCount{Reason: string(c.Reason), Count: c.Count})
	}
	return r
}

func (e *TableError) problem() protocol.TableProblem {
	return protocol.TableProblem{Line: e.Line, Column: e.Column, Field: e.Field, Reason: string(e.Reason), Message: e.Msg}
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
