package session

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/dongyur/dongyur/core/data"
	"github.com/dongyur/dongyur/core/protocol"
)

// starter reports the built-in examples of a task.
func (s *Session) starter(id int, command protocol.Starter) error {
	list := data.Starter(data.Task(command.Task), command.SourceLang, command.TargetLang)
	if len(list) == 0 {
		return fmt.Errorf("the starter set has no %s from %q to %q; it has translations between bo, zh and en, and headlines in bo",
			command.Task, command.SourceLang, command.TargetLang)
	}
	s.parsed(id, data.StarterSet, list, nil, data.HeldTexts())
	return nil
}

// parse reads a table; its problems are reported, not failed on, so that a page
// can show them beside the rows.
func (s *Session) parse(id int, command protocol.Parse) error {
	list, err := data.ReadTable(bytes.NewReader(command.Data), data.ReadOptions{
		Name: command.Name, Task: data.Task(command.Task), SourceLang: command.SourceLang, TargetLang: command.TargetLang,
	})
	var problems []protocol.TableProblem
	var table *data.TableError
	switch {
	case errors.As(err, &table):
		problems = append(problems, protocol.TableProblem{Line: table.Line, Column: table.Column, Field: table.Field, Message: table.Msg})
	case err != nil:
		return err
	}
	s.parsed(id, command.Name, list, problems, nil)
	return nil
}

// parsed reports examples that were read.
func (s *Session) parsed(id int, name string, list []data.Example, problems []protocol.TableProblem, tax map[string][]string) {
	examples := make([]protocol.Example, len(list))
	for i, e := range list {
		examples[i] = e.Protocol()
	}
	s.emit(id, protocol.Event{Type: protocol.EvParsed, Parsed: &protocol.Parsed{Name: name, Examples: examples, Problems: problems, Tax: tax}})
}
