package protocol

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
)

// Reward composes a completion's reward from named terms; core/reward has a row for
// each. A term that it does not name is off, and a parameter that it leaves out has
// its row's value. In JSON:
//
//	{"similarity": {"weight": 1.5, "tau": 0.2, "anchor": "source"}, "language": {"weight": 1}, "combine": "gdpo"}
//
// Copies are independent: a change makes its own maps.
type Reward struct {
	terms   map[string]map[string]any // values are float64, bool or string
	combine Combine
}

// Combine says how several terms become an advantage; "" is a sum.
type Combine string

const (
	CombineSum  Combine = "sum"  // add the weighted terms, then normalise
	CombineGDPO Combine = "gdpo" // normalise each term, then add by weight
)

// Names of a Reward's JSON that are no term's.
const (
	weightName  = "weight"
	combineName = "combine"
)

// Combine says how the terms become an advantage.
func (r Reward) Combine() Combine { return r.combine }

// Terms are the names of the terms that it says something of, in no order.
func (r Reward) Terms() []string {
	var names []string
	for name := range r.terms {
		names = append(names, name)
	}
	return names
}

// Parameters are what it says of a term, by name; not to be changed.
func (r Reward) Parameters(term string) map[string]any { return r.terms[term] }

// Weight is a term's; 0 is off.
func (r Reward) Weight(term string) float64 {
	weight, _ := r.terms[term][weightName].(float64)
	return weight
}

// With is the reward with a term's weight.
func (r Reward) With(term string, weight float64) Reward {
	r.set(term, weightName, weight)
	return r
}

// WithParameter is the reward with a term's parameter: a number, a switch or a word.
func (r Reward) WithParameter(term, name string, value any) Reward {
	r.set(term, name, value)
	return r
}

// Combined is the reward with its terms combined in a way.
func (r Reward) Combined(how Combine) Reward {
	r.combine = how
	return r
}

// Equal tells whether two rewards say the same.
func (r Reward) Equal(other Reward) bool {
	return r.combine == other.combine && maps.EqualFunc(r.terms, other.terms, func(a, b map[string]any) bool { return maps.Equal(a, b) })
}

// IsZero tells that it says nothing.
func (r Reward) IsZero() bool { return r.Equal(Reward{}) }

func (r Reward) get(term, name string) any {
	if term == combineName {
		return string(r.combine)
	}
	return r.terms[term][name]
}

func (r *Reward) set(term, name string, value any) {
	if term == combineName {
		how, _ := value.(string)
		r.combine = Combine(how)
		return
	}
	r.terms = maps.Clone(r.terms)
	if r.terms == nil {
		r.terms = map[string]map[string]any{}
	}
	parameters := maps.Clone(r.terms[term])
	if parameters == nil {
		parameters = map[string]any{}
	}
	parameters[name] = value
	r.terms[term] = parameters
}

// MarshalJSON writes terms by name, and how they are combined.
func (r Reward) MarshalJSON() ([]byte, error) {
	all := map[string]any{}
	for name, parameters := range r.terms {
		all[name] = parameters
	}
	if r.combine != "" {
		all[combineName] = r.combine
	}
	return json.Marshal(all)
}

// UnmarshalJSON reads what MarshalJSON writes. Whether the names are known is
// core/reward's to say.
func (r *Reward) UnmarshalJSON(data []byte) error {
	var all map[string]json.RawMessage
	if err := json.Unmarshal(data, &all); err != nil {
		return fmt.Errorf("reward: %w", err)
	}
	read := Reward{}
	for name, raw := range all {
		if name == combineName {
			if err := json.Unmarshal(raw, &read.combine); err != nil {
				return fmt.Errorf("reward: combine: %w", err)
			}
			continue
		}
		var parameters map[string]any
		if err := json.Unmarshal(raw, &parameters); err != nil || bytes.Equal(bytes.TrimSpace(raw), []byte("null")) {
			return fmt.Errorf("reward: %s: it is an object such as {\"weight\": 1} (%w)", name, errors.Join(err))
		}
		if read.terms == nil {
			read.terms = map[string]map[string]any{}
		}
		read.terms[name] = parameters
	}
	*r = read
	return nil
}
