package grammar

import (
	"strings"
	"unicode"

	"golang.org/x/text/width"
)

// chinese is modern standard Chinese in simplified characters. Forms: past, npast, now,
// nnow and so on are written in the frames; here are only
//
//	le      a verb with 了: 买了, for separable verbs 睡了觉 where the lexicon says le=
//	guo     a verb with 过
//	cl      a number before a measure word: 两
//	when    a time
//
// Features: m, the measure word of a noun (个 where the lexicon has none).
var chinese = &Language{
	Tag:      "zh",
	Form:     chineseForm,
	Features: chineseFeatures,
	Tokens:   chineseTokens,
	Join:     chineseJoin,
}

func chineseForm(e *Entry, form string) []string {
	switch form {
	case "", "subj", "obj", "when":
		return e.Texts("zh")
	case "cl": // before a measure word: 两 for 二
		if notes := e.notes("zh", "cl"); notes != nil {
			return notes
		}
		return e.Texts("zh")
	case "le":
		if notes := e.notes("zh", "le"); notes != nil {
			return notes
		}
		return each(e.Texts("zh"), func(s string) string { return s + "了" })
	}
	return e.notes("zh", form)
}

func chineseFeatures(e *Entry) map[string]string {
	if e.Cat != "noun" {
		return nil
	}
	if m := e.notes("zh", "m"); m != nil {
		return map[string]string{"m": m[0]}
	}
	return map[string]string{"m": "个"}
}

// chineseTokens gives a token a character; Latin letters and digits run together.
func chineseTokens(text string) []string {
	var tokens []string
	run := ""
	end := func() {
		if run != "" {
			tokens = append(tokens, run)
			run = ""
		}
	}
	for _, r := range width.Fold.String(text) {
		switch {
		case r < unicode.MaxLatin1 && (unicode.IsLetter(r) || unicode.IsDigit(r)):
			run += string(unicode.ToLower(r))
		case unicode.IsLetter(r) || unicode.IsNumber(r) || unicode.IsMark(r):
			end()
			tokens = append(tokens, string(r))
		default:
			end()
		}
	}
	end()
	return tokens
}

func chineseJoin(pieces []string) string {
	s := strings.Join(pieces, "")
	if strings.HasSuffix(s, "？") || strings.HasSuffix(s, "！") || strings.HasSuffix(s, "。") {
		return s
	}
	return s + "。"
}
