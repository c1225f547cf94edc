package grammar

import (
	"fmt"
	"strings"
)

// Meaning is a tree: a head (a frame or a concept) with named parts in the frame's order.
// A feature such as tense is a part whose head is its value. A concept has no parts.
type Meaning struct {
	Head  string
	Parts []Part
}

// Part is a named part of a meaning: what fills a slot, or a feature's value.
type Part struct {
	Name  string
	Value Meaning
}

// Part gives the part of that name; ok tells whether there is one.
func (m Meaning) Part(name string) (value Meaning, ok bool) {
	for _, p := range m.Parts {
		if p.Name == name {
			return p.Value, true
		}
	}
	return Meaning{}, false
}

// String writes the meaning as head(name=value, …); ParseMeaning reads it back.
func (m Meaning) String() string {
	var b strings.Builder
	m.write(&b)
	return b.String()
}

func (m Meaning) write(b *strings.Builder) {
	b.WriteString(m.Head)
	if len(m.Parts) == 0 {
		return
	}
	b.WriteByte('(')
	for i, p := range m.Parts {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(p.Name)
		b.WriteByte('=')
		p.Value.write(b)
	}
	b.WriteByte(')')
}

// maxDepth bounds how deep a text form may nest.
const maxDepth = 50

// ParseMeaning reads the text form of a meaning.
func ParseMeaning(text string) (Meaning, error) {
	r := meaningReader{text: text}
	m, err := r.meaning(0)
	if err == nil && strings.TrimSpace(r.text[r.at:]) != "" {
		err = fmt.Errorf("%q is left over", r.text[r.at:])
	}
	if err != nil {
		return Meaning{}, fmt.Errorf("meaning %q: byte %d: %w; write head(name=value, …)", text, r.at, err)
	}
	return m, nil
}

type meaningReader struct {
	text string
	at   int
}

func (r *meaningReader) space() {
	for r.at < len(r.text) && r.text[r.at] == ' ' {
		r.at++
	}
}

// word reads up to a sign of the notation.
func (r *meaningReader) word() (string, error) {
	r.space()
	start := r.at
	for r.at < len(r.text) && !strings.ContainsRune("()=, ", rune(r.text[r.at])) {
		r.at++
	}
	if r.at == start {
		return "", fmt.Errorf("a name is missing")
	}
	return r.text[start:r.at], nil
}

// sign reads one sign if it comes next.
func (r *meaningReader) sign(c byte) bool {
	r.space()
	if r.at < len(r.text) && r.text[r.at] == c {
		r.at++
		return true
	}
	return false
}

func (r *meaningReader) meaning(depth int) (Meaning, error) {
	if depth > maxDepth {
		return Meaning{}, fmt.Errorf("nested more than %d deep", maxDepth)
	}
	head, err := r.word()
	m := Meaning{Head: head}
	if err != nil || !r.sign('(') {
		return m, err
	}
	for {
		name, err := r.word()
		if err != nil {
			return m, err
		}
		if !r.sign('=') {
			return m, fmt.Errorf("= is missing after %q", name)
		}
		value, err := r.meaning(depth + 1)
		if err != nil {
			return m, err
		}
		m.Parts = append(m.Parts, Part{name, value})
		switch {
		case r.sign(')'):
			return m, nil
		case !r.sign(','):
			return m, fmt.Errorf(", or ) is missing")
		}
	}
}

// Equal tells whether two meanings are the same tree.
func (m Meaning) Equal(other Meaning) bool {
	if m.Head != other.Head || len(m.Parts) != len(other.Parts) {
		return false
	}
	for i, p := range m.Parts {
		if p.Name != other.Parts[i].Name || !p.Value.Equal(other.Parts[i].Value) {
			return false
		}
	}
	return true
}

// walk visits every node with its path of names, the root first.
func (m Meaning) walk(path string, visit func(path string, node Meaning)) {
	visit(path, m)
	for _, p := range m.Parts {
		p.Value.walk(path+"/"+p.Name, visit)
	}
}
