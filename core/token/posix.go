package token

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// posixClasses are Oniguruma's named classes, by Unicode's properties
// (github.com/kkos/oniguruma, doc/RE: "POSIX bracket, Unicode case").
var posixClasses = map[string]func(rune) bool{
	"alnum":  func(r rune) bool { return isAlphabetic(r) || unicode.Is(unicode.Nd, r) },
	"alpha":  isAlphabetic,
	"ascii":  func(r rune) bool { return r <= unicode.MaxASCII },
	"blank":  func(r rune) bool { return r == '\t' || unicode.Is(unicode.Zs, r) },
	"cntrl":  func(r rune) bool { return unicode.Is(unicode.Cc, r) },
	"digit":  func(r rune) bool { return unicode.Is(unicode.Nd, r) },
	"graph":  isGraph,
	"lower":  func(r rune) bool { return unicode.In(r, unicode.Ll, unicode.Other_Lowercase) },
	"print":  func(r rune) bool { return isGraph(r) || unicode.Is(unicode.Zs, r) },
	"punct":  func(r rune) bool { return unicode.In(r, unicode.P, unicode.S) },
	"space":  unicode.IsSpace,
	"upper":  func(r rune) bool { return unicode.In(r, unicode.Lu, unicode.Other_Uppercase) },
	"word":   func(r rune) bool { return isAlphabetic(r) || unicode.In(r, unicode.M, unicode.Nd, unicode.Pc) },
	"xdigit": func(r rune) bool { return unicode.Is(unicode.ASCII_Hex_Digit, r) },
}

func isAlphabetic(r rune) bool { return unicode.In(r, unicode.L, unicode.Nl, unicode.Other_Alphabetic) }

func isGraph(r rune) bool {
	return unicode.In(r, unicode.L, unicode.M, unicode.N, unicode.P, unicode.S, unicode.Cf, unicode.Co)
}

// posix takes [:name:] or [:^name:] at the front of rest and gives the ranges that it
// stands for, to be written inside a class; fold adds what differs in case alone.
func posix(rest string, fold bool) (ranges string, size int, err error) {
	end := strings.Index(rest, ":]")
	if end < 0 {
		return "", 0, fmt.Errorf("%s in a class has no closing :]", rest[:2])
	}
	name, negated := strings.CutPrefix(rest[len("[:"):end], "^")
	is, ok := posixClasses[name]
	if !ok {
		return "", 0, fmt.Errorf("[:%s:] is no class of Oniguruma's", name)
	}
	return classRanges(is, negated, fold), end + len(":]"), nil
}

// classRanges writes the characters that is accepts, or with negated the others, as
// ranges; with fold also those that differ from one of them in case alone.
func classRanges(is func(rune) bool, negated, fold bool) string {
	within := func(r rune) bool {
		if is(r) != negated || !fold {
			return is(r) != negated
		}
		return slices.ContainsFunc(sameFold(r), func(r rune) bool { return is(r) != negated })
	}
	var out strings.Builder
	for from := rune(0); from <= unicode.MaxRune; from++ {
		if !within(from) {
			continue
		}
		to := from
		for to < unicode.MaxRune && within(to+1) {
			to++
		}
		fmt.Fprintf(&out, `\x{%X}-\x{%X}`, from, to)
		from = to
	}
	return out.String()
}
