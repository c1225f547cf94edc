package data

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/dongyur/dongyur/core/task"
)

// JSON Lines has one object a line: {"source": …, "reference": …}, the pairs of Hugging
// Face's sets ({"translation": {"zh": …, "bo": …}}) or chat, which jsonchat.go reads. An
// array of such objects is read as well.
var _ = register(Format{Name: JSONL, Title: "JSON Lines", Extensions: []string{".jsonl", ".ndjson", ".json"},
	Is: func(text string) bool {
		first := strings.TrimSpace(text)
		return strings.HasPrefix(first, "{") || strings.HasPrefix(first, "[")
	},
	Read: readJSON, Write: writeJSONL})

func readJSON(f file) (*sheet, error) {
	b := newBuilder(f)
	var err error
	if strings.HasPrefix(strings.TrimSpace(f.text), "[") {
		err = readArray(b)
	} else if err = checkLines(f); err == nil {
		err = readObjects(b)
	}
	if err != nil {
		return nil, err
	}
	if b.long > 0 {
		b.notes = append(b.notes, fmt.Sprintf("%d conversations have more than one question; of each, one question and its answer are read", b.long))
	}
	return b.done(), nil
}

// readObjects reads an object a line. A line that is none is a bad row.
func readObjects(b *builder) error {
	number := 0
	for line := range strings.SplitSeq(b.text, "\n") {
		if number++; strings.TrimSpace(line) == "" {
			continue
		}
		if err := b.object(line, number, 1); err != nil {
			return err
		}
	}
	return nil
}

// readArray reads the objects of an array, however they are laid out in lines.
func readArray(b *builder) error {
	starts := lineStarts(b.text)
	decoder := json.NewDecoder(strings.NewReader(b.text))
	if _, err := decoder.Token(); err != nil { // the bracket
		return b.wrong(1, 1, "not JSON (%v)", err)
	}
	for decoder.More() {
		var raw json.RawMessage
		err := decoder.Decode(&raw)
		offset := int(decoder.InputOffset()) - len(raw)
		line, column := placeIn(b.text, starts, offset)
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			break
		}
		if err != nil {
			line, column = placeIn(b.text, starts, errorOffset(err, offset))
			return b.wrong(line, column, "not JSON (%v); write one whole object on each line", err)
		}
		if err := b.object(string(raw), line, column); err != nil {
			return err
		}
	}
	if _, err := decoder.Token(); err != nil {
		line, column := placeIn(b.text, starts, len(b.text))
		return b.wrong(line, column, "the array is not closed: the file was cut off; export or download it again")
	}
	return nil
}

// errorOffset is where a decoder noticed an error.
func errorOffset(err error, otherwise int) int {
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		return int(syntax.Offset)
	}
	return otherwise
}

// object puts one object's row, or what is wrong with it.
func (b *builder) object(text string, line, column int) error {
	r := sheetRow{line: line, column: column}
	if r.wrong = checkObject(text); r.wrong != nil {
		r.wrong.Name, r.wrong.Line = b.name, line
		b.rows = append(b.rows, r)
		return nil
	}
	for key, value := range objectFields(text, column) {
		value.line = line
		fields, long := chatFields(key, value.raw)
		if long {
			b.long++
		}
		if fields == nil {
			fields = []chatField{{key, value.text, value.raw[0] == '[' || value.raw[0] == '{'}}
		}
		for _, f := range fields {
			if err := b.put(&r, f.name, "", cell{text: f.text, line: line, column: value.column, notText: f.notText}); err != nil {
				return err
			}
		}
	}
	b.rows = append(b.rows, r)
	return nil
}

// checkObject refuses a text that is not one whole JSON object.
func checkObject(text string) *TableError {
	var object map[string]json.RawMessage
	err := json.Unmarshal([]byte(text), &object)
	var syntax *json.SyntaxError
	switch {
	case err == nil && object != nil:
		return nil
	case errors.As(err, &syntax):
		offset := min(int(syntax.Offset), len(text))
		column := max(1, utf8.RuneCountInString(text[:offset]))
		return &TableError{Column: column, Reason: Broken, Msg: fmt.Sprintf("not a JSON object (%v); write one whole object on each line", syntax)}
	}
	return &TableError{Column: 1, Reason: Broken, Msg: `not a JSON object; write one on each line, like {"source": "…", "reference": "…"}`}
}

// jsonField is a field's value: its text and how it is written.
type jsonField struct {
	text         string
	raw          json.RawMessage
	line, column int
}

// objectFields yields the fields of a valid JSON object in their order. The fields
// of an inner object get its key as prefix: {"meta": {"era": "x"}} gives meta.era.
func objectFields(object string, column int) func(yield func(string, jsonField) bool) {
	return func(yield func(string, jsonField) bool) {
		walkObject(object, "", column, yield)
	}
}

// walkObject yields the fields of the object whose text is given; column is where
// the object starts in its line.
func walkObject(object, prefix string, column int, yield func(string, jsonField) bool) bool {
	dec := json.NewDecoder(strings.NewReader(object))
	if _, err := dec.Token(); err != nil { // the opening brace
		return false
	}
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			return false
		}
		var raw json.RawMessage
		if err := dec.Decode(&raw); err != nil {
			return false
		}
		at := column + utf8.RuneCountInString(object[:int(dec.InputOffset())-len(raw)])
		name := prefix + fmt.Sprint(key)
		if raw[0] == '{' && prefix == "" {
			if !walkObject(string(raw), name+".", at, yield) {
				return false
			}
			continue
		}
		if !yield(name, jsonField{text: scalar(raw), raw: raw, column: at}) {
			return false
		}
	}
	return true
}

// scalar is the text of a JSON value: a string's content, nothing for null, and
// numbers, arrays and the like as they are written.
func scalar(raw json.RawMessage) string {
	var s string
	if raw[0] == '"' || string(raw) == "null" {
		if json.Unmarshal(raw, &s) == nil {
			return strings.TrimSpace(s)
		}
	}
	return string(raw)
}

func writeJSONL(out io.Writer, examples []task.Example) error {
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	for _, e := range examples {
		if err := enc.Encode(e); err != nil {
			return fmt.Errorf("example %s: %w", e.ID, err)
		}
	}
	return nil
}
