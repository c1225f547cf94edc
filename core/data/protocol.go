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
		SourceLang: e.SourceLang, TargetLang: e.TargetLang, Fact: e.Fact, Choices: e.Choices, Split: e.Split, Meta: e.Meta}
	if e.Meta[pivotSource] != "" || e.Meta[pivotReference] != "" {
		p.Pivot = &protocol.Pivot{Source: e.Meta[pivotSource], Reference: e.Meta[pivotReference], Lang: e.Meta[pivotLang]}
	}
	return p
}

// FromProtocol is an example of a session as it is written into files.
func FromProtocol(p protocol.Example) Example {
	return Example{ID: p.ID, Task: Task(p.Task), Source: p.Source, Reference: p.Reference,
		SourceLang: p.SourceLang, TargetLang: p.TargetLang, Fact: p.Fact, Choices: p.Choices, Split: p.Split, Meta: p.Meta}
}
