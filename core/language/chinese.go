package language

import "github.com/dongyur/dongyur/core/lang"

var (
	_ = Register(Language{Tag: "zh", Names: Names{En: "Chinese", Zh: "汉语", Own: "中文"}, Also: []string{"汉文", "རྒྱ་ཡིག", "Mandarin"}, Scripts: []lang.Script{lang.Hans, lang.Hant}})
	_ = Register(Language{Tag: "zh-Hant", Names: Names{En: "Traditional Chinese", Zh: "繁体中文", Own: "繁體中文"}, Scripts: []lang.Script{lang.Hant}})
)
