//go:build js && wasm

package main

import (
	"bytes"
	"encoding/json"
	"path"

	"github.com/dongyur/dongyur/core/protocol"
	"github.com/dongyur/dongyur/wasm/opfs"
)

// The files of a run's log, one event a line, as `dongyur train --out` writes them.
const (
	metricsFile     = "metrics.jsonl"
	completionsFile = "completions.jsonl"
)

// keeper keeps runs in the browser's own storage, each with the log of what it
// reported. It implements session.Saves.
type keeper struct {
	storage *opfs.Storage
	logs    map[string]*bytes.Buffer // by file, what was reported since the last save
	logging bool                     // a run is at work that is kept
	compare map[int]bool             // commands that measure beside the run
}

func newKeeper() *keeper {
	return &keeper{logs: map[string]*bytes.Buffer{metricsFile: {}, completionsFile: {}}, compare: map[int]bool{}}
}

// take learns from a command whether what the session reports next belongs to a run
// that is kept.
func (k *keeper) take(command protocol.Command) {
	switch {
	case command.Type == protocol.CmdTrain && command.Train != nil:
		k.start(command.Train.Dir != "")
	case command.Type == protocol.CmdRestore && command.Restore != nil:
		k.start(command.Restore.Dir != "")
	case command.Type == protocol.CmdCompare || command.Type == protocol.CmdEvaluate:
		k.compare[command.ID] = true
	}
}

func (k *keeper) start(logging bool) {
	k.logging = logging
	for _, log := range k.logs {
		log.Reset()
	}
}

// note logs an event of a run.
func (k *keeper) note(event protocol.Event, text []byte) {
	file := ""
	switch event.Type {
	case protocol.EvStep, protocol.EvTax, protocol.EvMap:
		file = metricsFile
	case protocol.EvScores:
		if !k.compare[event.ReplyTo] {
			file = metricsFile
		}
	case protocol.EvGroup:
		file = completionsFile
	}
	if event.Type == protocol.EvDone || event.Type == protocol.EvFailed {
		delete(k.compare, event.ReplyTo)
	}
	if k.logging && file != "" {
		k.logs[file].Write(text)
		k.logs[file].WriteByte('\n')
	}
}

// Write implements session.Saves. The log comes first: a log that is ahead of the state
// is cut when it is read, one that is behind would have a gap.
func (k *keeper) Write(dir string, files []protocol.File) error {
	if err := k.open(); err != nil {
		return err
	}
	for _, name := range []string{metricsFile, completionsFile} {
		log := k.logs[name]
		if log.Len() == 0 {
			continue
		}
		if err := k.storage.Append(path.Join(dir, name), log.Bytes()); err != nil {
			return err
		}
		log.Reset()
	}
	for _, f := range files {
		if err := k.storage.Write(path.Join(dir, f.Name), f.Data); err != nil {
			return err
		}
	}
	return nil
}

// Read implements session.Saves.
func (k *keeper) Read(dir, name string) ([]byte, error) {
	if err := k.open(); err != nil {
		return nil, err
	}
	return k.storage.Read(path.Join(dir, name))
}

func (k *keeper) open() (err error) {
	if k.storage == nil {
		k.storage, err = opfs.Open(protocol.StorageFolder)
	}
	return err
}

// marshal is an event as it is sent and logged.
func marshal(event protocol.Event) []byte {
	text, err := json.Marshal(event)
	if err != nil { // a NaN among the numbers: JSON has none
		text, _ = json.Marshal(protocol.Event{ReplyTo: event.ReplyTo, Type: protocol.EvFailed,
			Message: "report " + string(event.Type) + ": " + err.Error() + "; lower the learning rate"})
	}
	return text
}
