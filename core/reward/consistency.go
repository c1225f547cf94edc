package reward

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/dongyur/dongyur/core/lang"
	"github.com/dongyur/dongyur/core/protocol"
)

// Verdict is what an answer to a fact's question is worth.
type Verdict int

const (
	Unparseable Verdict = iota // nothing that was offered, another language, or several names at once
	Wrong
	Right // names the object and none of the choices
)

// Judge reads an answer to a question for a name. It is Right if the name is in it
// as whole units (words, characters or syllables) and none of the choices is
// outside of that; a name inside a longer one, as Guinea in Equatorial Guinea, is
// not named. Case does not count. An answer that names one of the choices is
// Wrong; one that names several, or none of those it was offered, is Unparseable.
// Where nothing was offered, text with at least half of its letters in the
// language's script is Wrong too.
func Judge(output, name string, choices []string, code string) Verdict {
	output = clean(output)
	units := folded(output, code)
	named := map[string]bool{}
	names := append([]string{name}, choices...)
	// Longer names first: what they take is gone for the shorter.
	slices.SortStableFunc(names, func(a, b string) int {
		return cmp.Compare(len(folded(b, code)), len(folded(a, code)))
	})
	for _, n := range names {
		if take(units, folded(n, code)) {
			named[strings.Join(folded(n, code), "\x00")] = true
		}
	}
	right := named[strings.Join(folded(name, code), "\x00")]
	switch {
	case len(named) > 1:
		return Unparseable
	case right:
		return Right
	case len(named) == 0 && (len(choices) > 0 || lang.Share(output, code) < 0.5):
		return Unparseable
	}
	return Wrong
}

// folded cuts text into units without case.
func folded(text, code string) []string {
	units := lang.Units(clean(text), code)
	for i, unit := range units {
		units[i] = strings.ToLower(unit)
	}
	return units
}

// take tells whether name stands in units, and blanks it there.
func take(units, name []string) bool {
	found := false
	for i := 0; len(name) > 0 && i+len(name) <= len(units); i++ {
		if slices.Equal(units[i:i+len(name)], name) {
			clear(units[i : i+len(name)])
			found = true
		}
	}
	return found
}

// agree gives the answers to each fact S3's reward, the same for all languages of
// one sample: 1 for each right language, less the unparseable ones, and the bonus.
// Advantages within each prompt's group are then the same in every language, as S3
// shares them.
func agree(answers []answer, c protocol.ConsistencyReward) error {
	type sample struct {
		fact  string
		index int
		again int // how often the fact came before in the batch
	}
	samples := map[sample][]int{}
	seen := map[string]int{}
	for i, a := range answers {
		if a.in.Fact == "" {
			continue
		}
		if a.reference == "" {
			return fmt.Errorf("completion %d: fact %q has no reference in %s: consistency needs the right answer", i, a.in.Fact, a.in.TargetLang)
		}
		asked := fmt.Sprint(a.in.Sample, " ", a.in.TargetLang, " ", a.in.Fact)
		key := sample{a.in.Fact, a.in.Sample, seen[asked]}
		seen[asked]++
		samples[key] = append(samples[key], i)
	}
	for _, members := range samples {
		right, unparseable := 0, 0
		for _, i := range members {
			a := answers[i]
			verdict := Judge(a.output, a.reference, a.in.Choices, a.in.TargetLang)
			switch {
			case verdict == Unparseable || a.empty:
				unparseable++
			case verdict == Right:
				right++
			}
		}
		value := consistency(right, unparseable, len(members), c)
		for _, i := range members {
			answers[i].consistency = value
		}
	}
	return nil
}

// consistency is S3's reward for right and unparseable answers in all languages.
// The paper's bonus is 1 and paid when all are right; its code takes nothing off
// for silence, which here is as unparseable as any other answer that names nothing. A ladder pays it by rungs, the k-th
// of n worth k/(1+…+n) of it: part of the way there counts, and each further
// language counts for more than the one before.
func consistency(right, unparseable, all int, c protocol.ConsistencyReward) float64 {
	value := float64(right) - c.Unparseable*float64(unparseable)
	switch {
	case c.Shape == protocol.ShapeLadder:
		value += c.Bonus * float64(right*(right+1)) / float64(all*(all+1))
	case right == all:
		value += c.Bonus
	}
	return value
}
