package state

import (
	"strings"

	"github.com/dongyur/dongyur/ui/words"
)

// Language is one that the page speaks.
type Language struct {
	Tag  string // BCP 47; names assets/words/TAG.json
	Name string // in itself
}

// Languages are in the order of the choice. English stands in the code; the others
// are files.
var Languages = []Language{{"en", "English"}, {"zh", "中文"}, {"bo", "བོད་ཡིག"}}

// Themes of the page; the first follows the system.
var Themes = []string{"system", "light", "dark"}

// TibetanSizes are the sizes of Tibetan against its usual one, in percent; the
// first is the default. None is smaller: under 20 px stacks run together.
var TibetanSizes = []string{"100", "120", "140", "170"}

// Preferences are how the page is shown; they change nothing of a run.
type Preferences struct {
	Language    string // of Languages; "" until it is known
	Theme       string // of Themes
	TibetanSize string // of TibetanSizes
	NoGPUKnown  bool   // the reader has put away the notice that there is no WebGPU
}

// noGPU stands in the session's reason for its engine where WebGPU did not open.
const noGPU = "not webgpu:"

// tellOfNoGPU names the engine that serves instead of WebGPU, until it is put away.
func (a *App) tellOfNoGPU() {
	if strings.Contains(a.EngineReason, noGPU) && !a.Preferences.NoGPUKnown {
		a.notify(Notice{NoGPU: true,
			Text: words.T("This browser has no WebGPU here, so the engine “%s” computes on the processor. Everything works; larger models take longer.", a.Engine)})
	}
}

// Speaks is the language that is asked for, and whether the page has its words
// already.
func (a *App) Speaks() (tag string, arrived bool) {
	return a.Preferences.Language, a.Preferences.Language == words.Language()
}

// ChooseLanguage asks for a language; its words come with LanguageArrived.
func (a *App) ChooseLanguage(tag string) {
	for _, l := range Languages {
		if l.Tag == tag {
			a.Preferences.Language = tag
		}
	}
}

// LanguageArrived takes over a language's words, file as in words.Speak.
func (a *App) LanguageArrived(tag string, file []byte) error {
	if tag != a.Preferences.Language {
		return nil // another was chosen meanwhile
	}
	return words.Speak(tag, file)
}

// LanguageFailed goes back to the language that the page speaks and says why.
func (a *App) LanguageFailed(text string, retry func()) {
	a.Preferences.Language = words.Language()
	a.notify(Notice{Error: true, Text: text, Retry: retry})
}

// ChooseTheme takes one of Themes.
func (a *App) ChooseTheme(theme string) { choose(&a.Preferences.Theme, theme, Themes) }

// ChooseTibetanSize takes one of TibetanSizes.
func (a *App) ChooseTibetanSize(size string) { choose(&a.Preferences.TibetanSize, size, TibetanSizes) }

func choose(to *string, value string, among []string) bool {
	for _, v := range among {
		if v == value {
			*to = value
			return true
		}
	}
	return false
}
