package view

import (
	"strconv"

	"github.com/vugu/vugu"

	"github.com/dongyur/dongyur/ui/state"
)

func (c *FieldList) fields() []state.Setting { return c.App.SettingsAt(c.place) }

// wide tells which fields take the whole width: their choices are sentences, or their
// help is open.
func (c *FieldList) wide(f state.Setting) bool {
	return f.Kind() == "choice" || c.App.Help == f.Key
}

func (c *FieldList) edited(f state.Setting) bool { return c.App.Value(f) != c.App.Default(f) }

func (c *FieldList) undoLabel(f state.Setting) string {
	return T("Set %s back to %s", T(f.Title), f.Named(c.App.MethodAtHand().Defaults))
}

// least and most are a number field's bounds for the browser; nil gives none.
func (c *FieldList) least(f state.Setting) any {
	return strconv.FormatFloat(f.Least, 'g', -1, 64)
}

func (c *FieldList) most(f state.Setting) any {
	if f.Most == 0 {
		return nil
	}
	return strconv.FormatFloat(f.Most, 'g', -1, 64)
}

func (c *FieldList) tick(f state.Setting, e vugu.DOMEvent) {
	value := "0"
	if e.PropBool("target", "checked") {
		value = "1"
	}
	c.App.Set(f, value)
}
