package session

import (
	"bytes"
	"fmt"

	"github.com/dongyur/dongyur/core/data"
	"github.com/dongyur/dongyur/core/protocol"
	"github.com/dongyur/dongyur/core/task"
)

// starter reports the built-in examples of a task.
func (s *Session) starter(id int, command protocol.Starter) error {
	list := data.Starter(command.Task, command.SourceLang, command.TargetLang)
	if command.Task == task.Fact {
		list = data.StarterFacts()
	}
	if len(list) == 0 {
		return fmt.Errorf("the starter set has no %s from %q to %q; it has translations between bo, zh and en, headlines in bo, and facts",
			command.Task, command.SourceLang, command.TargetLang)
	}
	parsed := protocol.Parsed{Name: data.StarterSet, Examples: list, Tax: data.HeldTexts()}
	s.emit(id, protocol.Event{Type: protocol.EvParsed, Parsed: &parsed})
	return nil
}

// parse reads a file; its problems are reported, not failed on, so that a page can
// show them beside the rows.
func (s *Session) parse(id int, command protocol.Parse) error {
	parsed, err := data.Parse(command)
	if err != nil {
		return err
	}
	s.emit(id, protocol.Event{Type: protocol.EvParsed, Parsed: &parsed})
	return nil
}

// export reports examples as a file.
func (s *Session) export(id int, command protocol.Export) error {
	var file bytes.Buffer
	if err := data.Write(&file, command.Format, command.Examples); err != nil {
		return err
	}
	s.emit(id, protocol.Event{Type: protocol.EvFile, File: &protocol.File{Name: "examples." + data.Extension(command.Format), Data: file.Bytes()}})
	return nil
}

// split reports which examples to hold out.
func (s *Session) split(id int, command protocol.Split) error {
	if !(command.Share > 0 && command.Share < 1) {
		return fmt.Errorf("split: the share to hold out is %g; give one between 0 and 1", command.Share)
	}
	s.emit(id, protocol.Event{Type: protocol.EvSplit, Parts: &protocol.Parts{HeldOut: data.Divide(command.Examples, command.Share, command.Seed)}})
	return nil
}
