package reward

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/dongyur/dongyur/core/protocol"
)

// Term is a row of the registry: all that is true of one part of a reward. Each has a
// file of its own; configs, the program's help and the page read the rows.
type Term struct {
	Name   string
	Title  protocol.Text
	Help   protocol.Text
	Paper  string  // "arXiv NUMBER", or an address
	Tint   int     // of the page, 1 to 14; up to 6, and 14, for what adds to a reward
	Weight float64 // in S1's reward
	// What Value gives before the weight lies between these; an empty answer takes Least.
	Least, Most float64
	// Parameters are rows whose Path is the parameter's name; Unset is its usual value.
	Parameters []protocol.Setting
	Check      func(Values) error // refuses what ranges alone do not; nil: nothing

	// Embeds tells that Measure needs an encoder.
	Embeds bool
	// Measure looks at a whole batch: what it returns, one number an answer, Value and
	// Explain find in Answer.Found. Nil measures nothing.
	Measure func(Encoder, []*Answer, Values) ([]float64, error)
	// Value of one answer; nil: a trainer adds the term, or the scorer itself.
	Value func(*Answer, Values) float64
	// Explain says what was found in one answer, whose value it is given; an empty Text
	// where there is nothing to say.
	Explain func(*Answer, Values, float64) protocol.Text
	// CountsSilence tells of which inputs Value judges empty answers too; nil: of none.
	CountsSilence func(Input) bool
}

// Values are a term's weight and parameters, none left out.
type Values map[string]any

// Number is a parameter that is one.
func (v Values) Number(name string) float64 { n, _ := v[name].(float64); return n }

// Word is a parameter that is a choice.
func (v Values) Word(name string) string { w, _ := v[name].(string); return w }

// Weight is the term's.
func (v Values) Weight() float64 { return v.Number("weight") }

var registry []*Term

// Register adds a row; remove takes it away again. Rows that add to a reward come
// before those that take off, the heavier first.
func Register(t Term) (remove func()) {
	if slices.ContainsFunc(registry, func(o *Term) bool { return o.Name == t.Name }) {
		panic(fmt.Sprintf("the reward term %q is registered twice", t.Name))
	}
	row := &t
	registry = append(registry, row)
	slices.SortFunc(registry, func(a, b *Term) int {
		adds := func(t *Term) int { return -min(1, int(t.Most)) }
		asks := func(t *Term) bool { return t.Value == nil }
		switch {
		case asks(a) != asks(b) && asks(b):
			return -1
		case asks(a) != asks(b):
			return 1
		}
		return cmp.Or(cmp.Compare(adds(a), adds(b)), cmp.Compare(b.Weight, a.Weight), strings.Compare(a.Name, b.Name))
	})
	return func() { registry = slices.DeleteFunc(registry, func(o *Term) bool { return o == row }) }
}

// Named is a row by its name; nil where there is none.
func Named(name string) *Term {
	for _, t := range registry {
		if t.Name == name {
			return t
		}
	}
	return nil
}

// Rows are the registry for those who show it.
func Rows() []protocol.Term {
	list := make([]protocol.Term, len(registry))
	for i, t := range registry {
		list[i] = protocol.Term{Name: t.Name, Title: t.Title, Help: t.Help, Paper: t.Paper, Tint: t.Tint, Weight: t.Weight, Least: t.Least, Most: t.Most}
	}
	return list
}

// Settings are the rows of every weight and parameter, and of how terms are combined.
func Settings() []protocol.Setting {
	var list []protocol.Setting
	for _, t := range registry {
		list = append(list, t.settings()...)
	}
	return append(list, protocol.Setting{Key: "combine", Path: "reward.combine", Kind: protocol.Pick, Place: "more-rewards", Needs: "groups",
		Title: protocol.Text{En: "Terms are combined", Zh: "各项如何合并"}, Paper: "arXiv 2601.05242", Unset: string(protocol.CombineSum),
		Help: protocol.Text{En: "Terms can be added and the sum compared within the group, or each compared within the group first and then added (GDPO), so that a term of small numbers is not lost beside one of large numbers.",
			Zh: "可先相加再在组内比较，或各自在组内比较后再相加（GDPO），使数值小的项不被数值大的项淹没。"},
		Choices: []protocol.Choice{{Value: string(protocol.CombineSum), Title: protocol.Text{En: "summed, then compared", Zh: "相加后比较"}},
			{Value: string(protocol.CombineGDPO), Title: protocol.Text{En: "compared each, then summed", Zh: "各自比较后相加"}}}})
}

// settings are a term's weight and parameters; none of a term that nobody weighs.
func (t *Term) settings() []protocol.Setting {
	if t.Value == nil {
		return nil
	}
	weight := protocol.Setting{Key: t.Name, Path: "weight", Title: t.Title, Help: t.Help, Paper: t.Paper, Kind: protocol.Number, By: "0.1", Unset: 0.0}
	if t.Weight > 0 {
		weight.Place = "rewards"
	}
	list := append([]protocol.Setting{weight}, t.Parameters...)
	for i := range list {
		s := &list[i]
		s.Key, s.Place = cmp.Or(s.Key, t.Name+"-"+s.Path), cmp.Or(s.Place, "more-rewards")
		s.Path, s.Needs = "reward."+t.Name+"."+s.Path, "groups"
	}
	return list
}

// values are a term's in a config, with the usual ones of its row where that says
// nothing.
func (t *Term) valuesIn(r protocol.Reward) Values {
	values := Values{"weight": r.Weight(t.Name)}
	for _, p := range t.Parameters {
		values[p.Path] = p.Unset
		if given, ok := r.Parameters(t.Name)[p.Path]; ok {
			values[p.Path] = given
		}
	}
	return values
}

// Filled is a config with every term and every parameter said.
func Filled(r protocol.Reward) protocol.Reward {
	for _, t := range registry {
		if t.Value == nil {
			continue
		}
		for name, value := range t.valuesIn(r) {
			r = r.WithParameter(t.Name, name, value)
		}
	}
	if r.Combine() == "" {
		r = r.Combined(protocol.CombineSum)
	}
	return r
}

// Default is S1's reward: 1.5 for meaning and 1 for the language, with the guards at
// half a point each. Each row holds its weight.
func Default() protocol.Reward {
	var r protocol.Reward
	for _, t := range registry {
		if t.Weight > 0 {
			r = r.With(t.Name, t.Weight)
		}
	}
	return Filled(r)
}

// Help is the registry for people: a term with its weight in S1's reward, what it does,
// and its parameters.
func Help() string {
	var b strings.Builder
	for _, t := range registry {
		if t.Value == nil {
			continue
		}
		fmt.Fprintf(&b, "%s (%g): %s\n", t.Name, t.Weight, t.Help.En)
		for _, p := range t.Parameters {
			fmt.Fprintf(&b, "  %s (%v): %s\n", p.Path, p.Unset, p.Help.En)
			for _, c := range p.Choices {
				fmt.Fprintf(&b, "    %s: %s\n", c.Value, c.Title.En)
			}
		}
	}
	return b.String() + "combine: sum or gdpo\n"
}
