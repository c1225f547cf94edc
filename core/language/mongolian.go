package language

import "github.com/dongyur/dongyur/core/lang"

// horizontally is said where the page shows a script that is written from top to
// bottom.
var horizontally = Names{
	En: "The page shows the traditional script in lines from left to right, with its letters lying on their side; nothing is changed in the text.",
	Zh: "本页面将传统蒙古文横排显示，自左向右，字母横卧；文本本身不变。",
}

var (
	_ = Register(Language{Tag: "mn-Mong", Names: Names{En: "Mongolian in the traditional script", Zh: "蒙古语（传统蒙古文）", Own: "ᠮᠣᠩᠭᠣᠯ"},
		Also: []string{"Traditional Mongolian", "蒙古文"}, Scripts: []lang.Script{lang.Mong}, Note: horizontally})
	_ = Register(Language{Tag: "mnc", Names: Names{En: "Manchu", Zh: "满语", Own: "ᠮᠠᠨᠵᡠ"}, Scripts: []lang.Script{lang.Mong}, Note: horizontally})
	_ = Register(Language{Tag: "xal", Names: Names{En: "Kalmyk", Zh: "卡尔梅克语", Own: "хальмг"}, Scripts: []lang.Script{lang.Cyrl}})
)
