package view

import (
	"github.com/vugu/vugu"

	"github.com/dongyur/dongyur/core/lang"
)

// keyMap is shown wherever Tibetan is typed.
var keyMap vugu.Builder = &Keymap{}

type keyGroup struct {
	Title string
	Keys  []lang.WylieKey
}

func (c *Keymap) groups() []keyGroup {
	consonants, vowels, sanskrit, signs := lang.WylieKeys()
	for i, k := range signs {
		if k.Wylie == " " {
			signs[i].Wylie = T("space")
		}
	}
	for _, extra := range []string{"rgya", "bsgrubs", "g.yag", "pad+ma"} {
		tibetan, _ := lang.FromWylie(extra)
		vowels = append(vowels, lang.WylieKey{Wylie: extra, Tibetan: tibetan})
	}
	return []keyGroup{{T("Consonants"), consonants}, {T("Vowels and stacks"), vowels}, {T("Sanskrit"), sanskrit}, {T("Signs"), signs}}
}
