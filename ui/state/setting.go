package state

import (
	"errors"
	"slices"

	"github.com/dongyur/dongyur/core/protocol"
	"github.com/dongyur/dongyur/ui/words"
)

// Place is where the page shows a setting: protocol.Setting.Place.
type Place string

// Rewards are shown beside the recipes.
const Rewards Place = "rewards"

// Folded are the places under "More settings", in their order, with their titles.
var Folded = []struct {
	Place Place
	Title string
}{
	{"run", words.N("The run")}, {"sampling", words.N("Sampling")}, {"method", words.N("The method")},
	{"reference", words.N("What it is held to")}, {"more-rewards", words.N("More rewards")}, {"watch", words.N("When it goes wrong")},
}

// SettingNamed finds a row of the session's registry by its key.
func (a *App) SettingNamed(key string) (protocol.Setting, bool) {
	i := slices.IndexFunc(a.AllSettings, func(s protocol.Setting) bool { return s.Key == key })
	if i < 0 {
		return protocol.Setting{}, false
	}
	return a.AllSettings[i], true
}

// Said is a text of the registries in the reader's language.
func Said(t protocol.Text) string { return t.In(words.Language()) }

// saidOf is an error in the reader's language.
func saidOf(err error) string {
	var text protocol.Text
	if errors.As(err, &text) {
		return Said(text)
	}
	return err.Error()
}

// RewardTerm is a term's row; one that the session does not know has its name alone.
func (a *App) RewardTerm(name string) protocol.Term {
	if i := a.termPlace(name); i < len(a.Rewards) {
		return a.Rewards[i]
	}
	return protocol.Term{Name: name, Title: protocol.Text{En: name}, Tint: 1}
}

// termPlace is a term's place in the order of the registry, the last for others.
func (a *App) termPlace(name string) int {
	if i := slices.IndexFunc(a.Rewards, func(t protocol.Term) bool { return t.Name == name }); i >= 0 {
		return i
	}
	return len(a.Rewards)
}

// Ordered are the names of terms in the registry's order.
func (a *App) Ordered(terms map[string]float64) []string {
	names := make([]string, 0, len(terms))
	for name := range terms {
		names = append(names, name)
	}
	slices.Sort(names)
	slices.SortStableFunc(names, func(x, y string) int { return a.termPlace(x) - a.termPlace(y) })
	return names
}

// Explained is the help for a key: of a setting or a reward term by the registries,
// else of assets/help.
func (a *App) Explained(key string) Term {
	if s, ok := a.SettingNamed(key); ok {
		return Term{Said(s.Title), Said(s.Help), s.Paper}
	}
	return a.Terms[key]
}
