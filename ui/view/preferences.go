package view

import "github.com/dongyur/dongyur/ui/state"

func (c *Preferences) close() { c.App.Open(state.NoDialog) }

func themeTitle(theme string) string {
	switch theme {
	case "light":
		return T("Light")
	case "dark":
		return T("Dark")
	}
	return T("As the system")
}
