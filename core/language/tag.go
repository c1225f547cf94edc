package language

import (
	"fmt"
	"github.com/dongyur/dongyur/core/lang"
	"slices"
	"strings"
	"sync"
)

// subtags are the parts of a tag that matter here.
type subtags struct {
	language string      // lower case, the code that goes for it
	script   lang.Script // "" where the tag has none
	region   string      // upper case
	rest     string      // variants and extensions, with their hyphens
}

// Parse gives the tag of a language as everything here writes it: "bod_Tibt" and
// "bo-IN" are "bo", "zh_Hans" is "zh", "zh-TW" is "zh-Hant". A name in English, in
// Chinese or in the language itself is a tag too ("Yoruba"). The error says what is
// expected of what is neither.
func Parse(tag string) (string, error) {
	if t, err := parse(tag); err == nil {
		mu.RLock()
		defer mu.RUnlock()
		return t.key(), nil
	}
	if named, ok := Named(tag); ok {
		return named, nil
	}
	return "", fmt.Errorf(`language %q: write its tag after BCP 47, such as "yo", "zh-Hant" or "kk-Arab", or its English name`, tag)
}

func parse(tag string) (subtags, error) {
	parts := strings.Split(strings.ReplaceAll(strings.TrimSpace(tag), "_", "-"), "-")
	t := subtags{language: strings.ToLower(parts[0])}
	if n := len(t.language); !isLetters(t.language) || n != 2 && n != 3 && t.language != "x" && t.language != "i" {
		return subtags{}, fmt.Errorf("not a tag")
	}
	if entry, ok := cldr()[t.language]; ok {
		t.language = entry.code
	}
	for i, part := range parts[1:] {
		switch {
		case part == "" || len(part) > 8 || !lettersAndDigits(part):
			return subtags{}, fmt.Errorf("not a tag")
		case t.rest != "" || len(parts[0]) == 1:
			t.rest += "-" + strings.ToLower(part)
		case len(part) == 4 && isLetters(part) && t.script == "" && t.region == "":
			t.script = lang.Script(strings.ToUpper(part[:1]) + strings.ToLower(part[1:]))
		case len(part) == 3 && i == 0 && isLetters(part):
			// An extended language, "zh-yue", goes by itself.
			t.language = strings.ToLower(part)
			if entry, ok := cldr()[t.language]; ok {
				t.language = entry.code
			}
		case t.region == "" && (len(part) == 2 && isLetters(part) || len(part) == 3 && digits(part)):
			t.region = strings.ToUpper(part)
		case len(part) == 1 || len(part) >= 5 || part[0] >= '0' && part[0] <= '9':
			t.rest += "-" + strings.ToLower(part)
		default:
			return subtags{}, fmt.Errorf("not a tag")
		}
	}
	if len(parts[0]) == 1 && t.rest == "" {
		return subtags{}, fmt.Errorf("not a tag")
	}
	return t, nil
}

// key is the shortest tag: the region goes into the script it stands for, and the
// script stays where it is not the usual one, its row's first or CLDR's. The registry
// is locked by the caller.
func (t subtags) key() string {
	if t.rest != "" && len(t.language) == 1 {
		return t.language + t.rest
	}
	usual := cldr()[t.language].usual
	for _, row := range registry {
		if row.Tag == t.language && len(row.Scripts) > 0 {
			usual = row.Scripts[0]
		}
	}
	script := t.script
	if script == "" {
		script = cldr()[t.language].script(t.region)
	}
	if script == usual || script == "" {
		return t.language
	}
	return t.language + "-" + string(script)
}

// Same tells whether two tags are of one language in one script.
func Same(a, b string) bool {
	x, errX := parse(a)
	y, errY := parse(b)
	mu.RLock()
	defer mu.RUnlock()
	return errX == nil && errY == nil && x.key() == y.key()
}

// Base is the language of a tag without its script and region, by its shortest code;
// "" of what is no tag.
func Base(tag string) string {
	t, err := parse(tag)
	if err != nil {
		return ""
	}
	return t.language
}

// HasScript tells whether a tag of a language that CLDR knows names its script, as
// "amh_Ethi" does.
func HasScript(tag string) bool {
	t, err := parse(tag)
	_, known := cldr()[t.language]
	return err == nil && known && t.script != ""
}

// Registered tells whether the language of a tag has a row.
func Registered(tag string) bool {
	t, err := parse(tag)
	if err != nil {
		return false
	}
	mu.RLock()
	defer mu.RUnlock()
	return slices.ContainsFunc(registry, func(l *Language) bool { return l.Tag == t.key() || l.Tag == t.language })
}

// Named is the tag of a language by its name in English, in Chinese or in itself, or
// by another that its row has, without regard to case.
func Named(name string) (tag string, ok bool) {
	want := folded(name)
	if want == "" {
		return "", false
	}
	mu.RLock()
	defer mu.RUnlock()
	for _, l := range registry {
		for _, n := range append([]string{l.Names.En, l.Names.Zh, l.Names.Own}, l.Also...) {
			if folded(n) == want {
				return l.Tag, true
			}
		}
	}
	tag, ok = byName()[want]
	return tag, ok
}

// byName finds the languages of CLDR by their names.
var byName = sync.OnceValue(func() map[string]string {
	names := map[string]string{}
	for _, entry := range cldr() {
		for _, name := range []string{entry.names.En, entry.names.Zh, entry.names.Own} {
			if key := folded(name); key != "" {
				// A name that two languages share goes to the shorter code.
				if before, taken := names[key]; !taken || len(entry.code) < len(before) || len(entry.code) == len(before) && entry.code < before {
					names[key] = entry.code
				}
			}
		}
	}
	return names
})

// folded makes names comparable: case, spaces, hyphens and closing marks do not count.
func folded(name string) string {
	return strings.Trim(strings.Join(strings.FieldsFunc(strings.ToLower(name), func(r rune) bool { return r == ' ' || r == '-' || r == '_' }), " "), " ་།:")
}

func isLetters(s string) bool {
	return s != "" && strings.Trim(strings.ToLower(s), "abcdefghijklmnopqrstuvwxyz") == ""
}

func digits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

func lettersAndDigits(s string) bool {
	return s != "" && strings.Trim(strings.ToLower(s), "abcdefghijklmnopqrstuvwxyz0123456789") == ""
}
