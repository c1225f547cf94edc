package language

import "github.com/dongyur/dongyur/core/lang"

// script is what is true of a writing system, and of a text in it whose language says
// nothing else.
type script struct {
	code        lang.Script
	names       Names
	parts       []lang.Script // whose letters are its own; none: it has letters of its own
	rightToLeft bool
	unit        Unit   // "": words
	bleu        string // "": 13a
	spaceless   bool   // words are not set apart, so a letter with its marks is a unit
}

// scripts are what is true of each that somebody writes in today. Korean is Hangul alone:
// Han letters in an answer meant to be Korean are, far more often, Chinese.
var scripts = []script{
	{code: lang.Tibt, names: Names{En: "Tibetan", Zh: "藏文"}, unit: Syllable, bleu: "tsheg"},
	{code: lang.Hani, names: Names{En: "Han", Zh: "汉字"}, unit: Character, bleu: "zh"},
	{code: lang.Latn, names: Names{En: "Latin", Zh: "拉丁文"}},
	{code: "Hira", names: Names{En: "Hiragana", Zh: "平假名"}, unit: Character, bleu: "char"},
	{code: "Kana", names: Names{En: "Katakana", Zh: "片假名"}, unit: Character, bleu: "char"},
	{code: "Hang", names: Names{En: "Hangul", Zh: "谚文"}},
	{code: lang.Cyrl, names: Names{En: "Cyrillic", Zh: "西里尔文"}},
	{code: lang.Arab, names: Names{En: "Arabic", Zh: "阿拉伯文"}, rightToLeft: true},
	{code: "Deva", names: Names{En: "Devanagari", Zh: "天城文"}},
	{code: "Beng", names: Names{En: "Bengali", Zh: "孟加拉文"}},
	{code: "Grek", names: Names{En: "Greek", Zh: "希腊文"}},
	{code: "Hebr", names: Names{En: "Hebrew", Zh: "希伯来文"}, rightToLeft: true},
	{code: "Thai", names: Names{En: "Thai", Zh: "泰文"}, unit: Character, bleu: "char", spaceless: true},
	{code: "Laoo", names: Names{En: "Lao", Zh: "老挝文"}, unit: Character, bleu: "char", spaceless: true},
	{code: "Khmr", names: Names{En: "Khmer", Zh: "高棉文"}, unit: Character, bleu: "char", spaceless: true},
	{code: "Mymr", names: Names{En: "Myanmar", Zh: "缅甸文"}, unit: Character, bleu: "char", spaceless: true},
	{code: "Yiii", names: Names{En: "Yi", Zh: "彝文"}},
	{code: lang.Mong, names: Names{En: "Mongolian", Zh: "传统蒙古文"}},
	{code: "Ethi", names: Names{En: "Ethiopic", Zh: "埃塞俄比亚文"}},
	{code: "Geor", names: Names{En: "Georgian", Zh: "格鲁吉亚文"}},
	{code: "Armn", names: Names{En: "Armenian", Zh: "亚美尼亚文"}},
	{code: "Taml", names: Names{En: "Tamil", Zh: "泰米尔文"}},
	{code: "Telu", names: Names{En: "Telugu", Zh: "泰卢固文"}},
	{code: "Knda", names: Names{En: "Kannada", Zh: "卡纳达文"}},
	{code: "Mlym", names: Names{En: "Malayalam", Zh: "马拉雅拉姆文"}},
	{code: "Gujr", names: Names{En: "Gujarati", Zh: "古吉拉特文"}},
	{code: "Guru", names: Names{En: "Gurmukhi", Zh: "古木基文"}},
	{code: "Orya", names: Names{En: "Odia", Zh: "奥里亚文"}},
	{code: "Sinh", names: Names{En: "Sinhala", Zh: "僧伽罗文"}},
	{code: "Thaa", names: Names{En: "Thaana", Zh: "塔安那文"}, rightToLeft: true},
	{code: "Syrc", names: Names{En: "Syriac", Zh: "叙利亚文"}, rightToLeft: true},
	{code: "Nkoo", names: Names{En: "N’Ko", Zh: "西非书面文字"}, rightToLeft: true},
	{code: "Adlm", names: Names{En: "Adlam", Zh: "阿德拉姆文"}, rightToLeft: true},
	{code: "Rohg", names: Names{En: "Hanifi Rohingya", Zh: "哈乃斐罗兴亚文"}, rightToLeft: true},
	{code: "Mand", names: Names{En: "Mandaic", Zh: "曼达文"}, rightToLeft: true},
	{code: "Samr", names: Names{En: "Samaritan", Zh: "撒马利亚文"}, rightToLeft: true},
	{code: "Tfng", names: Names{En: "Tifinagh", Zh: "提非纳文"}},
	{code: "Vaii", names: Names{En: "Vai", Zh: "瓦依文"}},
	{code: "Cher", names: Names{En: "Cherokee", Zh: "切罗基文"}},
	{code: "Cans", names: Names{En: "Canadian Aboriginal", Zh: "加拿大土著文字"}},
	{code: "Olck", names: Names{En: "Ol Chiki", Zh: "桑塔利文"}},
	{code: "Mtei", names: Names{En: "Meetei Mayek", Zh: "曼尼普尔文"}},
	{code: "Limb", names: Names{En: "Limbu", Zh: "林布文"}},
	{code: "Lepc", names: Names{En: "Lepcha", Zh: "雷布查文"}},
	{code: "Newa", names: Names{En: "Newa", Zh: "尼瓦尔文"}},
	{code: "Phag", names: Names{En: "Phags-pa", Zh: "八思巴文"}},
	{code: "Lana", names: Names{En: "Tai Tham", Zh: "兰拿文"}, unit: Character, bleu: "char", spaceless: true},
	{code: "Talu", names: Names{En: "New Tai Lue", Zh: "新傣仂文"}, unit: Character, bleu: "char", spaceless: true},
	{code: "Tale", names: Names{En: "Tai Le", Zh: "傣哪文"}, unit: Character, bleu: "char", spaceless: true},
	{code: "Cham", names: Names{En: "Cham", Zh: "占文"}},
	{code: "Java", names: Names{En: "Javanese", Zh: "爪哇文"}, unit: Character, bleu: "char", spaceless: true},
	{code: "Bali", names: Names{En: "Balinese", Zh: "巴厘文"}, unit: Character, bleu: "char", spaceless: true},
	{code: "Sund", names: Names{En: "Sundanese", Zh: "巽他文"}},
	{code: "Lisu", names: Names{En: "Lisu", Zh: "傈僳文"}},
	{code: "Plrd", names: Names{En: "Miao", Zh: "柏格理苗文"}},
	{code: "Bopo", names: Names{En: "Bopomofo", Zh: "注音符号"}, unit: Character, bleu: "zh"},
	{code: "Copt", names: Names{En: "Coptic", Zh: "科普特文"}},

	{code: lang.Hans, names: Names{En: "Simplified Han", Zh: "简体"}, parts: []lang.Script{lang.Hani}, unit: Character, bleu: "zh"},
	{code: lang.Hant, names: Names{En: "Traditional Han", Zh: "繁体"}, parts: []lang.Script{lang.Hani}, unit: Character, bleu: "zh"},
	{code: lang.Jpan, names: Names{En: "Japanese", Zh: "日文"}, parts: []lang.Script{lang.Hani, "Hira", "Kana"}, unit: Character, bleu: "char"},
	{code: lang.Kore, names: Names{En: "Korean", Zh: "韩文"}, parts: []lang.Script{"Hang"}},
	{code: "Aran", names: Names{En: "Nastaliq", Zh: "波斯体"}, parts: []lang.Script{lang.Arab}, rightToLeft: true},
	{code: "Syre", names: Names{En: "Estrangelo Syriac", Zh: "福音体叙利亚文"}, parts: []lang.Script{"Syrc"}, rightToLeft: true},
	{code: "Latf", names: Names{En: "Fraktur Latin", Zh: "拉丁文哥特体"}, parts: []lang.Script{lang.Latn}},
}

// scriptRow is the row of a script; one without a row is written in words from left
// to right and has no letters that could be told.
func scriptRow(code lang.Script) script {
	for _, s := range scripts {
		if s.code == code {
			return s
		}
	}
	return script{code: code, names: Names{En: string(code), Zh: string(code)}}
}
