package language

import "github.com/dongyur/dongyur/core/lang"

var _ = Register(Language{Tag: "en", Names: Names{En: "English", Zh: "英语", Own: "English"}, Also: []string{"英文", "དབྱིན་ཡིག"}, Scripts: []lang.Script{lang.Latn}})
