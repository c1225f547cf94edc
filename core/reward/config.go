package reward

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/dongyur/dongyur/core/protocol"
)

// ReadConfig reads a reward's JSON: terms by name, each with its weight and its
// own parameters. Terms that are left out are off, parameters that are left out
// have their usual values. What is wrong is told with name and line.
//
//	{
//	  "similarity": {"weight": 1.5, "tau": 0.2, "anchor": "source"},
//	  "language": {"weight": 1},
//	  "combine": "gdpo"
//	}
func ReadConfig(name string, content []byte) (protocol.Reward, error) {
	config, offset, err := decode(content)
	if err != nil {
		line := 1 + bytes.Count(content[:min(offset, len(content))], []byte("\n"))
		return protocol.Reward{}, fmt.Errorf("%s: line %d: %w", name, line, err)
	}
	if err := Check(config); err != nil {
		return protocol.Reward{}, fmt.Errorf("%s: %w", name, err)
	}
	return Filled(config), nil
}

// decode tells where an error is, in bytes.
func decode(content []byte) (config protocol.Reward, offset int, err error) {
	var syntax *json.SyntaxError
	if err := json.Unmarshal(content, new(json.RawMessage)); errors.As(err, &syntax) {
		return config, int(syntax.Offset), fmt.Errorf("not JSON: %w", err)
	}
	if offset, err := walkFields(json.NewDecoder(bytes.NewReader(content)), "a reward", known()); err != nil {
		return config, offset, err
	}
	return config, 0, json.Unmarshal(content, &config)
}

// known are the names of a config: to a setting, or to a term's own names.
func known() map[string]any {
	names := map[string]any{}
	for _, s := range Settings() {
		term, name, inTerm := strings.Cut(strings.TrimPrefix(s.Path, "reward."), ".")
		if !inTerm {
			names[term] = s
			continue
		}
		if names[term] == nil {
			names[term] = map[string]any{}
		}
		names[term].(map[string]any)[name] = s
	}
	return names
}

// walkFields checks the fields of the object that the decoder stands at.
func walkFields(decoder *json.Decoder, owner string, known map[string]any) (offset int, err error) {
	if open, err := decoder.Token(); err != nil || open != json.Delim('{') {
		return int(decoder.InputOffset()), fmt.Errorf(`%s is an object such as {"weight": 1}`, owner)
	}
	for decoder.More() {
		token, err := decoder.Token()
		if err != nil {
			return int(decoder.InputOffset()), err
		}
		name := fmt.Sprint(token)
		switch field := known[name].(type) {
		case map[string]any:
			if offset, err := walkFields(decoder, name, field); err != nil {
				return offset, err
			}
		case protocol.Setting:
			var value any
			if err := decoder.Decode(&value); err != nil {
				return int(decoder.InputOffset()), err
			}
			if want, ok := takes(field.Kind, value); !ok {
				return int(decoder.InputOffset()), fmt.Errorf("%s.%s is %v; it must be a %s", owner, name, value, want)
			}
		default:
			return int(decoder.InputOffset()), fmt.Errorf("%s has no field %q; it has %s", owner, name, strings.Join(sortedNames(known), ", "))
		}
	}
	_, err = decoder.Token() // the closing brace
	return int(decoder.InputOffset()), err
}

// takes tells whether a setting's kind takes a JSON value, and what it takes.
func takes(kind protocol.Kind, value any) (want string, ok bool) {
	number, isNumber := value.(float64)
	switch kind {
	case protocol.Pick:
		_, ok = value.(string)
		return "word", ok
	case protocol.Whole:
		return "whole number", isNumber && number == float64(int64(number))
	case protocol.Switch:
		_, ok = value.(bool)
		return "switch, true or false", ok
	}
	return "number", isNumber
}

func sortedNames(fields map[string]any) []string {
	var names []string
	for name := range fields {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// Check refuses a reward that means nothing: names that no row has, negative weights,
// none at all, or parameters outside their range.
func Check(r protocol.Reward) error {
	names := known()
	for _, term := range r.Terms() {
		own, ok := names[term].(map[string]any)
		if !ok {
			return fmt.Errorf("a reward has no term %q; it has %s", term, strings.Join(sortedNames(names), ", "))
		}
		for name := range r.Parameters(term) {
			if own[name] == nil {
				return fmt.Errorf("reward term %s has no parameter %q; it has %s", term, name, strings.Join(sortedNames(own), ", "))
			}
		}
	}
	run := protocol.Train{Reward: Filled(r)}
	for _, s := range Settings() {
		if err := s.Check(run); err != nil {
			return fmt.Errorf("%s: %w", s.Path, err)
		}
	}
	sum := 0.0
	for _, t := range registry {
		sum += r.Weight(t.Name)
		if t.Check != nil && r.Weight(t.Name) > 0 {
			if err := t.Check(t.valuesIn(r)); err != nil {
				return err
			}
		}
	}
	if sum == 0 {
		return errors.New("all reward weights are 0: give at least one, for example similarity 1.5 and language 1")
	}
	return nil
}
