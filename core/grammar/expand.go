package grammar

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// expander makes every choice of a wording in turn.
type expander struct {
	*compiler
	frame  *Frame
	form   string // that is asked of the phrase: $form
	values []int
	err    error
}

// state is what has been chosen so far. It is never changed in place.
type state struct {
	symbols []symbol
	values  []int // by part: a feature's value, or whether a slot is filled; -1: open
	limits  map[slotFeature]limit
	weight  float64
}

type slotFeature struct{ slot, feature int }

func (e *expander) fail(format string, args ...any) {
	if e.err == nil {
		e.err = fmt.Errorf(format, args...)
	}
}

func (s state) with(sym symbol) state {
	s.symbols = append(s.symbols[:len(s.symbols):len(s.symbols)], sym)
	return s
}

// set chooses a feature's value, or whether a slot is filled; false if it is chosen
// otherwise already.
func (s state) set(part, value int) (state, bool) {
	if s.values[part] >= 0 {
		return s, s.values[part] == value
	}
	s.values = slices.Clone(s.values)
	s.values[part] = value
	return s, true
}

// limit asks a slot's feature for one of some values.
func (s state) limit(slot, feature int, values []uint16) (state, bool) {
	key := slotFeature{slot, feature}
	if before, ok := s.limits[key]; ok {
		values = slices.DeleteFunc(slices.Clone(values), func(v uint16) bool { return !slices.Contains(before.values, v) })
	}
	s.limits = maps.Clone(s.limits)
	if s.limits == nil {
		s.limits = map[slotFeature]limit{}
	}
	s.limits[key] = limit{feature, values}
	return s, len(values) > 0
}

// expand writes the nodes in every way and hands each to then. Under is what {_} means.
func (e *expander) expand(nodes []node, s state, under string, then func(state)) {
	if e.err != nil {
		return
	}
	if len(nodes) == 0 {
		then(s)
		return
	}
	rest := func(s state) { e.expand(nodes[1:], s, under, then) }
	n := nodes[0]
	if n.text == "_" && n.kind != literal {
		n.text = under
	}
	switch n.kind {
	case literal:
		rest(s.with(symbol{text: n.text, tokens: e.literalTokens(n.text), slot: -1}))
	case reference:
		e.reference(n, s, rest)
	case agreement:
		e.agreement(n, s, rest)
	case tableCall:
		e.call(n, s, rest)
	case alternates:
		e.alternates(n, s, under, rest)
	case optional:
		e.optional(n, s, under, rest)
	}
}

func (e *expander) alternates(n node, s state, under string, then func(state)) {
	for i, c := range n.choices {
		t := s
		switch {
		case c.silent:
			t.weight = 0
		case i > 0:
			t.weight *= .5
		}
		e.expand(c.pattern, t, under, then)
	}
}

// optional is written when the optional slots in it are filled, and left out otherwise.
func (e *expander) optional(n node, s state, under string, then func(state)) {
	filled, left, canFill, canLeave := s, s, true, true
	slots := e.optionalSlots(n.choices[0].pattern)
	if len(slots) == 0 {
		e.fail("[ ] has no optional slot in it; write (a|) for words that may be left out")
		return
	}
	for _, slot := range slots {
		var ok bool
		filled, ok = filled.set(slot, 1)
		canFill = canFill && ok
		left, ok = left.set(slot, 0)
		canLeave = canLeave && ok
	}
	if canFill {
		e.expand(n.choices[0].pattern, filled, under, then)
	}
	if canLeave {
		then(left)
	}
}

func (e *expander) optionalSlots(nodes []node) []int {
	var slots []int
	for _, n := range nodes {
		if i := e.frame.partIndex(n.text); i >= 0 && n.kind != literal && e.frame.parts[i].optional && !slices.Contains(slots, i) {
			slots = append(slots, i)
		}
		for _, c := range n.choices {
			slots = append(slots, e.optionalSlots(c.pattern)...)
		}
	}
	return slots
}

// reference writes a slot, a concept or given words in a form.
func (e *expander) reference(n node, s state, then func(state)) {
	form := strings.Trim(strings.ReplaceAll(n.form, "$form", e.form), "+")
	switch {
	case strings.HasPrefix(n.text, "@"):
		entry := e.grammar.Lexicon.Entry(n.text[1:])
		if entry == nil {
			e.fail("the lexicon has no key %q", n.text[1:])
			return
		}
		e.words(entry, form, s, then)
	case strings.HasPrefix(n.text, `"`):
		words := strings.Trim(n.text, `"`)
		e.words(&Entry{Cat: "words", words: map[string][]Word{e.language.Tag: {{Text: words}}}}, form, s, then)
	default:
		i := e.frame.partIndex(n.text)
		if i < 0 || e.frame.parts[i].category == "" {
			e.fail("{%s} is no slot of the frame", n.text)
			return
		}
		if s.values[i] == 0 && e.frame.parts[i].optional {
			return
		}
		e.ask(e.frame.parts[i].category, form)
		then(s.with(symbol{slot: i, form: e.syntax.form(form)}))
	}
}

// words writes an entry's spellings in a form, the first most often.
func (e *expander) words(entry *Entry, form string, s state, then func(state)) {
	for i, text := range e.language.Form(entry, form) {
		t := s.with(symbol{text: text, tokens: e.literalTokens(text), slot: -1})
		if i > 0 {
			t.weight *= .5
		}
		then(t)
	}
	if polite := entry.polite[e.language.Tag]; polite != nil {
		s.weight = 0 // understood, never written
		e.words(polite, form, s, then)
	}
}

// agreement writes the value of a slot's feature: a measure word, an article.
func (e *expander) agreement(n node, s state, then func(state)) {
	slot, feature, ok := e.slotFeature(n.text, n.form)
	if !ok {
		return
	}
	for _, name := range slices.Sorted(maps.Keys(e.syntax.values[feature])) {
		if t, ok := s.limit(slot, feature, []uint16{e.value(feature, name)}); ok {
			then(t.with(symbol{text: name, tokens: e.literalTokens(name), slot: -1}))
		}
	}
}

func (e *expander) slotFeature(slot, feature string) (int, int, bool) {
	i, j := e.frame.partIndex(slot), slices.Index(e.features, feature)
	if i < 0 || j < 0 {
		e.fail("%s.%s: the frame has no such slot, or nothing has such a feature", slot, feature)
		return 0, 0, false
	}
	return i, j, true
}

// call writes the rows of a table that fit.
func (e *expander) call(n node, s state, then func(state)) {
	t := e.grammar.set.tables[e.language.Tag][n.form]
	if t == nil || len(t.columns) != len(n.args) {
		e.fail("{%s:%s}: there is no such table of %s with %d columns", n.text, n.form, e.language.Tag, len(n.args))
		return
	}
	for _, row := range t.rows {
		e.match(row.keys, n.args, s, func(s state) {
			e.expand(row.pattern, s, n.text, then)
		})
	}
}

// match binds the arguments of a table to a row's values.
func (e *expander) match(keys [][]string, args []string, s state, then func(state)) {
	if len(args) == 0 {
		then(s)
		return
	}
	rest := func(s state) { e.match(keys[1:], args[1:], s, then) }
	if args[0] == "$form" {
		if keys[0] == nil || slices.Contains(keys[0], e.form) || e.form == "" && slices.Contains(keys[0], "-") {
			rest(s)
		}
		return
	}
	slot, feature, of := strings.Cut(args[0], ".")
	if of {
		i, j, ok := e.slotFeature(slot, feature)
		if !ok {
			return
		}
		if keys[0] == nil {
			rest(s)
			return
		}
		var values []uint16
		for _, key := range keys[0] {
			if key == "-" {
				values = append(values, 0)
			} else {
				values = append(values, e.value(j, key))
			}
		}
		if t, ok := s.limit(i, j, values); ok {
			rest(t)
		}
		return
	}
	part := e.frame.part(args[0])
	if part == nil {
		e.fail("%q is neither a feature of the frame nor SLOT.FEATURE", args[0])
		return
	}
	for v, name := range part.values {
		if keys[0] != nil && !slices.Contains(keys[0], name) {
			continue
		}
		if t, ok := s.set(e.frame.partIndex(args[0]), v); ok {
			rest(t)
		}
	}
}

// finish makes a production of a state in which everything is chosen.
func (e *expander) finish(s state, r request) {
	p := &production{frame: e.frame, form: e.syntax.form(r.form), weight: s.weight, values: make([]uint8, len(s.values)), symbols: slices.Clone(s.symbols)}
	shown := map[int]bool{}
	for _, sym := range p.symbols {
		if sym.slot >= 0 {
			shown[sym.slot] = true
			p.filled++
		}
	}
	for i, part := range e.frame.parts {
		switch {
		case part.category == "" && s.values[i] < 0:
			e.fail("a wording does not say the feature %s", part.name)
			return
		case part.category == "":
			p.values[i] = uint8(s.values[i])
		case shown[i]:
			p.values[i] = 1
		case !part.optional:
			e.fail("a wording does not show the slot %s", part.name)
			return
		}
	}
	for i, sym := range p.symbols {
		if sym.slot < 0 {
			continue
		}
		part := e.frame.parts[sym.slot]
		f := e.want(part, func(name string) string {
			j := e.frame.partIndex(name)
			return e.frame.parts[j].values[p.values[j]]
		})
		for _, key := range slices.SortedFunc(maps.Keys(s.limits), func(a, b slotFeature) int { return a.feature - b.feature }) {
			if key.slot == sym.slot {
				f.limits = append(f.limits, s.limits[key])
			}
		}
		p.symbols[i].filter = e.filterID(f)
	}
	e.add(p, r.category)
}
