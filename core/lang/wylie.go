package lang

import (
	"strings"
	"unicode/utf8"
)

// Warning says what was doubtful at a byte of the input of a transliteration,
// and what to do about it. The output is still as good as could be made of it.
type Warning struct {
	At   int
	Text string
}

// letter is a Tibetan consonant in Wylie, on top of a stack and below.
type letter struct {
	wylie      string
	base, join rune
}

// letters are the consonants of the Extended Wylie Transliteration Scheme. W
// and Y differ from w and y only below, where they keep their full form.
var letters = []letter{
	{"k", 0x0F40, 0x0F90}, {"kh", 0x0F41, 0x0F91}, {"g", 0x0F42, 0x0F92}, {"ng", 0x0F44, 0x0F94},
	{"c", 0x0F45, 0x0F95}, {"ch", 0x0F46, 0x0F96}, {"j", 0x0F47, 0x0F97}, {"ny", 0x0F49, 0x0F99},
	{"T", 0x0F4A, 0x0F9A}, {"Th", 0x0F4B, 0x0F9B}, {"D", 0x0F4C, 0x0F9C}, {"N", 0x0F4E, 0x0F9E},
	{"t", 0x0F4F, 0x0F9F}, {"th", 0x0F50, 0x0FA0}, {"d", 0x0F51, 0x0FA1}, {"n", 0x0F53, 0x0FA3},
	{"p", 0x0F54, 0x0FA4}, {"ph", 0x0F55, 0x0FA5}, {"b", 0x0F56, 0x0FA6}, {"m", 0x0F58, 0x0FA8},
	{"ts", 0x0F59, 0x0FA9}, {"tsh", 0x0F5A, 0x0FAA}, {"dz", 0x0F5B, 0x0FAB}, {"w", 0x0F5D, 0x0FAD},
	{"zh", 0x0F5E, 0x0FAE}, {"z", 0x0F5F, 0x0FAF}, {"'", 0x0F60, 0x0FB0}, {"y", 0x0F61, 0x0FB1},
	{"r", 0x0F62, 0x0FB2}, {"l", 0x0F63, 0x0FB3}, {"sh", 0x0F64, 0x0FB4}, {"Sh", 0x0F65, 0x0FB5},
	{"s", 0x0F66, 0x0FB6}, {"h", 0x0F67, 0x0FB7}, {"a", 0x0F68, 0}, {"R", 0x0F6A, 0x0FBC},
	{"W", 0x0F5D, 0x0FBA}, {"Y", 0x0F61, 0x0FBB},
}

// spellings are other ways to write consonants that readers accept.
var spellings = map[string]string{
	"gh": "g+h", "Dh": "D+h", "dh": "d+h", "bh": "b+h", "dzh": "dz+h",
	"-t": "T", "-th": "Th", "-d": "D", "-n": "N", "-sh": "Sh", "-dh": "D+h",
	"f": "ph^", "v": "b^",
}

// capitals are letters that the scheme has no capital for, as titles and names are
// often written; they are read with a warning. A capital s is the retroflex sibilant of
// other schemes.
var capitals = map[string]string{
	"S": "Sh", "K": "k", "Kh": "kh", "G": "g", "C": "c", "Ch": "ch", "J": "j", "P": "p", "Ph": "ph", "B": "b",
	"L": "l", "Z": "z", "Zh": "zh", "E": "e", "O": "o",
}

// vowelSigns are the vowels but a, which has no sign.
var vowelSigns = map[string]string{
	"A": "\u0F71", "i": "\u0F72", "I": "\u0F71\u0F72", "u": "\u0F74", "U": "\u0F71\u0F74",
	"e": "\u0F7A", "ai": "\u0F7B", "o": "\u0F7C", "au": "\u0F7D", "-i": "\u0F80", "-I": "\u0F71\u0F80",
}

// finalSigns end a stack, after its vowels.
var finalSigns = map[string]rune{
	"M": 0x0F7E, "~M`": 0x0F82, "~M": 0x0F83, "X": 0x0F37, "~X": 0x0F35, "H": 0x0F7F, "?": 0x0F84,
}

// symbols stand between syllables.
var symbols = map[string]rune{
	" ": Tsheg, "*": TshegNoBreak, "/": Shad, "//": NyisShad, ";": 0x0F0F, "|": 0x0F11,
	"!": 0x0F08, ":": 0x0F14, "_": ' ', "=": 0x0F34, "<": 0x0F3A, ">": 0x0F3B, "(": 0x0F3C,
	")": 0x0F3D, "@": 0x0F04, "#": 0x0F05, "$": 0x0F06, "%": 0x0F07, "&": 0x0F85,
	"0": 0x0F20, "1": 0x0F21, "2": 0x0F22, "3": 0x0F23, "4": 0x0F24,
	"5": 0x0F25, "6": 0x0F26, "7": 0x0F27, "8": 0x0F28, "9": 0x0F29,
}

// The grammar of native syllables, as lists of stacks joined by +.
var (
	// nativeStacks are those written without + in Wylie.
	nativeStacks = set(`
		b+l b+r b+y c+w d+r d+r+w d+w dz+r g+l g+r g+r+w g+w g+y h+r h+w k+l k+r k+w k+y kh+r kh+w
		kh+y l+b l+c l+d l+g l+h l+j l+k l+ng l+p l+t l+w m+r m+y n+r ny+w p+r p+y ph+r ph+y ph+y+w
		r+b r+d r+dz r+g r+g+w r+g+y r+j r+k r+k+y r+l r+m r+m+y r+n r+ng r+ny r+t r+ts r+ts+w r+w
		s+b s+b+r s+b+y s+d s+g s+g+r s+g+y s+k s+k+r s+k+y s+l s+m s+m+r s+m+y s+n s+n+r s+ng s+ny
		s+p s+p+r s+p+y s+r s+t s+ts s+w sh+r sh+w t+r t+w th+r ts+w tsh+w z+l z+w zh+w`)
	// prefixed are the stacks that a prefix letter can stand before.
	prefixed = map[string]map[string]bool{
		"g": set("c ny t d n ts zh z y sh s"),
		"d": set("k g ng p b m k+y g+y p+y b+y m+y k+r g+r p+r b+r"),
		"b": set(`k g c t d ts zh z sh s r l k+y g+y k+r g+r r+l s+l r+k r+g r+ng r+j r+ny r+t r+d r+n
			r+ts r+dz s+k s+g s+ng s+ny s+t s+d s+n s+ts r+k+y r+g+y s+k+y s+g+y s+k+r s+g+r l+d l+t
			k+l s+r z+l s+w`),
		"m": set("kh g ng ch j ny th d n tsh dz kh+y g+y kh+r g+r"),
		"'": set("kh g ch j th d ph b tsh dz kh+y g+y ph+y b+y kh+r g+r d+r ph+r b+r"),
	}
	suffixes       = set("' g ng d n b m r l s N T")
	secondSuffixes = map[string]map[string]bool{"s": set("g ng b m"), "d": set("n r l")}
)

// rootFirst are the syllables of three letters that could be read two ways and
// whose first letter is the root; in all others the second is.
var rootFirst = set("d+ng+s m+ng+s m+g+s b+g+s")

// Tables from Wylie to letters and back, and the names a reader looks for.
var (
	byWylie    = map[string]letter{}
	baseNames  = map[rune]string{}
	joinNames  = map[rune]string{}
	vowelNames = map[rune]string{
		0x0F71: "A", 0x0F72: "i", 0x0F74: "u", 0x0F7A: "e", 0x0F7B: "ai", 0x0F7C: "o", 0x0F7D: "au", 0x0F80: "-i",
	}
	finalNames  = map[rune]string{}
	symbolNames = map[rune]string{}
)

func init() {
	for _, l := range letters {
		byWylie[l.wylie] = l
		if l.join != 0 {
			joinNames[l.join] = l.wylie
		}
		if l.wylie != "W" && l.wylie != "Y" {
			baseNames[l.base] = l.wylie
		}
	}
	for name, r := range finalSigns {
		finalNames[r] = name
	}
	for name, r := range symbols {
		symbolNames[r] = name
	}
}

// set makes a set of the words of a list.
func set(words string) map[string]bool {
	s := map[string]bool{}
	for _, w := range strings.Fields(words) {
		s[w] = true
	}
	return s
}

// isNative tells whether the consonants make a stack that Wylie writes
// without +.
func isNative(names []string) bool {
	return len(names) == 1 || nativeStacks[strings.Join(names, "+")]
}

// isPrefixOf tells whether prefix can stand before a stack. A wa zur below
// changes nothing.
func isPrefixOf(prefix string, stack []string) bool {
	if len(stack) > 1 && stack[len(stack)-1] == "w" && prefixed[prefix][strings.Join(stack[:len(stack)-1], "+")] {
		return true
	}
	return prefixed[prefix][strings.Join(stack, "+")]
}

func firstRune(s string) rune {
	r, _ := utf8.DecodeRuneInString(s)
	return r
}
