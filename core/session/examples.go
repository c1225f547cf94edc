package session

import (
	"bytes"
	"fmt"

	"github.com/dongyur/dongyur/core/data"
	"github.com/dongyur/dongyur/core/protocol"
)

// starter reports the built-in examples of a task.
func (s *Session) starter(id int, command protocol.Starter) error {
	list := data.Starter(data.Task(command.Task), command.SourceLang, command.TargetLang)
	if data.Task(command.Task) == data.FactTask {
		list = data.StarterFacts()
	}
	if len(list) == 0 {
		return fmt.Errorf("the starter set has no %s from %q to %q; it has translations between bo, zh and en, headlines in bo, and facts",
			command.Task, command.SourceLang, command.TargetLang)
	}
	parsed := protocol.Parsed{Name: data.StarterSet, Tax: data.HeldTexts()}
	for _, e := range list {
		parsed.Examples = append(parsed.Examples, e.Protocol())
	}
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

func fromProtocol(examples []protocol.Example) []data.Example {
	list := make([]data.Example, len(examples))
	for i, e := range examples {
		list[i] = data.FromProtocol(e)
	}
	return list
}

// export reports examples as a file.
func (s *Session) export(id int, command protocol.Export) error {
	list := fromProtocol(command.Examples)
	var file bytes.Buffer
	if err := data.Write(&file, command.Format, list); err != nil {
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
	list := fromProtocol(command.Examples)
	s.emit(id, protocol.Event{Type: protocol.EvSplit, Parts: &protocol.Parts{HeldOut: data.Divide(list, command.Share, command.Seed)}})
	return nil
}
