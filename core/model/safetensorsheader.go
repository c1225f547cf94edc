package model

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"
)

// parse reads the header's JSON, one name after the other, since encoding/json
// into a map would let the last of two tensors of one name win in silence.
func (f *Safetensors) parse(header []byte) error {
	if !utf8.Valid(header) {
		return errors.New("it is not UTF-8")
	}
	decoder := json.NewDecoder(bytes.NewReader(header))
	if token, err := decoder.Token(); err != nil || token != json.Delim('{') {
		return errors.New("it is no JSON object: the file is damaged or no safetensors file")
	}
	for decoder.More() {
		key, err := decoder.Token()
		if err != nil {
			return err
		}
		name, _ := key.(string) // an object's keys are strings, or Token fails
		if err := f.parseEntry(decoder, name); err != nil {
			return fmt.Errorf("%q: %w", name, err)
		}
	}
	if _, err := decoder.Token(); err != nil {
		return err
	}
	if decoder.More() {
		return errors.New("something follows the JSON object")
	}
	return nil
}

// parseEntry reads what stands under one name of the header.
func (f *Safetensors) parseEntry(decoder *json.Decoder, name string) error {
	if name == "__metadata__" {
		if f.metadata != nil {
			return errors.New("it is there twice")
		}
		f.metadata = map[string]string{}
		return decoder.Decode(&f.metadata)
	}
	if _, twice := f.entries[name]; twice {
		return errors.New("two tensors have this name")
	}
	var entry struct {
		DType   string  `json:"dtype"`
		Shape   *[]int  `json:"shape"`
		Offsets []int64 `json:"data_offsets"`
	}
	if err := decoder.Decode(&entry); err != nil {
		return err
	}
	if entry.Shape == nil || len(entry.Offsets) != 2 {
		return errors.New("a tensor has dtype, shape and two data_offsets")
	}
	f.entries[name] = tensorEntry{kind: entry.DType, shape: *entry.Shape, start: entry.Offsets[0], stop: entry.Offsets[1]}
	return nil
}
