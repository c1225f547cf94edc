package data

import "github.com/dongyur/dongyur/core/task"

// Columns of a table that hold an example's other side for CLO; see task.Pivot. In
// JSON Lines they may stand in an object of their own, as task.Example writes them.
const (
	pivotSource    = "pivot_source"
	pivotReference = "pivot_reference"
	pivotLang      = "pivot_lang"
)

// takePivot moves an example's other side from what its table says besides into
// Pivot.
func takePivot(e *task.Example) {
	var p task.Pivot
	for column, field := range map[string]*string{
		pivotSource: &p.Source, "pivot.source": &p.Source, pivotReference: &p.Reference, "pivot.reference": &p.Reference,
		pivotLang: &p.Lang, "pivot.lang": &p.Lang,
	} {
		if text := e.Meta[column]; text != "" {
			*field = text
			delete(e.Meta, column)
		}
	}
	if len(e.Meta) == 0 {
		e.Meta = nil
	}
	if p != (task.Pivot{}) {
		e.Pivot = &p
	}
}

// besides is what a table's further columns say of an example: Meta, and the pivot
// under the names of its columns.
func besides(e task.Example) map[string]string {
	if e.Pivot == nil {
		return e.Meta
	}
	all := map[string]string{}
	for name, text := range e.Meta {
		all[name] = text
	}
	for column, text := range map[string]string{pivotSource: e.Pivot.Source, pivotReference: e.Pivot.Reference, pivotLang: e.Pivot.Lang} {
		if text != "" {
			all[column] = text
		}
	}
	return all
}
