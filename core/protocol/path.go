package protocol

import (
	"fmt"
	"reflect"
	"strings"
)

// Get is the value at a path of a run's JSON: float64, uint64 (a seed), bool or
// string; nil where there is none.
func (t Train) Get(path string) any {
	if term, name, ok := inReward(path); ok {
		return t.Reward.get(term, name)
	}
	if name, ok := strings.CutPrefix(path, ownPath); ok {
		return t.Own[name]
	}
	switch v := at(reflect.ValueOf(&t).Elem(), path); v.Kind() {
	case reflect.Int:
		return float64(v.Int())
	case reflect.Uint64:
		return v.Uint()
	case reflect.Float64:
		return v.Float()
	case reflect.Bool:
		return v.Bool()
	case reflect.String:
		return v.String()
	}
	return nil
}

// Set puts a value of Get's types at a path.
func (t *Train) Set(path string, value any) error {
	if whole, ok := value.(int); ok {
		value = float64(whole)
	}
	if term, name, ok := inReward(path); ok {
		t.Reward.set(term, name, value)
		return nil
	}
	if name, ok := strings.CutPrefix(path, ownPath); ok {
		t.Own = t.Own.With(name, value)
		return nil
	}
	to := at(reflect.ValueOf(t).Elem(), path)
	fits := true
	switch v := value.(type) {
	case float64:
		switch to.Kind() {
		case reflect.Int:
			to.SetInt(int64(v))
		case reflect.Uint64:
			to.SetUint(uint64(v))
		case reflect.Float64:
			to.SetFloat(v)
		default:
			fits = false
		}
	case uint64:
		if fits = to.Kind() == reflect.Uint64; fits {
			to.SetUint(v)
		}
	case bool:
		if fits = to.Kind() == reflect.Bool; fits {
			to.SetBool(v)
		}
	case string:
		if fits = to.Kind() == reflect.String; fits {
			to.SetString(v)
		}
	default:
		fits = false
	}
	if !fits {
		return fmt.Errorf("a run's setting %q takes no %v", path, value)
	}
	return nil
}

// inReward cuts the path of a reward's part: "reward.TERM.PARAMETER" or
// "reward.combine".
func inReward(path string) (term, name string, ok bool) {
	rest, ok := strings.CutPrefix(path, "reward.")
	term, name, _ = strings.Cut(rest, ".")
	return term, name, ok
}

// at walks a struct by the names of its JSON; the zero Value where there is none.
func at(v reflect.Value, path string) reflect.Value {
	for _, name := range strings.Split(path, ".") {
		if v.Kind() != reflect.Struct {
			return reflect.Value{}
		}
		part := v
		v = reflect.Value{}
		for i := range part.NumField() {
			if tag, _, _ := strings.Cut(part.Type().Field(i).Tag.Get("json"), ","); tag == name {
				v = part.Field(i)
			}
		}
	}
	return v
}
