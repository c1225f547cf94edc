package grammar

import (
	"fmt"
	"strings"
)

// node is a piece of a wording's pattern.
type node struct {
	kind    nodeKind
	text    string   // literal, or name of a slot, concept (@key) or table
	form    string   // {slot:form}, or the feature of {slot.feature}
	args    []string // {slot:table(args)}, {=table(args)}
	choices []choice // of ( | ) and [ ]
}

type nodeKind int

const (
	literal    nodeKind = iota // ལ, the
	reference                  // {slot:form}, {@key:form}, {"words":form}, {_:form}
	agreement                  // {slot.feature}: the feature's value is what is written
	tableCall                  // {slot:table(args)}, {=table(args)}
	alternates                 // (a|b|~c)
	optional                   // [{slot}]
)

// choice is one alternative; a silent one is understood and never written.
type choice struct {
	pattern []node
	silent  bool
}

type patternReader struct {
	text string
	at   int
}

// parsePattern reads a pattern: literals, {references}, (alternatives | ~understood) and
// [what comes with an optional slot].
func parsePattern(text string) ([]node, error) {
	r := patternReader{text: text}
	nodes, err := r.sequence("")
	if err == nil && r.at < len(text) {
		err = fmt.Errorf("a bracket %q too many", text[r.at:r.at+1])
	}
	if err != nil {
		return nil, fmt.Errorf("pattern %q: %w", text, err)
	}
	return nodes, nil
}

// sequence reads up to one of the signs in end.
func (r *patternReader) sequence(end string) ([]node, error) {
	var nodes []node
	for r.at < len(r.text) {
		c := r.text[r.at]
		switch {
		case strings.IndexByte(")]|", c) >= 0:
			if strings.IndexByte(end, c) < 0 {
				return nil, fmt.Errorf("%q at byte %d closes nothing", c, r.at)
			}
			return nodes, nil
		case c == ' ' || c == '\t':
			r.at++
		case c == '(' || c == '[':
			n, err := r.group(c)
			if err != nil {
				return nil, err
			}
			nodes = append(nodes, n)
		case c == '{':
			n, err := r.reference()
			if err != nil {
				return nil, err
			}
			nodes = append(nodes, n)
		default:
			start := r.at
			for r.at < len(r.text) && strings.IndexByte(" \t()[]{}|", r.text[r.at]) < 0 {
				r.at++
			}
			nodes = append(nodes, node{kind: literal, text: r.text[start:r.at]})
		}
	}
	if end != "" {
		return nil, fmt.Errorf("a bracket is not closed")
	}
	return nodes, nil
}

func (r *patternReader) group(open byte) (node, error) {
	n, closing := node{kind: alternates}, byte(')')
	if open == '[' {
		n.kind, closing = optional, ']'
	}
	for {
		r.at++
		var c choice
		for r.at < len(r.text) && r.text[r.at] == ' ' {
			r.at++
		}
		if r.at < len(r.text) && r.text[r.at] == '~' {
			c.silent = true
			r.at++
		}
		pattern, err := r.sequence("|" + string(closing))
		if err != nil {
			return n, err
		}
		c.pattern = pattern
		n.choices = append(n.choices, c)
		if r.text[r.at] == closing {
			r.at++
			return n, nil
		}
	}
}

func (r *patternReader) reference() (node, error) {
	end := strings.IndexByte(r.text[r.at:], '}')
	if end < 0 {
		return node{}, fmt.Errorf("{ is not closed")
	}
	body := strings.TrimSpace(r.text[r.at+1 : r.at+end])
	r.at += end + 1
	name, form, _ := strings.Cut(body, ":")
	call, args, isCall := strings.Cut(form, "(")
	if strings.HasPrefix(name, "=") {
		form = name[1:]
		name = ""
		call, args, isCall = strings.Cut(form, "(")
	}
	switch {
	case isCall:
		args, ok := strings.CutSuffix(args, ")")
		if !ok {
			return node{}, fmt.Errorf("{%s}: the bracket is not closed", body)
		}
		return node{kind: tableCall, text: name, form: call, args: strings.Fields(args)}, nil
	case form == "" && !strings.HasPrefix(name, "@") && !strings.HasPrefix(name, `"`) && strings.Contains(name, "."):
		slot, feature, _ := strings.Cut(name, ".")
		return node{kind: agreement, text: slot, form: feature}, nil
	}
	return node{kind: reference, text: name, form: form}, nil
}
