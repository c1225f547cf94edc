package grammar

import (
	"strings"

	"github.com/dongyur/dongyur/core/lang"
)

// tibetan is written standard Tibetan with the auxiliaries of Lhasa. Forms:
//
//	gen erg la ter    a word with its case: of, by, to, into
//	zhig              with the indefinite article
//	also              with "also"
//	past pres fut imp the stems of a verb
//	pa                past stem with the nominaliser: ཉོས་པ
//	ba                present stem with the nominaliser: ཉོ་བ
//	gi                present stem before auxiliaries: ཉོ་གི
//	npast npres       negated stems: མ་ཉོས, མི་ཉོ
//	proh              prohibition: མ་ཉོ
//	if unless         conditions: ཉོས་ན, མ་ཉོས་ན
//	more              an adjective's comparative: ཆེ་བ
//	most              its superlative: ཆེ་ཤོས
//	par               for the purpose of: ཉོ་བར
//
//	when              a time as it stands in a sentence: with ལ where the lexicon says la=1
//
// Features of verbs: tr (1: an ergative subject), vol (1: done by will), object (the case
// of what the verb is done to: abs, la, dang).
var tibetan = &Language{
	Tag:      "bo",
	Form:     tibetanForm,
	Features: tibetanFeatures,
	Tokens:   lang.Syllables,
	Join:     tibetanJoin,
}

// caseForms are made of any word.
var caseForms = map[string]func(string) string{
	"gen": lang.Genitive, "erg": lang.Ergative, "ter": lang.Terminative,
	"zhig": lang.Indefinite,
	"la":   func(s string) string { return s + "་ལ" },
}

func tibetanForm(e *Entry, form string) []string {
	// A case may follow another form, such as the article: མི་ཞིག་གིས.
	if first, last, ok := strings.Cut(form, "+"); ok {
		if caseForms[last] == nil {
			return nil
		}
		return each(tibetanForm(e, first), caseForms[last])
	}
	switch {
	case form == "":
		return e.Texts("bo")
	case caseForms[form] != nil:
		return each(e.Texts("bo"), caseForms[form])
	case form == "also":
		return alsoForms(e.Texts("bo"))
	case e.Cat == "verb":
		return tibetanVerb(e, form)
	case form == "when" && e.Note("bo", "la") == "1":
		return each(e.Texts("bo"), caseForms["la"])
	case form == "when":
		return e.Texts("bo")
	case form == "most":
		return each(e.notes("bo", "cmp"), func(s string) string { return s + "་ཤོས" })
	case form == "more":
		return each(e.notes("bo", "cmp"), lang.Nominal)
	}
	return nil
}

func tibetanVerb(e *Entry, form string) []string {
	stem := func(name string) []string {
		if stems := e.notes("bo", name); stems != nil {
			return stems
		}
		return e.Texts("bo")
	}
	switch form {
	case "imp":
		return e.notes("bo", "imp") // a verb without one is not ordered
	case "past", "pres", "fut":
		return stem(form)
	case "pa":
		return each(stem("past"), lang.Nominal)
	case "ba":
		return each(stem("pres"), lang.Nominal)
	case "gi":
		return continuing(stem("pres"))
	case "par":
		return each(stem("pres"), func(s string) string { return lang.Terminative(lang.Nominal(s)) })
	case "npast":
		return each(stem("past"), negated("མ"))
	case "npres":
		return each(stem("pres"), negated("མི"))
	case "proh":
		return each(stem("pres"), negated("མ"))
	case "if":
		return each(stem("past"), func(s string) string { return s + "་ན" })
	case "unless":
		return each(stem("past"), func(s string) string { return negated("མ")(s) + "་ན" })
	}
	return nil
}

// negated puts the negation before the last syllable, which is the verb itself:
// ལས་ཀ་བྱེད becomes ལས་ཀ་མི་བྱེད.
func negated(particle string) func(string) string {
	return func(s string) string {
		if i := strings.LastIndex(s, "་"); i >= 0 {
			return s[:i] + "་" + particle + s[i:]
		}
		return particle + "་" + s
	}
}

func tibetanFeatures(e *Entry) map[string]string {
	if e.Cat != "verb" {
		return nil
	}
	object := "abs"
	if e.Note("bo", "la") == "1" {
		object = "la"
	} else if e.Note("bo", "p") == "དང" {
		object = "dang"
	}
	return map[string]string{"tr": e.Note("bo", "tr"), "vol": e.Note("bo", "vol"), "object": object}
}

// tibetanJoin puts a tsheg between pieces; a piece "།" ends a clause.
func tibetanJoin(pieces []string) string {
	var b strings.Builder
	clause := ""
	end := func() {
		if clause == "" {
			return
		}
		if b.Len() > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(lang.Ended(clause))
		clause = ""
	}
	for _, p := range pieces {
		switch {
		case p == "།":
			end()
		case clause == "":
			clause = p
		default:
			clause += "་" + p
		}
	}
	end()
	return b.String()
}

func each(texts []string, of func(string) string) []string {
	made := make([]string, len(texts))
	for i, s := range texts {
		made[i] = of(s)
	}
	return made
}

// alsoForms gives both ways to write "also" after a vowel: ངའང, ང་ཡང.
func alsoForms(texts []string) []string {
	made := each(texts, lang.Also)
	for _, s := range texts {
		if lang.Final(s) == 0 {
			made = append(made, s+"་ཡང")
		}
	}
	return made
}

// continuing gives both particles that are written after a vowel: འགྲོ་གི, འགྲོ་ཡི.
func continuing(stems []string) []string {
	made := each(stems, lang.Continuing)
	for _, s := range stems {
		if lang.Final(s) == 0 {
			made = append(made, s+"་ཡི")
		}
	}
	return made
}
