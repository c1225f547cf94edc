package webgpu

import (
	"embed"
	"fmt"
	"strconv"
	"strings"
)

// Kernels that are written by hand lie in kernels/, one idea a file. A file is the
// body of main, with marks that are filled in here:
//
//	{NAME}, {i/4 + 1}   a number, or a sum of products of numbers, from left to right
//	{{K-1}}             the same, or where numbers are lifted an element of a buffer
//	{.i%4}              component i%4 of a vector: .x, .y, .z or .w
//	//@each i 8         the lines up to its //@end, for i = 0 … 7
//	//@if NAME          the lines up to its //@end, where the number is not 0
//	//@module           the lines up to its //@end lie outside of main
//
// Loops are written out in this way, not left to the driver's compiler: on
// SwiftShader, which unrolls none, an inner loop over an array of sums is 8 times
// slower than the same sums in variables of their own.

//go:embed kernels/*.wgsl
var kernelFiles embed.FS

// fill writes a kernel's body into b with the numbers given.
func (b *scope) fill(name string, numbers map[string]int) {
	source, err := kernelFiles.ReadFile("kernels/" + name + ".wgsl")
	if err != nil {
		b.s.fail(fmt.Errorf("kernel %s: %w", name, err))
		return
	}
	e := &expansion{name: name, s: b.s, numbers: map[string]int{}}
	for key, n := range numbers {
		e.numbers[key] = n
	}
	lines := strings.Split(string(source), "\n")
	for i := 0; i < len(lines); i++ {
		if strings.TrimSpace(lines[i]) == "//@module" {
			end := blockEnd(lines, i)
			b.s.global("%s", e.expand(lines[i+1:end]))
			lines = append(lines[:i:i], lines[end+1:]...)
			i--
		}
	}
	b.text.WriteString(e.expand(lines))
	if e.err != nil {
		b.s.fail(e.err)
	}
}

// expansion is one filling of one kernel.
type expansion struct {
	name    string
	s       *shader
	numbers map[string]int
	err     error
}

// blockEnd finds the line of the //@end that belongs to line start.
func blockEnd(lines []string, start int) int {
	depth := 0
	for i := start; i < len(lines); i++ {
		switch line := strings.TrimSpace(lines[i]); {
		case line == "//@end":
			if depth--; depth == 0 {
				return i
			}
		case strings.HasPrefix(line, "//@"):
			depth++
		}
	}
	return len(lines) - 1
}

func (e *expansion) expand(lines []string) string {
	var out strings.Builder
	for i := 0; i < len(lines); i++ {
		line := strings.TrimSpace(lines[i])
		mark, isMark := strings.CutPrefix(line, "//@")
		switch {
		case isMark:
			end := blockEnd(lines, i)
			out.WriteString(e.block(strings.Fields(mark), lines[i+1:end]))
			i = end
		case line == "" || strings.HasPrefix(line, "//"):
		default:
			out.WriteString("  " + e.line(line) + "\n")
		}
	}
	return out.String()
}

func (e *expansion) block(mark, lines []string) string {
	switch {
	case len(mark) == 2 && mark[0] == "if":
		if e.number(mark[1]) == 0 {
			return ""
		}
		return e.expand(lines)
	case len(mark) == 3 && mark[0] == "each":
		var out strings.Builder
		for i := range e.number(mark[2]) {
			e.numbers[mark[1]] = i
			out.WriteString(e.expand(lines))
		}
		delete(e.numbers, mark[1])
		return out.String()
	}
	e.fail("the mark //@%s is unknown", strings.Join(mark, " "))
	return ""
}

// line fills the marks in one line. A brace that is followed by a space, or ends the
// line, is WGSL's own.
func (e *expansion) line(text string) string {
	var out strings.Builder
	for {
		before, rest, found := strings.Cut(text, "{")
		out.WriteString(before)
		if !found {
			return out.String()
		}
		if inner, ok := strings.CutPrefix(rest, "{"); ok {
			mark, after, _ := strings.Cut(inner, "}}")
			out.WriteString(e.s.number(e.name+" "+mark, e.number(mark)))
			text = after
			continue
		}
		mark, after, closed := strings.Cut(rest, "}")
		if !closed || mark == "" || strings.ContainsAny(mark[:1], " ") {
			out.WriteString("{")
			text = rest
			continue
		}
		if component, ok := strings.CutPrefix(mark, "."); ok {
			out.WriteString("." + "xyzw"[e.number(component)%4:][:1])
		} else {
			out.WriteString(strconv.Itoa(e.number(mark)))
		}
		text = after
	}
}

// number computes names and numbers with + - * / %, from left to right.
func (e *expansion) number(text string) int {
	total, op := 0, "+"
	for _, word := range strings.Fields(operators.Replace(text)) {
		switch word {
		case "+", "-", "*", "/", "%":
			op = word
			continue
		}
		n, ok := e.numbers[word]
		if !ok {
			var err error
			if n, err = strconv.Atoi(word); err != nil {
				e.fail("%q in %q is no number", word, text)
				return 0
			}
		}
		switch {
		case op == "+":
			total += n
		case op == "-":
			total -= n
		case op == "*":
			total *= n
		case n == 0:
			e.fail("%q divides by 0", text)
			return 0
		case op == "/":
			total /= n
		default:
			total %= n
		}
	}
	return total
}

var operators = strings.NewReplacer("+", " + ", "-", " - ", "*", " * ", "/", " / ", "%", " % ")

func (e *expansion) fail(format string, args ...any) {
	if e.err == nil {
		e.err = fmt.Errorf("kernel %s: %s", e.name, fmt.Sprintf(format, args...))
	}
}
