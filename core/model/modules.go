package model

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/dlclark/regexp2"
)

// How PEFT's adapter_config.json names a model's modules: by a list of endings, by
// one pattern over whole names, by the numbers of layers, and by patterns that give
// some modules another rank or alpha (peft/tuners/tuners_utils.py,
// check_target_module_exists; peft/utils/other.py, get_pattern_key).

// headModule is the one linear map outside the layers.
const headModule = "lm_head"

// allLinear is PEFT's word for every linear map but the head.
const allLinear = "all-linear"

// Modules is target_modules or exclude_modules: Names, each a module's whole name or
// its end after a dot, or one regular expression over the whole name.
type Modules struct {
	Names   []string
	Pattern string
	regexp  *regexp2.Regexp
}

// UnmarshalJSON reads null, a list of names or a pattern.
func (m *Modules) UnmarshalJSON(raw []byte) error {
	*m = Modules{}
	if json.Unmarshal(raw, &m.Names) == nil {
		return nil
	}
	if err := json.Unmarshal(raw, &m.Pattern); err != nil {
		return errors.New("want a list of modules, or one pattern")
	}
	if m.Pattern == "" || m.Pattern == allLinear {
		return nil
	}
	var err error
	m.regexp, err = wholeName(m.Pattern)
	return err
}

// MarshalJSON writes what UnmarshalJSON reads.
func (m Modules) MarshalJSON() ([]byte, error) {
	if m.Pattern != "" {
		return json.Marshal(m.Pattern)
	}
	return json.Marshal(m.Names)
}

func (m Modules) empty() bool { return m.Pattern == "" && len(m.Names) == 0 }

// match tells whether a module is meant, and whether by its whole name or a pattern,
// which layers_to_transform does not narrow.
func (m Modules) match(module string) (found, whole bool) {
	switch {
	case m.Pattern == allLinear:
		return module != headModule, true
	case m.regexp != nil:
		found, err := m.regexp.MatchString(module)
		return found && err == nil, true
	case slices.Contains(m.Names, module):
		return true, true
	}
	for _, name := range m.Names {
		if strings.HasSuffix(module, "."+name) {
			return true, false
		}
	}
	return false, false
}

// wholeName compiles one of Python's patterns to match a whole name.
func wholeName(pattern string) (*regexp2.Regexp, error) {
	compiled, err := regexp2.Compile(`\A(?:`+pattern+`)\z`, regexp2.None)
	if err != nil {
		return nil, fmt.Errorf("pattern %q: %w", pattern, err)
	}
	compiled.MatchTimeout = patternTimeout
	return compiled, nil
}

// layerNumbers is layers_to_transform: null, a number or a list.
type layerNumbers []int

// UnmarshalJSON reads null, a number or a list.
func (l *layerNumbers) UnmarshalJSON(raw []byte) error { return (*TokenIDs)(l).UnmarshalJSON(raw) }

// names is one string or a list of them.
type names []string

// UnmarshalJSON reads null, a string or a list.
func (n *names) UnmarshalJSON(raw []byte) error {
	var one string
	if json.Unmarshal(raw, &one) == nil {
		*n = nil
		if one != "" {
			*n = names{one}
		}
		return nil
	}
	return json.Unmarshal(raw, (*[]string)(n))
}

// ModuleValues is rank_pattern or alpha_pattern: what modules whose names match have
// instead of r or lora_alpha. The first that matches counts, so the order is kept.
type ModuleValues []ModuleValue

// ModuleValue is one line of ModuleValues.
type ModuleValue struct {
	Module string // a pattern for the end of the module's name
	Value  float64
	regexp *regexp2.Regexp
}

// UnmarshalJSON reads null or an object.
func (v *ModuleValues) UnmarshalJSON(raw []byte) error {
	*v = nil
	decoder := json.NewDecoder(bytes.NewReader(raw))
	switch token, err := decoder.Token(); {
	case err != nil:
		return err
	case token == nil:
		return nil
	case token != json.Delim('{'):
		return errors.New("want an object: a module and its value")
	}
	for decoder.More() {
		key, err := decoder.Token()
		if err != nil {
			return err
		}
		value := ModuleValue{Module: key.(string)} // an object's keys are strings, or Token fails
		if err := decoder.Decode(&value.Value); err != nil {
			return fmt.Errorf("%q: %w", value.Module, err)
		}
		if !(value.Value > 0) {
			return fmt.Errorf("%q is %g; it must be above 0", value.Module, value.Value)
		}
		if err := value.compile(); err != nil {
			return err
		}
		*v = append(*v, value)
	}
	return nil
}

func (v *ModuleValue) compile() (err error) {
	v.regexp, err = wholeName(`(.*\.)?(` + v.Module + `)`)
	return err
}

// MarshalJSON writes an object in the order that was read.
func (v ModuleValues) MarshalJSON() ([]byte, error) {
	out := []byte{'{'}
	for i, value := range v {
		if i > 0 {
			out = append(out, ',')
		}
		pair, err := json.Marshal(map[string]float64{value.Module: value.Value})
		if err != nil {
			return nil, err
		}
		out = append(out, pair[1:len(pair)-1]...)
	}
	return append(out, '}'), nil
}

// of gives a module's value, or usual where no pattern matches.
func (v ModuleValues) of(module string, usual float64) float64 {
	for _, value := range v {
		if found, err := value.regexp.MatchString(module); found && err == nil {
			return value.Value
		}
	}
	return usual
}

// wrappers are what programs put before the names of a model's tensors: torch.compile,
// distributed training, and models that see too.
var wrappers = []struct{ prefix, instead string }{
	{"base_model.model.", ""},
	{"module.", ""},
	{"model.language_model.", "model."},
	{"language_model.model.", "model."},
	{"language_model.lm_head", headModule},
	{"language_model.", "model."},
	{"model.lm_head", headModule},
	{"embed_tokens.", "model.embed_tokens."},
	{"layers.", "model.layers."},
	{"norm.", "model.norm."},
}

// plainName is a tensor's or module's name as the decoder calls it.
func plainName(name string) string {
	name = strings.ReplaceAll(name, "_orig_mod.", "")
	for _, w := range wrappers {
		if rest, ok := strings.CutPrefix(name, w.prefix); ok {
			name = w.instead + rest
		}
	}
	return name
}
