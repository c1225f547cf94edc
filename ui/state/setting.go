package state

import (
	"fmt"
	"math"
	"slices"
	"strconv"

	"github.com/dongyur/dongyur/core/protocol"
	"github.com/dongyur/dongyur/ui/words"
)

// Setting is one setting of a run: a number, a choice, or on or off.
type Setting struct {
	Key     string // in the page's address; also the control's id and the key of its help
	Title   string // English
	Place   Place
	Reads   string // by which name protocol.Method.Settings has it; "": every method reads it
	Least   float64
	Most    float64 // 0: no bound
	By      string  // a number field's step
	Choices []Option
	// A zero that means "the method's own value" to the session is sent as -1, which
	// means off (see protocol.Learning).
	zeroIsOff bool
	at        func(*protocol.Train) any // *int, *uint64, *float64, *bool or *string
}

// Option is one of several words that a setting takes.
type Option struct {
	Value string
	Title string // English
}

// Place is where the page shows a field.
type Place int

// The places, in their order.
const (
	Rewards     Place = iota // beside the recipes
	MoreRewards              // and the folded ones
	RunPlace
	SamplingPlace
	ObjectivePlace
	ReferencePlace
	WatchPlace
)

// Folded are the places under "More settings", with their titles.
var Folded = []struct {
	Place Place
	Title string
}{
	{RunPlace, words.N("The run")}, {SamplingPlace, words.N("Sampling")}, {ObjectivePlace, words.N("The method")},
	{ReferencePlace, words.N("What it is held to")}, {MoreRewards, words.N("More rewards")}, {WatchPlace, words.N("When it goes wrong")},
}

// usual leaves a choice to the method.
var usual = Option{"", words.N("as usual")}

// AllSettings are all settings that the page shows, in the order of the address.
var AllSettings = slices.Concat(rewardFields, runFields, groupFields, otherFields)

// SettingNamed finds a field by its key.
func SettingNamed(key string) (Setting, bool) {
	i := slices.IndexFunc(AllSettings, func(f Setting) bool { return f.Key == key })
	if i < 0 {
		return Setting{}, false
	}
	return AllSettings[i], true
}

// Read shows the field's value in a run's settings, as Write takes it.
func (f Setting) Read(t protocol.Train) string {
	switch p := f.at(&t).(type) {
	case *int:
		return strconv.Itoa(f.shown(*p))
	case *uint64:
		return strconv.FormatUint(*p, 10)
	case *float64:
		if f.zeroIsOff && *p < 0 {
			return "0"
		}
		return strconv.FormatFloat(*p, 'g', -1, 64)
	case *bool:
		if *p {
			return "1"
		}
		return "0"
	case *string:
		return *p
	}
	return ""
}

// Named is Read for people: a choice by its title, a switch in words.
func (f Setting) Named(t protocol.Train) string {
	value := f.Read(t)
	switch f.Kind() {
	case "switch":
		if value == "1" {
			return words.T("on")
		}
		return words.T("off")
	case "choice":
		for _, c := range f.Choices {
			if c.Value == value {
				return words.T(c.Title)
			}
		}
	}
	return value
}

func (f Setting) shown(v int) int {
	if f.zeroIsOff {
		return max(v, 0)
	}
	return v
}

// Write takes a typed value over into a run's settings. What does not fit leaves
// them alone; the error names the field and says what fits.
func (f Setting) Write(t *protocol.Train, text string) error {
	switch p := f.at(t).(type) {
	case *string:
		for _, c := range f.Choices {
			if c.Value == text {
				*p = text
				return nil
			}
		}
		return fmt.Errorf("%s", words.T("%s knows no “%s”", words.T(f.Title), text))
	case *bool:
		if text != "0" && text != "1" {
			return fmt.Errorf("%s", words.T("%s is on (1) or off (0), not “%s”", words.T(f.Title), text))
		}
		*p = text == "1"
		return nil
	case *uint64:
		v, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			return fmt.Errorf("%s", words.T("%s must be a whole number, not “%s”", words.T(f.Title), text))
		}
		*p = v
		return nil
	case *int:
		v, err := strconv.Atoi(text)
		if err != nil {
			return fmt.Errorf("%s", words.T("%s must be a whole number, not “%s”", words.T(f.Title), text))
		}
		if err := f.inBounds(float64(v)); err != nil {
			return err
		}
		if f.zeroIsOff && v == 0 {
			v = -1
		}
		*p = v
		return nil
	case *float64:
		v, err := strconv.ParseFloat(text, 64)
		if err != nil || math.IsNaN(v) {
			return fmt.Errorf("%s", words.T("%s must be a number, not “%s”", words.T(f.Title), text))
		}
		if err := f.inBounds(v); err != nil {
			return err
		}
		if f.zeroIsOff && v == 0 {
			v = -1
		}
		*p = v
		return nil
	}
	return nil
}

func (f Setting) inBounds(v float64) error {
	switch {
	case f.Most == 0 && (v < f.Least || math.IsInf(v, 0)):
		return fmt.Errorf("%s", words.T("%s must be %g or more, not %g", words.T(f.Title), f.Least, v))
	case f.Most != 0 && (v < f.Least || v > f.Most):
		return fmt.Errorf("%s", words.T("%s must be from %g to %g, not %g", words.T(f.Title), f.Least, f.Most, v))
	}
	return nil
}

// Kind tells how a field is edited: "number", "choice" or "switch".
func (f Setting) Kind() string {
	var t protocol.Train
	switch f.at(&t).(type) {
	case *bool:
		return "switch"
	case *string:
		return "choice"
	}
	return "number"
}
