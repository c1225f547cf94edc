package lang

import (
	"slices"
	"strings"
)

// ParticleRule says which forms a particle has and which of them follows a word.
type ParticleRule struct {
	Name  string
	Forms []string
	// Wanted gives the forms that the rule asks for after a syllable.
	Wanted func(syllable string) []string
	// Before are the syllables of which one must follow the particle for it to be this
	// one and not a word of the same letters; none: any.
	Before []string
}

// ParticleRules are the rules of particles that are written as syllables of their own.
// Fused ones ('i, s, r) cannot be written wrongly without another word coming out.
var ParticleRules = []ParticleRule{
	{Name: "genitive ཀྱི གི གྱི (ཡི)", Forms: []string{"ཀྱི", "གི", "གྱི", "ཡི"}, Wanted: after(Genitive, "ཡི")},
	{Name: "agentive ཀྱིས གིས གྱིས (ཡིས)", Forms: []string{"ཀྱིས", "གིས", "གྱིས", "ཡིས"}, Wanted: after(Ergative, "ཡིས")},
	{Name: "verb ཀྱི གི གྱི before auxiliary", Forms: []string{"ཀྱི", "གི", "གྱི", "ཡི"}, Wanted: after(Continuing, "ཡི"),
		Before: []string{"ཡོད", "འདུག", "རེད", "ཡིན", "མེད", "མིན"}},
	{Name: "terminative སུ ཏུ དུ (རུ)", Forms: []string{"སུ", "ཏུ", "དུ", "རུ"}, Wanted: after(Terminative, "རུ")},
	{Name: "indefinite ཅིག ཞིག ཤིག", Forms: []string{"ཅིག", "ཞིག", "ཤིག"}, Wanted: after(Indefinite, "")},
	{Name: "quotation ཅེས ཞེས ཤེས", Forms: []string{"ཅེས", "ཞེས"}, Wanted: after(Quoted, "")},
	{Name: "also ཀྱང ཡང", Forms: []string{"ཀྱང", "ཡང"}, Wanted: after(Also, "ཡང")},
	{Name: "verb པ བ before རེད ཡིན", Forms: []string{"པ", "བ"}, Wanted: after(Nominal, ""), Before: []string{"རེད", "ཡིན"}},
	{Name: "question གམ ངམ དམ …", Forms: []string{"གམ", "ངམ", "དམ", "ནམ", "བམ", "མམ", "རམ", "ལམ", "སམ"}, Wanted: after(Asked, ""), Before: []string{"།"}},
	{Name: "end of a sentence གོ ངོ དོ …", Forms: []string{"གོ", "ངོ", "དོ", "ནོ", "བོ", "མོ", "རོ", "ལོ", "སོ"}, Wanted: after(Terminated, ""), Before: []string{"།"}},
}

// after gives what a rule writes behind a syllable, and another form for open ones.
func after(rule func(string) string, open string) func(string) []string {
	return func(syllable string) []string {
		if Final(syllable) == openEnd && open != "" {
			return []string{open, strings.TrimPrefix(rule(syllable), syllable+"་")}
		}
		return []string{strings.TrimPrefix(rule(syllable), syllable+"་")}
	}
}

// RuleUse counts how a rule is kept in texts.
type RuleUse struct {
	Rule string `json:"rule"`
	Seen int    `json:"seen"` // places where the rule has something to say
	Kept int    `json:"kept"` // of them, where it is followed
}

// RuleCount counts how texts keep ParticleRules and the rules of the shad.
type RuleCount struct{ uses []RuleUse }

// Places of the rules of the shad in a RuleCount, after those of particles.
const (
	shadAfterNga = iota
	shadAfterGa
	shadRules
)

// NewRuleCount counts nothing yet.
func NewRuleCount() *RuleCount {
	c := &RuleCount{make([]RuleUse, len(ParticleRules)+shadRules)}
	for i, rule := range ParticleRules {
		c.uses[i].Rule = rule.Name
	}
	c.uses[len(ParticleRules)+shadAfterNga].Rule = "tsheg between ང and shad"
	c.uses[len(ParticleRules)+shadAfterGa].Rule = "no shad after ག before a space"
	return c
}

// Uses are the counts, one a rule.
func (c *RuleCount) Uses() []RuleUse { return c.uses }

func (c *RuleCount) add(rule int, kept bool) {
	c.uses[rule].Seen++
	if kept {
		c.uses[rule].Kept++
	}
}

// Read adds what a text has.
func (c *RuleCount) Read(text string) {
	spans := SyllableSpans(text)
	for i, span := range spans {
		end := len(text)
		if i+1 < len(spans) {
			end = spans[i+1].Start
		}
		between := text[span.End:end]
		c.shad(text[span.Start:span.End], between)
		if i+1 == len(spans) || strings.TrimLeft(between, "་༌") != "" {
			continue // the next is of another clause
		}
		follows := "།"
		if i+2 < len(spans) && !strings.ContainsRune(text[spans[i+1].End:spans[i+2].Start], Shad) {
			follows = text[spans[i+2].Start:spans[i+2].End]
		}
		c.particle(text[span.Start:span.End], text[spans[i+1].Start:spans[i+1].End], follows)
	}
}

// particle judges a syllable that may be a particle, by those around it.
func (c *RuleCount) particle(before, syllable, follows string) {
	for i, rule := range ParticleRules {
		if slices.Contains(rule.Forms, syllable) && (rule.Before == nil || slices.Contains(rule.Before, follows)) {
			c.add(i, slices.Contains(rule.Wanted(before), syllable))
		}
	}
}

// shad judges what is written behind a syllable that ends a clause.
func (c *RuleCount) shad(syllable, between string) {
	shad := strings.ContainsRune(between, Shad)
	switch {
	case strings.HasSuffix(syllable, "ང") && shad:
		c.add(len(ParticleRules)+shadAfterNga, strings.HasPrefix(between, "་"))
	case strings.HasSuffix(syllable, "ག") && (shad || strings.HasPrefix(between, " ")):
		// One shad may open the next clause: དག །དེ.
		c.add(len(ParticleRules)+shadAfterGa, strings.HasPrefix(between, " "))
	}
}
