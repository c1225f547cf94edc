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
	v := at(reflect.ValueOf(t), path)
	switch v.Kind() {
	case reflect.Int:
		return float64(v.Int())
	case reflect.Uint64:
		return v.Uint()
	case reflect.Float64, reflect.Bool, reflect.String:
		return plain(v)
	}
	return nil
}

// plain is a value without its named type.
func plain(v reflect.Value) any {
	switch v.Kind() {
	case reflect.Float64:
		return v.Float()
	case reflect.Bool:
		return v.Bool()
	}
	return v.String()
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
	if !to.IsValid() {
		return fmt.Errorf("a run has no setting %q", path)
	}
	from := reflect.ValueOf(value)
	if !from.IsValid() || !from.CanConvert(to.Type()) || (from.Kind() == reflect.String) != (to.Kind() == reflect.String) {
		return fmt.Errorf("%s takes no %v", path, value)
	}
	to.Set(from.Convert(to.Type()))
	return nil
}

// inReward cuts the path of a reward's part: "reward.TERM.PARAMETER" or
// "reward.combine".
func inReward(path string) (term, name string, ok bool) {
	rest, ok := strings.CutPrefix(path, "reward.")
	term, name, _ = strings.Cut(rest, ".")
	return term, name, ok
}

// at walks a struct by the names of its JSON.
func at(v reflect.Value, path string) reflect.Value {
	for _, name := range strings.Split(path, ".") {
		if v.Kind() != reflect.Struct {
			return reflect.Value{}
		}
		v = v.FieldByNameFunc(func(field string) bool {
			f, _ := v.Type().FieldByName(field)
			tag, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			return tag == name
		})
		if !v.IsValid() {
			return v
		}
	}
	return v
}
