package language

import "github.com/dongyur/dongyur/core/lang"

var (
	// tibetanFont has stacks, which run together under 20 px and need 1.9 of their size.
	tibetanFont = Font{Family: "Noto Serif Tibetan", Size: 20, Height: 1.9, Sizes: true}

	// wylie is the Extended Wylie Transliteration Scheme.
	wylie = &Romanisation{Kind: lang.LatinWylie, Is: lang.IsWylie, Read: func(text string) string {
		tibetan, _ := lang.FromWylie(text)
		return tibetan
	}}
	wylieKeys = &Keyboard{Name: "Wylie", Type: lang.TypeWylie, End: lang.EndWylie}
)

var (
	_ = Register(Language{Tag: "bo", Names: Names{En: "Tibetan", Zh: "藏语", Own: "བོད་ཡིག"}, Also: []string{"བོད་སྐད", "藏文"},
		Scripts: []lang.Script{lang.Tibt}, Check: lang.Spelling, EndMark: lang.NoShad, Romanised: wylie, Keyboard: wylieKeys, Font: tibetanFont})
	_ = Register(Language{Tag: "dz", Names: Names{En: "Dzongkha", Zh: "宗喀语", Own: "རྫོང་ཁ"},
		Scripts: []lang.Script{lang.Tibt}, Romanised: wylie, Keyboard: wylieKeys, Font: tibetanFont})
	_ = Register(Language{Tag: "lbj", Names: Names{En: "Ladakhi", Zh: "拉达克语", Own: "ལ་དྭགས་སྐད"},
		Scripts: []lang.Script{lang.Tibt}, Romanised: wylie, Keyboard: wylieKeys, Font: tibetanFont})
)
