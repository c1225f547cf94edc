package view

import (
	"strconv"

	"github.com/vugu/vugu"

	"github.com/dongyur/dongyur/core/protocol"
	"github.com/dongyur/dongyur/ui/state"
)

func (c *FieldList) fields() []protocol.Setting { return c.App.SettingsAt(c.place) }

// wide tells which fields take the whole width: their choices are sentences, or their
// help is open.
func (c *FieldList) wide(f protocol.Setting) bool {
	return f.Kind == protocol.Pick || c.App.Help == f.Key
}

func (c *FieldList) edited(f protocol.Setting) bool { return c.App.Value(f) != c.App.Default(f) }

func (c *FieldList) undoLabel(f protocol.Setting) string {
	return T("Set %s back to %s", state.Said(f.Title), state.Said(f.Named(c.App.MethodAtHand().Defaults)))
}

func said(t protocol.Text) string { return state.Said(t) }

// step is what a number field's arrows add.
func (c *FieldList) step(f protocol.Setting) string {
	if f.By == "" {
		return "any"
	}
	return f.By
}

// least and most are a number field's bounds for the browser; nil gives none.
func (c *FieldList) least(f protocol.Setting) any {
	return strconv.FormatFloat(f.Least, 'g', -1, 64)
}

func (c *FieldList) most(f protocol.Setting) any {
	if f.Most == 0 {
		return nil
	}
	return strconv.FormatFloat(f.Most, 'g', -1, 64)
}

func (c *FieldList) tick(f protocol.Setting, e vugu.DOMEvent) {
	value := "0"
	if e.PropBool("target", "checked") {
		value = "1"
	}
	c.App.Set(f, value)
}
