package data

import "github.com/dongyur/dongyur/core/protocol"

// Columns of a table that hold an example's other side for CLO; see protocol.Pivot.
const (
	pivotSource    = "pivot_source"
	pivotReference = "pivot_reference"
	pivotLang      = "pivot_lang"
)

// Protocol is the example as sessions exchange it.
func (e Example) Protocol() protocol.Example {
	p := protocol.Example{ID: e.ID, Task: string(e.Task), Source: e.Source, Reference: e.Reference,
		SourceLang: e.SourceLang, TargetLang: e.TargetLang, Fact: e.Fact, Choices: e.Choices}
	if e.Meta[pivotSource] != "" || e.Meta[pivotReference] != "" {
		p.Pivot = &protocol.Pivot{Source: e.Meta[pivotSource], Reference: e.Meta[pivotReference], Lang: e.Meta[pivotLang]}
	}
	return p
}
