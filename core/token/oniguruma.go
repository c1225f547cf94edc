package token

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Patterns in tokenizer.json are in Oniguruma's syntax; the general engine
// reads .NET's. They agree but for a few things, of which published patterns
// use: possessive counts (`x++` is `(?>x+)`, but `x{2}+` is `(?:x{2})+`), class intersection with a negated
// class (`[a&&[^b]]` is `[a-[b]]`), classes in classes, named classes (posix.go), what
// ignoring case means (fold.go), and \w, which in .NET lacks the spacing marks of
// Indic scripts. The rest is refused by name.

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
	opens []group  // the open ones
	fold  bool     // case is ignored here
	spans []span   // what the class at hand names by characters
}

// group is an open bracket.
type group struct {
	at   int  // its place in out
	fold bool // whether case was ignored before it
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
		t.spans = nil
		class, err := t.class()
		if err != nil {
			return err
		}
		t.out = append(t.out, t.foldedClass(class))
	case '(':
		t.open()
	case ')':
		t.i++
		t.out = append(t.out, ")")
		if n := len(t.opens); n > 0 { // the group is one atom from here on
			from := t.opens[n-1]
			t.opens, t.fold = t.opens[:n-1], from.fold
			t.out = append(t.out[:from.at], strings.Join(t.out[from.at:], ""))
		}
	case '*', '+', '?':
		t.count(string(c))
	case '{':
		t.braces()
	default:
		if t.fold {
			atom, size := foldedLiteral(t.src[t.i:])
			t.out = append(t.out, atom)
			t.i += size
			return nil
		}
		end := t.i + 1
		for end < len(t.src) && t.src[end]&0xC0 == 0x80 { // one character
			end++
		}
		t.out = append(t.out, t.src[t.i:end])
		t.i = end
	}
	return nil
}

// open takes an opening bracket and what says which kind of group it opens. Flags
// alone, as in (?i), hold to the end of the group that they stand in.
func (t *translator) open() {
	at := len(t.out)
	t.i++
	t.out = append(t.out, "(")
	said, size, fold := flags(t.src[t.i:], t.fold)
	switch rest := t.src[t.i:]; {
	case size > 0 && rest[size] == ')':
		t.i += size + 1
		t.out = t.out[:at]
		if said != "?" {
			t.out = append(t.out, "("+said+")")
		}
		t.fold = fold
		return
	case size > 0:
		t.i += size + 1
		t.out = append(t.out, said+":")
	case strings.HasPrefix(rest, "?"): // not a count
		t.i++
		t.out = append(t.out, "?")
	}
	t.opens = append(t.opens, group{at, t.fold})
	t.fold = fold
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
		case strings.HasPrefix(rest, "[:"):
			ranges, size, err := posix(rest, t.fold)
			if err != nil {
				return "", err
			}
			out.WriteString(ranges)
			t.i += size
		case strings.HasPrefix(rest, "[^"):
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
			if is := caseProperties[atom]; t.fold && is != nil {
				atom = classRanges(is, false, true)
			}
			out.WriteString(atom)
		default:
			s, size := readSpan(rest)
			t.spans = append(t.spans, s)
			out.WriteString(rest[:size])
			t.i += size
		}
	}
	return "", fmt.Errorf("a class is not closed")
}

// readSpan takes a character of a class, or a range of two.
func readSpan(rest string) (span, int) {
	from, size := utf8.DecodeRuneInString(rest)
	if len(rest) > size+1 && rest[size] == '-' && strings.IndexByte(`]\[`, rest[size+1]) < 0 {
		to, width := utf8.DecodeRuneInString(rest[size+1:])
		return span{from, to}, size + 1 + width
	}
	return span{from, from}, size
}

// foldedClass is a class with what it matches besides where case is ignored.
func (t *translator) foldedClass(class string) string {
	if !t.fold {
		return class
	}
	more, many := foldedSpans(t.spans)
	inside, negated := strings.CutPrefix(class[1:], "^")
	class = "[" + more + inside
	if negated {
		return "[^" + class[1:]
	}
	if many != "" {
		return "(?:" + class + many + ")"
	}
	return class
}
