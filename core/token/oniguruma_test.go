package token

import (
	"strings"
	"testing"
)

// That the meanings agree is in parts.json; here, what is written.
func TestToNET(t *testing.T) {
	for _, c := range []struct{ pattern, want string }{
		{``, ``},
		{`a++b*+c?+d+?`, `(?>a+)(?>b*)(?>c?)d+?`},
		{`(?:ab|(c))++`, `(?>(?:ab|(c))+)`},
		{`[^\s\p{L}]++\)*+`, `(?>[^\s\p{L}]+)(?>\)*)`},
		{`\p{L}{1,3}+x{2}?y{2,}?{`, `(?:\p{L}{1,3})+(?:x{2})?y{2,}?\{`},
		{`[\p{L}&&[^\p{Han}]]+`, `[\p{L}-[\p{Han}]]+`},
		{`[a[bc]\]]`, `[abc\]]`},
		{`\w\W[\w-]`, `[` + wordAlone + `][^` + wordAlone + `][` + wordInClass + `-]`},
		{`中++`, `(?>中+)`},
	} {
		if got, err := toNET(c.pattern); err != nil || got != c.want {
			t.Errorf("%s: got %s, %v, want %s", c.pattern, got, err, c.want)
		}
	}
	for pattern, want := range map[string]string{
		`[a&&b]`:       "class intersection",
		`[a&&[^b]c]`:   "class intersection",
		`[[:letter:]]`: "[:letter:] is no class",
		`[[:alpha]`:    "no closing :]",
		`[a[^b]]`:      "[^ in a class",
		`[a[b&&[^c]]]`: "intersection in a class in a class",
		`[\W]`:         `\W in a class`,
		`[a`:           "not closed",
		`a\`:           "backslash ends",
		`\p{L`:         "no closing brace",
		`\R`:           `\R is not supported`,
	} {
		if got, err := toNET(pattern); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %s, %v, want an error with %q", pattern, got, err, want)
		}
	}
}
