package data

import "github.com/dongyur/dongyur/core/protocol"

// Protocol is the example as sessions exchange it.
func (e Example) Protocol() protocol.Example {
	return protocol.Example{ID: e.ID, Task: string(e.Task), Source: e.Source, Reference: e.Reference,
		SourceLang: e.SourceLang, TargetLang: e.TargetLang}
}
