package session

import (
	"github.com/dongyur/dongyur/core/data"
	"github.com/dongyur/dongyur/core/objective"
	"github.com/dongyur/dongyur/core/protocol"
	"github.com/dongyur/dongyur/core/reward"
	"github.com/dongyur/dongyur/core/setting"
)

// Greeting is a session's ready event: the registries of methods, reward terms and
// settings, for who drives the session.
func Greeting(engine, reason string) protocol.Event {
	return protocol.Event{Type: protocol.EvReady, Engine: engine, Message: reason, Methods: methods(), Terms: reward.Rows(), Settings: setting.Rows(), Formats: data.TableFormats()}
}

// methods is core/objective's registry with settings that a run takes as they are.
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
		list = append(list, m.Row(defaults))
	}
	return list
}
