package grammar

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// japanese is modern Japanese in the polite style. Particles stand in the frames; forms
// are those of verbs and adjectives:
//
//	masu masen mashita masendeshita          polite: is so, is not, was, was not
//	teimasu teimasen teimashita teimasendeshita   the same of what goes on or has come about
//	dict nai ta nakatta                      plain: the same four
//	attr                                     before a noun: 赤い, 静かな, 緑の, 太った
//	te tara nakattara nakereba nakute        …て, …たら, …なかったら, …なければ, …なくて
//	tai taku tagatte nasai ni                wishes, an order, in order to: 食べに
//	air+…                                    an adjective as it is said of the air: 暑い for 熱い
//	when                                     a time with its particle
//
// Features of a noun: ctr (its counter), tsu (1: the counter is つ), one (一つ, 一人), ask
// (いくつ, 何人); of a number: under10; of a verb: obj, the particle of what it is done to.
var japanese = &Language{
	Tag:      "ja",
	Form:     japaneseForm,
	Features: japaneseFeatures,
	Tokens:   chineseTokens,
	Join:     chineseJoin,
}

func japaneseForm(e *Entry, form string) []string {
	texts := e.Texts("ja")
	if rest, ok := strings.CutPrefix(form, "air+"); ok {
		if air := e.notes("ja", "air"); air != nil {
			texts = air
		}
		form = rest
	}
	switch form {
	case "":
		return texts
	case "when":
		return each(texts, func(s string) string { return s + e.Note("ja", "p") })
	}
	of := inflection(e)
	if of == nil {
		return e.notes("ja", form)
	}
	made := make([]string, 0, len(texts))
	for _, s := range texts {
		if s = of(s, form); s != "" {
			made = append(made, s)
		}
	}
	return made
}

// inflection says how an entry changes: the lexicon's group= of verbs, i= na= no= ta= of
// adjectives.
func inflection(e *Entry) func(s, form string) string {
	switch {
	case e.Note("ja", "group") != "":
		group := e.Note("ja", "group")
		return func(s, form string) string { return inflectVerb(s, group, form) }
	case e.Note("ja", "i") != "":
		return inflectAdjective
	case e.Note("ja", "na") != "":
		return func(s, form string) string { return inflectNominal(s, "な", form) }
	case e.Note("ja", "no") != "":
		return func(s, form string) string { return inflectNominal(s, "の", form) }
	case e.Note("ja", "ta") != "":
		return inflectResult
	}
	return nil
}

// godan are the rows of the five-step verbs by their last kana: the stems before ない and
// ます, and the sound before て.
var godan = map[string]struct{ a, i, te string }{
	"う": {"わ", "い", "って"}, "つ": {"た", "ち", "って"}, "る": {"ら", "り", "って"},
	"む": {"ま", "み", "んで"}, "ぶ": {"ば", "び", "んで"}, "ぬ": {"な", "に", "んで"},
	"く": {"か", "き", "いて"}, "ぐ": {"が", "ぎ", "いで"}, "す": {"さ", "し", "して"},
}

// verbStems gives the stems before ない and ます, and the て form.
func verbStems(s, group string) (a, i, te string) {
	_, n := utf8.DecodeLastRuneInString(s)
	stem, last := s[:len(s)-n], s[len(s)-n:]
	switch {
	case group == "3" && strings.HasSuffix(stem, "す"): // する
		stem = strings.TrimSuffix(stem, "す") + "し"
		return stem, stem, stem + "て"
	case group != "1": // 食べる, and 来る, whose stems differ in sound only
		return stem, stem, stem + "て"
	}
	row, ok := godan[last]
	if !ok {
		return "", "", ""
	}
	te = stem + row.te
	if strings.HasSuffix(s, "行く") {
		te = stem + "って"
	}
	return stem + row.a, stem + row.i, te
}

func inflectVerb(s, group, form string) string {
	a, i, te := verbStems(s, group)
	if te == "" {
		return ""
	}
	ta := te[:len(te)-len("て")] + map[string]string{"て": "た", "で": "だ"}[te[len(te)-len("て"):]]
	switch form {
	case "dict", "attr":
		return s
	case "masu", "masen", "mashita", "masendeshita":
		return i + politeEndings[form]
	case "teimasu", "teimasen", "teimashita", "teimasendeshita":
		return te + "い" + politeEndings[form[len("tei"):]]
	case "te":
		return te
	case "ta":
		return ta
	case "tara":
		return ta + "ら"
	case "nai":
		return a + "ない"
	case "nakatta":
		return a + "なかった"
	case "nakattara":
		return a + "なかったら"
	case "nakereba":
		return a + "なければ"
	case "nakute":
		return a + "なくて"
	case "tai", "taku", "tagatte", "nasai", "ni":
		return i + map[string]string{"tai": "たい", "taku": "たく", "tagatte": "たがって", "nasai": "なさい", "ni": "に"}[form]
	}
	return ""
}

var politeEndings = map[string]string{"masu": "ます", "masen": "ません", "mashita": "ました", "masendeshita": "ませんでした"}

// inflectAdjective changes 赤い.
func inflectAdjective(s, form string) string {
	stem, ok := strings.CutSuffix(s, "い")
	if !ok {
		return ""
	}
	switch form {
	case "dict", "attr":
		return s
	case "masu", "teimasu":
		return s + "です"
	case "masen", "teimasen":
		return stem + "くないです"
	case "mashita", "teimashita":
		return stem + "かったです"
	case "masendeshita", "teimasendeshita":
		return stem + "くなかったです"
	case "te":
		return stem + "くて"
	case "ta":
		return stem + "かった"
	case "tara":
		return stem + "かったら"
	case "nai":
		return stem + "くない"
	case "nakatta":
		return stem + "くなかった"
	case "adv":
		return stem + "く"
	}
	return ""
}

// inflectNominal changes 静か and 緑, which take the copula; before a noun な or の.
func inflectNominal(s, before, form string) string {
	endings := map[string]string{
		"attr": before, "dict": "だ", "masu": "です", "masen": "ではありません", "mashita": "でした", "masendeshita": "ではありませんでした",
		"te": "で", "ta": "だった", "tara": "だったら", "nai": "ではない", "nakatta": "ではなかった", "adv": "に",
	}
	ending, ok := endings[strings.TrimPrefix(form, "tei")]
	if !ok {
		return ""
	}
	return s + ending
}

// inflectResult changes 太った: a state that a verb has brought about.
func inflectResult(s, form string) string {
	stem, ok := strings.CutSuffix(s, "た")
	te := stem + "て"
	if !ok {
		if stem, ok = strings.CutSuffix(s, "だ"); !ok {
			return ""
		}
		te = stem + "で"
	}
	if form == "attr" {
		return s
	}
	return inflectVerb(te+"いる", "2", strings.TrimPrefix(form, "tei"))
}

func japaneseFeatures(e *Entry) map[string]string {
	switch e.Cat {
	case "noun":
		ctr := "個"
		if notes := e.notes("ja", "ctr"); notes != nil {
			ctr = notes[0]
		}
		if ctr == "つ" {
			return map[string]string{"ctr": ctr, "tsu": "1", "one": "一つ", "ask": "いくつ"}
		}
		return map[string]string{"ctr": ctr, "tsu": "0", "one": "一" + ctr, "ask": "何" + ctr}
	case "num":
		if value, err := strconv.Atoi(e.Note("bo", "n")); err == nil && value < 10 {
			return map[string]string{"under10": "1"}
		}
		return map[string]string{"under10": "0"}
	case "verb":
		if p := e.Note("ja", "p"); p != "" {
			return map[string]string{"obj": p}
		}
		return map[string]string{"obj": "を"}
	}
	return nil
}
