package session

import (
	"github.com/dongyur/dongyur/core/objective"
	"github.com/dongyur/dongyur/core/protocol"
)

// learns names what methods learn from for protocol.Method.
var learns = map[objective.Material]string{
	objective.Groups: "groups", objective.References: "references", objective.Pairs: "pairs", objective.Documents: "texts",
}

// methods is core/objective's table for who drives the session.
func methods() []protocol.Method {
	var list []protocol.Method
	for _, name := range objective.Methods() {
		m, err := objective.MethodNamed(name)
		if err != nil {
			continue // Methods names only what MethodNamed knows
		}
		defaults, err := filled(m.Settings())
		if err != nil {
			continue
		}
		defaults.ClipLow, defaults.ClipHigh = m.ClipLow, m.ClipHigh
		list = append(list, protocol.Method{Name: m.Name, Help: m.Help, Paper: m.Paper, Learns: learns[m.Learns],
			Defaults: defaults, Settings: m.Reads()})
	}
	return list
}
