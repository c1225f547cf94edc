package webgpu

import (
	_ "embed"
	"fmt"
	"strings"
	"sync"
)

// Functions that WGSL lacks, or has too loosely: one // name line, then the
// function. In float.wgsl F, I, U and B stand for f32, i32, u32 and bool or for
// vectors of four of them, and #name for the function called name in that width.

//go:embed snippets/float.wgsl
var floatSource string

//go:embed snippets/integer.wgsl
var integerSource string

//go:embed snippets/wide.wgsl
var wideSource string

// snippet is one function with those it calls.
type snippet struct {
	text  string
	calls []string
}

// snippetTable reads the snippets once.
var snippetTable = sync.OnceValue(func() map[string]snippet {
	table := map[string]snippet{}
	for _, source := range []string{floatSource, integerSource, wideSource} {
		for _, part := range strings.Split(source, "\n// #")[1:] {
			name, text, _ := strings.Cut(part, "\n")
			name, _, _ = strings.Cut(name, ":")
			s := snippet{text: strings.TrimSpace(text) + "\n"}
			mapWords(text, func(word string, called bool) string {
				if called && word != name {
					s.calls = append(s.calls, word)
				}
				return word
			})
			table[name] = s
		}
	}
	return table
})

// helper gives the name of a snippet's function for n lanes and has it written into
// the module.
func (s *shader) helper(name string, n int) string {
	width := map[int]string{1: "", 4: "4"}[n]
	s.need(name + width)
	return "w_" + name + width
}

// need has a snippet written, after those that it calls.
func (s *shader) need(full string) {
	for _, have := range s.snippets {
		if have == full {
			return
		}
	}
	name, width := splitWidth(full)
	known, ok := snippetTable()[name]
	if !ok {
		s.fail(fmt.Errorf("no snippet is called %q", name))
		return
	}
	for _, call := range known.calls {
		s.need(call + width)
	}
	s.snippets = append(s.snippets, full)
}

// splitWidth takes the 4 off a snippet's name in four lanes. No snippet's own name
// ends in a digit 4.
func splitWidth(full string) (name, width string) {
	if name, four := strings.CutSuffix(full, "4"); four {
		return name, "4"
	}
	return full, ""
}

// snippetText writes a snippet in its width.
func snippetText(full string) string {
	name, width := splitWidth(full)
	scalars := map[string]string{"F": "f32", "I": "i32", "U": "u32", "B": "bool"}
	return mapWords(snippetTable()[name].text, func(word string, called bool) string {
		scalar := scalars[word]
		switch {
		case called:
			return "w_" + word + width
		case scalar == "":
			return word
		case width == "":
			return scalar
		}
		return "vec4<" + scalar + ">"
	})
}

// mapWords replaces the words of a text, which are letters, digits and underscores;
// called says of a word that # stood before it, which is dropped. (A regular
// expression would bring a tenth of a megabyte of code into the page.)
func mapWords(text string, to func(word string, called bool) string) string {
	var out strings.Builder
	isWord := func(c byte) bool {
		return c == '_' || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
	}
	for len(text) > 0 {
		rest, called := strings.CutPrefix(text, "#")
		n := 0
		for n < len(rest) && isWord(rest[n]) {
			n++
		}
		if n == 0 {
			out.WriteByte(text[0])
			text = text[1:]
			continue
		}
		out.WriteString(to(rest[:n], called))
		text = rest[n:]
	}
	return out.String()
}
