package reward

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/dongyur/dongyur/core/protocol"
)

// ReadConfig reads a reward's JSON: terms by name, each with its weight and its
// own parameters. Terms that are left out are off, parameters that are left out
// have their usual values (protocol.NoReward). What is wrong is told with name
// and line.
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
	return config, nil
}

// decode tells where an error is, in bytes.
func decode(content []byte) (config protocol.Reward, offset int, err error) {
	var syntax *json.SyntaxError
	if err := json.Unmarshal(content, new(json.RawMessage)); errors.As(err, &syntax) {
		return config, int(syntax.Offset), fmt.Errorf("not JSON: %w", err)
	}
	if offset, err := unknownField(content); err != nil {
		return config, offset, err
	}
	var wrong *json.UnmarshalTypeError
	if err := json.Unmarshal(content, &config); errors.As(err, &wrong) {
		// The offset counts from the object's brace.
		start := bytes.IndexByte(content, '{')
		return config, start + int(wrong.Offset), fmt.Errorf("%s is a %s; it must be a %s", wrong.Field, wrong.Value, kind(wrong.Type.Kind().String()))
	} else if err != nil {
		return config, 0, err
	}
	return config, 0, nil
}

// kind names a Go kind as JSON does.
func kind(name string) string {
	switch name {
	case "float64":
		return "number"
	case "int":
		return "whole number"
	case "struct":
		return `term such as {"weight": 1}`
	}
	return name
}

// unknownField finds the first field that no term has.
func unknownField(content []byte) (offset int, err error) {
	known := map[string]any{}
	encoded, err := json.Marshal(protocol.NoReward())
	if err == nil {
		err = json.Unmarshal(encoded, &known)
	}
	if err != nil {
		return 0, err
	}
	decoder := json.NewDecoder(bytes.NewReader(content))
	return walkFields(decoder, "a reward", known)
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
		fields, ok := known[name]
		if !ok {
			return int(decoder.InputOffset()), fmt.Errorf("%s has no field %q; it has %s", owner, name, strings.Join(sortedNames(known), ", "))
		}
		if inner, ok := fields.(map[string]any); ok {
			if offset, err := walkFields(decoder, name, inner); err != nil {
				return offset, err
			}
			continue
		}
		if err := decoder.Decode(new(json.RawMessage)); err != nil {
			return int(decoder.InputOffset()), err
		}
	}
	_, err = decoder.Token() // the closing brace
	return int(decoder.InputOffset()), err
}

func sortedNames(fields map[string]any) []string {
	var names []string
	for name := range fields {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// Check refuses a reward that means nothing: negative weights, none at all, or
// parameters outside their range.
func Check(c protocol.Reward) error {
	sum := 0.0
	for _, t := range terms(c) {
		if !(t.weight >= 0) || math.IsInf(t.weight, 0) {
			return fmt.Errorf("reward weight %s is %v: it must be 0 or a positive number", t.name, t.weight)
		}
		sum += t.weight
	}
	for _, rule := range []struct {
		broken bool
		what   string
	}{
		{sum == 0, "all reward weights are 0: give at least one, for example similarity 1.5 and language 1"},
		{!(c.Similarity.Tau >= 0 && c.Similarity.Tau < 1), fmt.Sprintf("reward threshold tau is %v: it must be at least 0 and below 1", c.Similarity.Tau)},
		{!oneOf(c.Similarity.Anchor, protocol.AnchorReference, protocol.AnchorSource), fmt.Sprintf("similarity's anchor is %q: use reference or source", c.Similarity.Anchor)},
		{!(c.Language.Gate >= 0 && c.Language.Gate <= 1), fmt.Sprintf("language's gate is %v: it is a share, 0 (open) to 1", c.Language.Gate)},
		{c.Length.Weight > 0 && !(c.Length.Free >= 1 && c.Length.Full > c.Length.Free && !math.IsInf(c.Length.Full, 0)),
			fmt.Sprintf("length's free %v and full %v: free must be 1 or more and full above it", c.Length.Free, c.Length.Full)},
		{c.Repetition.Weight > 0 && (c.Repetition.NGram < 1 || !(c.Repetition.Free >= 0 && c.Repetition.Free < 1)),
			fmt.Sprintf("repetition's ngram %d and free %v: ngram must be 1 or more and free at least 0 and below 1", c.Repetition.NGram, c.Repetition.Free)},
		{c.Consistency.Weight > 0 && !(c.Consistency.Unparseable > 0 && !math.IsInf(c.Consistency.Unparseable, 0)),
			fmt.Sprintf("consistency's unparseable is %v: it must be above 0, or silence would cost no more than a wrong answer", c.Consistency.Unparseable)},
		{!(c.Consistency.Bonus >= 0) || math.IsInf(c.Consistency.Bonus, 0), fmt.Sprintf("consistency's bonus is %v: it must be 0 or a positive number", c.Consistency.Bonus)},
		{!oneOf(c.Consistency.Shape, protocol.ShapeAll, protocol.ShapeLadder), fmt.Sprintf("consistency's shape is %q: use all or ladder", c.Consistency.Shape)},
		{!oneOf(c.Combine, protocol.CombineSum, protocol.CombineGDPO), fmt.Sprintf("combine is %q: use sum or gdpo", c.Combine)},
	} {
		if rule.broken {
			return errors.New(rule.what)
		}
	}
	return nil
}

// oneOf tells whether value is one of the choices; empty is the first.
func oneOf[T ~string](value T, choices ...T) bool {
	return value == "" || slices.Contains(choices, value)
}
