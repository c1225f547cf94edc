package view

import (
	"strconv"

	"github.com/vugu/vugu"

	"github.com/dongyur/dongyur/core/protocol"
)

func (c *Examples) count() string {
	if c.App.Table.Reading {
		return T("reading…")
	}
	train, heldOut := c.App.Table.Counts()
	text := strconv.Itoa(train) + " to learn from, " + strconv.Itoa(heldOut) + " held out"
	if c.App.Table.Starter {
		text += " · starter set, unreviewed"
	}
	return text
}

func (c *Examples) label(what string, i int) string {
	return what + ", row " + strconv.Itoa(i+1)
}

func (c *Examples) toggle() { c.open = !c.open }

func (c *Examples) typed(e vugu.DOMEvent) { c.pasted = e.PropString("target", "value") }

func (c *Examples) read() {
	c.App.Import("", []byte(c.pasted))
	c.pasted = ""
}

func (c *Examples) take(e vugu.DOMEvent) {
	if source, ok := e.(files); ok {
		source.ReadFiles(func(name string, data []byte) {
			c.App.Import(name, data)
			c.changed()
		})
	}
}

func (c *Examples) drop(e vugu.DOMEvent) {
	e.PreventDefault()
	c.take(e)
}

func problem(p protocol.TableProblem) string {
	text := ""
	if p.Line > 0 {
		text = "line " + strconv.Itoa(p.Line)
		if p.Column > 0 {
			text += ", column " + strconv.Itoa(p.Column)
		}
		if p.Field != "" {
			text += " (" + p.Field + ")"
		}
		text += ": "
	}
	return text + p.Message
}
