package view

import (
	"github.com/vugu/vugu"

	"github.com/dongyur/dongyur/core/lang"
	"github.com/dongyur/dongyur/ui/state"
)

// caret is an event of a text field that knows where the caret is.
type caret interface {
	BeforeCaret() string
	ReplaceBefore(n int, text string) (whole string)
}

// board is a paste's event.
type board interface{ Pasted() string }

// wylie turns what was just typed into Tibetan where a syllable has ended. It gives the
// field's text and what is doubtful in the syllable.
func wylie(e vugu.DOMEvent, convert func(string) (int, string, []lang.Warning, bool)) (text, warning string) {
	text = e.PropString("target", "value")
	field, ok := e.(caret)
	if !ok {
		return text, ""
	}
	n, tibetan, warnings, ok := convert(field.BeforeCaret())
	if !ok {
		return text, ""
	}
	if len(warnings) > 0 {
		warning = T("Wylie: %s", warnings[0].Text)
	}
	return field.ReplaceBefore(n, tibetan), warning
}

func (c *Examples) setWylie(field state.Field, e vugu.DOMEvent) {
	if c.wylie == nil {
		c.wylie = map[state.Field]bool{}
	}
	c.wylie[field] = e.PropBool("target", "checked")
	c.keymap = c.keymap || c.wylie[field]
}

// write takes each key into the state. What Wylie makes of it is an edit of its own,
// so that undo brings the Latin letters back.
func (c *Examples) write(i int, field state.Field, e vugu.DOMEvent) {
	c.App.Type(i, field, e.PropString("target", "value"))
	if c.wylie[field] && !e.PropBool("isComposing") {
		var text string
		text, c.warning = wylie(e, lang.TypeWylie)
		c.App.Type(i, field, text)
	}
}

// leave ends the edit of a cell.
func (c *Examples) leave(i int, field state.Field, e vugu.DOMEvent) {
	if c.wylie[field] {
		var text string
		text, c.warning = wylie(e, lang.EndWylie)
		c.App.Type(i, field, text)
	} else {
		c.App.Type(i, field, e.PropString("target", "value"))
	}
	c.App.Leave()
}

// key moves through the cells and undoes.
func (c *Examples) key(i int, field state.Field, e vugu.DOMEvent) {
	command := e.PropBool("ctrlKey") || e.PropBool("metaKey")
	shift := e.PropBool("shiftKey")
	switch key := e.PropString("key"); {
	case e.PropBool("isComposing"):
	case key == "Enter" && !shift && !command:
		e.PreventDefault()
		if c.wylie[field] {
			c.leave(i, field, e)
		}
		if i == len(c.App.Table.Rows)-1 {
			c.App.AddRow()
		}
		c.goTo(i+1, field)
	case command && (key == "z" || key == "Z") && !shift:
		e.PreventDefault()
		c.App.Undo()
	case command && (key == "y" || key == "z" || key == "Z"):
		e.PreventDefault()
		c.App.Redo()
	}
}

// goTo moves the focus to a cell.
func (c *Examples) goTo(i int, field state.Field) {
	c.focus = cellName{i, field}
	c.asked++
	if first, end := c.App.Table.Page(); i >= end {
		c.App.Table.Turn(1)
	} else if i < first {
		c.App.Table.Turn(-1)
	}
}

func (c *Examples) addRow() {
	c.App.AddRow()
	c.goTo(len(c.App.Table.Rows)-1, state.Source)
}

// paste puts cells of a spreadsheet into the table; one cell is the field's own to take.
func (c *Examples) paste(i int, field state.Field, e vugu.DOMEvent) {
	source, ok := e.(board)
	if !ok {
		return
	}
	if cells, several := state.Cells(source.Pasted()); several {
		e.PreventDefault()
		c.App.Paste(i, field, cells)
	}
}
