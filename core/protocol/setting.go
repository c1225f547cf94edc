package protocol

import (
	"math"
	"strconv"
)

// Setting is one setting of a run: a row that the program's flags, the page's fields
// and address, and the checks of a session are made from. Rows of all runs are in
// core/setting, those of a reward term with the term, those of a method with the
// method.
type Setting struct {
	Key   string `json:"key"`  // of the flag and of the page's address
	Path  string `json:"path"` // in Train's JSON, such as "sampling.temperature"
	Title Text   `json:"title"`
	Help  Text   `json:"help"`
	Paper string `json:"paper,omitempty"` // "arXiv NUMBER", or an address
	Kind  Kind   `json:"kind"`

	Least   float64  `json:"least,omitempty"`
	Most    float64  `json:"most,omitempty"` // 0: no bound
	By      string   `json:"by,omitempty"`   // a number field's step; "": any
	Choices []Choice `json:"choices,omitempty"`

	Place  string `json:"place"`           // where the page shows it, a key of places; "": nowhere
	Needs  string `json:"needs,omitempty"` // what a method must have to read it; "": all do
	Flag   string `json:"-"`               // of the program, where it is not the key
	Native any    `json:"-"`               // the program's usual value, where it is not a page's
	// Unset is what a term or method of one's own takes where a run leaves it out.
	Unset any `json:"unset,omitempty"`
	// Later says that a run which was saved may go on with another value.
	Later bool `json:"later,omitempty"`
}

// Kind says what a setting takes.
type Kind string

// The kinds. A choice is one of several words, a switch true or false.
const (
	Number Kind = "number"
	Whole  Kind = "whole"
	Pick   Kind = "choice"
	Switch Kind = "switch"
)

// Choice is one of several words that a setting takes.
type Choice struct {
	Value string `json:"value"`
	Title Text   `json:"title"`
}

// Read shows the setting in a run as Write takes it: a switch is "1" or "0".
func (s Setting) Read(t Train) string {
	switch v := t.Get(s.Path).(type) {
	case string:
		return v
	case bool:
		if v {
			return "1"
		}
		return "0"
	case uint64:
		return strconv.FormatUint(v, 10)
	case float64:
		return strconv.FormatFloat(v, 'g', -1, 64)
	}
	if s.Kind == Pick {
		return ""
	}
	return "0"
}

// Named is Read for people: a choice by its title, a switch in words.
func (s Setting) Named(t Train) Text {
	value := s.Read(t)
	switch {
	case s.Kind == Switch && value == "1":
		return Text{"on", "开"}
	case s.Kind == Switch:
		return Text{"off", "关"}
	}
	for _, c := range s.Choices {
		if c.Value == value {
			return c.Title
		}
	}
	return Text{value, value}
}

// Write takes a typed value over into a run. What does not fit leaves it alone; the
// error is a Text that names the setting and says what fits.
func (s Setting) Write(t *Train, text string) error {
	value, err := s.parse(text)
	if err != nil {
		return err
	}
	return t.Set(s.Path, value)
}

func (s Setting) parse(text string) (any, error) {
	switch s.Kind {
	case Pick:
		return text, s.fits(text)
	case Switch:
		if text != "0" && text != "1" {
			return nil, Say("%s is on (1) or off (0), not “%s”", "%s 只能是开（1）或关（0），而不是“%s”", s.Title, text)
		}
		return text == "1", nil
	case Whole:
		// Seeds need all of 64 bits, which a float64 has not.
		if v, err := strconv.ParseUint(text, 10, 64); err == nil && v > 1<<53 && s.fits(float64(v)) == nil {
			return v, nil
		}
		if _, err := strconv.ParseInt(text, 10, 64); err != nil {
			return nil, s.notWhole(text)
		}
	}
	v, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return nil, Say("%s must be a number, not “%s”", "%s 必须是数字，而不是“%s”", s.Title, text)
	}
	return v, s.fits(v)
}

func (s Setting) notWhole(v any) error {
	return Say("%s must be a whole number, not “%v”", "%s 必须是整数，而不是“%v”", s.Title, v)
}

// Check tells whether a run's value fits: the range, the kind, the choices.
func (s Setting) Check(t Train) error {
	switch v := t.Get(s.Path).(type) {
	case nil, bool:
		return nil
	case uint64:
		return s.fits(float64(v))
	default:
		return s.fits(v)
	}
}

func (s Setting) fits(value any) error {
	switch v := value.(type) {
	case string:
		for _, c := range s.Choices {
			if c.Value == v {
				return nil
			}
		}
		return Say("%s knows no “%s”: choose %s", "%s 没有“%s”：请选 %s", s.Title, v, s.words())
	case float64:
		switch {
		case math.IsNaN(v):
			return Say("%s must be a number, not NaN", "%s 必须是数字，而不是 NaN", s.Title)
		case s.Kind == Whole && v != math.Trunc(v):
			return s.notWhole(v)
		case s.Most == 0 && (v < s.Least || math.IsInf(v, 0)):
			return Say("%s must be %g or more, not %g", "%s 必须不小于 %g，而不是 %g", s.Title, s.Least, v)
		case s.Most != 0 && (v < s.Least || v > s.Most):
			return Say("%s must be from %g to %g, not %g", "%s 必须在 %g 到 %g 之间，而不是 %g", s.Title, s.Least, s.Most, v)
		}
	}
	return nil
}

// words lists the choices.
func (s Setting) words() string {
	list := ""
	for i, c := range s.Choices {
		switch {
		case c.Value == "":
			continue
		case list != "" && i == len(s.Choices)-1:
			list += " or "
		case list != "":
			list += ", "
		}
		list += c.Value
	}
	return list
}
