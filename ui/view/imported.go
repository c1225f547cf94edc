package view

import (
	"strings"

	"github.com/vugu/vugu"

	"github.com/dongyur/dongyur/core/protocol"
	"github.com/dongyur/dongyur/ui/words"
)

// What an import says of itself: how much was read and what was left out, and the
// columns to choose others from.

// reasons word why rows were left out, as core/data names them.
var reasons = map[string]string{
	"untranslated": words.N("not translated"),
	"fuzzy":        words.N("fuzzy"),
	"draft":        words.N("not done, by their state"),
	"locked":       words.N("not to be translated"),
	"obsolete":     words.N("obsolete"),
	"broken":       words.N("broken"),
	"no source":    words.N("without a source"),
	"not text":     words.N("a list in place of a text"),
	"other script": words.N("in another script"),
	"unknown task": words.N("of an unknown task"),
	"mojibake":     words.N("mojibake"),
	"Wylie":        words.N("Wylie"),
}

func reasonText(reason string) string {
	if text, known := reasons[reason]; known {
		return T(text)
	}
	return reason
}

// imported sums up what was read of the latest file.
func (c *Examples) imported() string {
	r := c.App.Table.Report
	text := T("%d rows read as %s", r.Read, r.Format)
	if r.Encoding != "" && r.Encoding != "UTF-8" {
		text += T(" in %s", r.Encoding)
	}
	var parts []string
	for _, s := range r.Skipped {
		parts = append(parts, T("%d %s", s.Count, reasonText(s.Reason)))
	}
	if len(parts) > 0 {
		text += T("; left out or to be mended: %s", strings.Join(parts, ", "))
	}
	return text + T(".")
}

// choosable are the columns of the latest file, where there are two or more.
func (c *Examples) choosable() []protocol.TableColumn {
	if r := c.App.Table.Report; r != nil && len(r.Columns) > 1 {
		return r.Columns
	}
	return nil
}

// chosen is the column taken for a field, until another is chosen.
func (c *Examples) chosen(field, other string) string {
	if other != "" {
		return other
	}
	for _, column := range c.choosable() {
		if column.Field == field {
			return column.Name
		}
	}
	return ""
}

func (c *Examples) columnFrom() string { return c.chosen("source", c.from) }

func (c *Examples) columnTo() string { return c.chosen("reference", c.to) }

func (c *Examples) setFrom(e vugu.DOMEvent) { c.from = e.PropString("target", "value") }

func (c *Examples) setTo(e vugu.DOMEvent) { c.to = e.PropString("target", "value") }

func (c *Examples) swapColumns() { c.from, c.to = c.columnTo(), c.columnFrom(); c.readColumns() }

func (c *Examples) readColumns() {
	from, to := c.columnFrom(), c.columnTo()
	c.from, c.to = "", ""
	c.App.ReadAgain(from, to)
}

// columnTitle is a column's name with how much is in it, and its first text.
func columnTitle(column protocol.TableColumn) string {
	sample := []rune(strings.Join(strings.Fields(column.Sample), " "))
	if len(sample) > 16 {
		sample = append(sample[:16], '…')
	}
	return T("%s (%d rows): %s", column.Name, column.Filled, string(sample))
}
