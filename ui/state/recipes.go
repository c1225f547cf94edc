package state

import (
	"slices"

	"github.com/dongyur/dongyur/core/protocol"
	"github.com/dongyur/dongyur/ui/words"
)

// Recipe is a preset: a method and what differs from its own settings.
type Recipe struct {
	Key    string
	Title  string // English
	About  string // English: what to look at
	Method string
	Values [][2]string // field's key, value
}

// Recipes are the cards of the playground; the first is what the page starts with.
var Recipes = []Recipe{
	{"meaning", words.N("By meaning"), words.N("GRPO: answers near the reference’s meaning, in the right script, become likelier."), "grpo", nil},
	{"references", words.N("By references"), words.N("SFT: the model learns to repeat the references. Compare what it keeps of other languages."), "sft", nil},
	{"two-languages", words.N("Bilingual"), words.N("CLO: SFT on Tibetan, and a preference for the language that was asked for."), "clo", nil},
	{"surface", words.N("By surface"), words.N("GRPO rewarded by shared letters (chrF++) and not by meaning."), "grpo",
		[][2]string{{"similarity", "0"}, {"chrf", "1.5"}}},
	{"cheat", words.N("Let it cheat"), words.N("Meaning alone, with no script asked for: watch the model answer in Chinese, or copy."), "grpo",
		[][2]string{{"language", "0"}, {"gate", "0"}, {"copy", "0"}, {"kept", "0"}, {"length", "0"}, {"repetition", "0"}}},
	{"no-leash", words.N("No leash"), words.N("No KL and a fast rate: watch the divergence rise and the entropy fall."), "grpo",
		[][2]string{{"beta", "0"}, {"learning-rate", "0.004"}}},
}

// Apply sets a recipe's method and settings; all else of the method is its own again.
func (a *App) Apply(r Recipe) {
	if _, known := a.Config[r.Method]; !known {
		return
	}
	a.Method = r.Method
	a.Config[r.Method] = a.defaults(r.Method)
	for _, v := range r.Values {
		if f, ok := a.SettingNamed(v[0]); ok {
			a.Set(f, v[1])
		}
	}
}

// Known tells whether a recipe's method is in the session's table already.
func (a *App) Known(r Recipe) bool {
	_, known := a.Config[r.Method]
	return known
}

// Cooks tells whether the settings are a recipe's, the seed and the length of the
// run aside.
func (a *App) Cooks(r Recipe) bool {
	if a.Method != r.Method {
		return false
	}
	want := a.defaults(r.Method)
	for _, v := range r.Values {
		if f, ok := a.SettingNamed(v[0]); ok {
			if err := f.Write(&want, v[1]); err != nil {
				return false
			}
		}
	}
	have, method := a.Settings(), a.MethodAtHand()
	return !slices.ContainsFunc(a.AllSettings, func(f protocol.Setting) bool {
		return f.Key != "seed" && f.Key != "steps" && method.Reads(f) && f.Read(have) != f.Read(want)
	})
}
