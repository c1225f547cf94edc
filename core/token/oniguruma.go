package token

import (
	"fmt"
	"strings"
)

// Patterns in tokenizer.json are in Oniguruma's syntax; the general engine
// reads .NET's. They agree but for a few things, of which published patterns
// use: possessive counts (`x++` is `(?>x+)`, but `x{2}+` is `(?:x{2})+`), class intersection with a negated
// class (`[a&&[^b]]` is `[a-[b]]`), classes in classes, and \w, which in .NET
// lacks the spacing marks of Indic scripts. The rest is refused by name.

// Oniguruma's \w takes in every number (½), but in a class only digits and
// letter-like numbers.
const (
	wordAlone   = `\p{L}\p{M}\p{N}\p{Pc}`
	wordInClass = `\p{L}\p{M}\p{Nd}\p{Nl}\p{Pc}`
)

// translator reads src from i on.
type translator struct {
	src string
	i   int

	out   []string // pieces written; the last is the atom a count applies to
	opens []int    // for each open group, its place in out
}

// toNET rewrites a pattern of Oniguruma's as one of .NET's.
func toNET(pattern string) (string, error) {
	t := &translator{src: pattern}
	for t.i < len(t.src) {
		if err := t.step(); err != nil {
			return "", fmt.Errorf("%q at byte %d: %w", pattern, t.i, err)
		}
	}
	return strings.Join(t.out, ""), nil
}

// step takes one atom, count or bracket.
func (t *translator) step() error {
	switch c := t.src[t.i]; c {
	case '\\':
		atom, err := t.escape()
		if err != nil {
			return err
		}
		switch atom {
		case `\w`:
			atom = "[" + wordAlone + "]"
		case `\W`:
			atom = "[^" + wordAlone + "]"
		}
		t.out = append(t.out, atom)
	case '[':
		class, err := t.class()
		if err != nil {
			return err
		}
		t.out = append(t.out, class)
	case '(':
		t.opens = append(t.opens, len(t.out))
		t.i++
		t.out = append(t.out, "(")
		if strings.HasPrefix(t.src[t.i:], "?") { // not a count
			t.i++
			t.out = append(t.out, "?")
		}
	case ')':
		t.i++
		t.out = append(t.out, ")")
		if n := len(t.opens); n > 0 { // the group is one atom from here on
			from := t.opens[n-1]
			t.opens = t.opens[:n-1]
			t.out = append(t.out[:from], strings.Join(t.out[from:], ""))
		}
	case '*', '+', '?':
		t.count(string(c))
	case '{':
		t.braces()
	default:
		end := t.i + 1
		for end < len(t.src) && t.src[end]&0xC0 == 0x80 { // one character
			end++
		}
		t.out = append(t.out, t.src[t.i:end])
		t.i = end
	}
	return nil
}

// count applies * + or ? to the atom before it, lazily or possessively if the
// next character says so.
func (t *translator) count(c string) {
	t.i++
	next := ""
	if t.i < len(t.src) {
		next = t.src[t.i : t.i+1]
	}
	n := len(t.out)
	if next == "+" && n > 0 {
		t.i++
		t.out[n-1] = "(?>" + t.out[n-1] + c + ")"
		return
	}
	if next == "?" {
		t.i++
		c += "?"
	}
	t.out = append(t.out, c)
}

// braces applies {n} or {n,m}. A + after it, or a ? after {n}, is a count of
// its own; other braces are characters.
func (t *translator) braces() {
	rest := t.src[t.i:]
	size := 1 + strings.IndexByte(rest, '}')
	if size == 0 || size == 2 || strings.Trim(rest[1:size-1], "0123456789,") != "" {
		t.out = append(t.out, `\{`)
		t.i++
		return
	}
	t.i += size
	count, n := rest[:size], len(t.out)
	after := rest[size:]
	again := strings.HasPrefix(after, "+") || strings.HasPrefix(after, "?") && !strings.Contains(count, ",")
	if again && n > 0 {
		t.out[n-1] = "(?:" + t.out[n-1] + count + ")"
		return
	}
	t.out = append(t.out, count)
}

// escape takes a backslash and what belongs to it.
func (t *translator) escape() (string, error) {
	rest := t.src[t.i:]
	if len(rest) < 2 {
		return "", fmt.Errorf("a backslash ends the pattern")
	}
	n := 2
	switch rest[1] {
	case 'p', 'P', 'x':
		if len(rest) > 2 && rest[2] == '{' {
			end := strings.IndexByte(rest, '}')
			if end < 0 {
				return "", fmt.Errorf("%s has no closing brace", rest[:3])
			}
			n = end + 1
		}
	case 'h', 'H', 'R', 'X', 'K', 'N', 'O':
		return "", fmt.Errorf(`\%c is not supported`, rest[1])
	}
	t.i += n
	return rest[:n], nil
}

// class takes a bracketed class, from [ to its ].
func (t *translator) class() (string, error) {
	var out strings.Builder
	out.WriteByte('[')
	t.i++
	if strings.HasPrefix(t.src[t.i:], "^") {
		out.WriteByte('^')
		t.i++
	}
	if strings.HasPrefix(t.src[t.i:], "]") {
		out.WriteString(`\]`)
		t.i++
	}
	for t.i < len(t.src) {
		rest := t.src[t.i:]
		switch {
		case rest[0] == ']':
			t.i++
			return out.String() + "]", nil
		case strings.HasPrefix(rest, "&&[^"):
			t.i += 2
			inner, err := t.class()
			if err != nil {
				return "", err
			}
			if !strings.HasPrefix(t.src[t.i:], "]") {
				return "", fmt.Errorf("class intersection (&&) is supported only with one negated class at the end")
			}
			t.i++
			return out.String() + "-[" + inner[len("[^"):] + "]", nil
		case strings.HasPrefix(rest, "&&"):
			return "", fmt.Errorf("class intersection (&&) is supported only with one negated class at the end")
		case strings.HasPrefix(rest, "[:"), strings.HasPrefix(rest, "[^"):
			return "", fmt.Errorf("%s in a class is not supported", rest[:2])
		case rest[0] == '[':
			inner, err := t.class()
			if err != nil {
				return "", err
			}
			if strings.Contains(inner, "-[") {
				return "", fmt.Errorf("an intersection in a class in a class is not supported")
			}
			out.WriteString(inner[1 : len(inner)-1])
		case rest[0] == '\\':
			atom, err := t.escape()
			if err != nil {
				return "", err
			}
			switch atom {
			case `\w`:
				atom = wordInClass
			case `\W`:
				return "", fmt.Errorf(`\W in a class is not supported`)
			}
			out.WriteString(atom)
		default:
			out.WriteByte(rest[0])
			t.i++
		}
	}
	return "", fmt.Errorf("a class is not closed")
}
