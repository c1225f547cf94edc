// Cldr writes core/language/cldr.txt from the CLDR tables of golang.org/x/text: of
// each language that has a name its codes, the script it is likely written in, the
// regions where that is another one, and its names in English, in Chinese and in
// itself; then the script of each language without a name. It is run by go generate.
//
// Input: nothing. Output: cldr.txt in the working folder. The page and the program
// read this file, because x/text's own tables are many times as large.
package main

import (
	"fmt"
	"log"
	"os"
	"slices"
	"strings"

	"golang.org/x/text/language"
	"golang.org/x/text/language/display"
)

const letters = "abcdefghijklmnopqrstuvwxyz"

func main() {
	log.SetFlags(0)
	if err := os.WriteFile("cldr.txt", []byte(table()), 0o666); err != nil {
		log.Fatal(err)
	}
}

func table() string {
	en, zh := display.English.Languages(), display.Chinese.Languages()
	codes := map[string][]string{} // by the code that stands for them
	for _, code := range all() {
		base, err := language.ParseBase(code)
		if err != nil {
			continue
		}
		// All makes of "cmn" and "bod" what they usually go by; a code for a language in
		// one script ("sh") has no plain one.
		main := language.All.Make(code).String()
		if strings.Contains(main, "-") {
			main = base.String()
		}
		codes[main] = append(codes[main], code)
	}
	var b strings.Builder
	unnamed := map[string][]string{}
	mains := make([]string, 0, len(codes))
	for main := range codes {
		mains = append(mains, main)
	}
	slices.Sort(mains)
	for _, main := range mains {
		tag := language.Make(main)
		script := likely(tag)
		if en.Name(tag) == "" || main == "und" || main == "mul" || main == "zxx" || main == "mis" {
			if script != "" {
				unnamed[script] = append(unnamed[script], codes[main]...)
			}
			continue
		}
		also := slices.DeleteFunc(codes[main], func(c string) bool { return c == main })
		fields := []string{strings.Join(append([]string{main}, also...), " "), script, strings.Join(elsewhere(main, script), " "),
			en.Name(tag), zh.Name(tag), strings.TrimRight(display.Self.Name(tag), "་")}
		fmt.Fprintln(&b, strings.Join(fields, "|"))
	}
	scripts := make([]string, 0, len(unnamed))
	for script := range unnamed {
		scripts = append(scripts, script)
	}
	slices.Sort(scripts)
	for _, script := range scripts {
		fmt.Fprintf(&b, "%s|%s\n", strings.Join(unnamed[script], " "), script)
	}
	return b.String()
}

// all are the codes of two and three letters.
func all() []string {
	var codes []string
	for _, a := range letters {
		for _, b := range letters {
			codes = append(codes, string(a)+string(b))
			for _, c := range letters {
				codes = append(codes, string(a)+string(b)+string(c))
			}
		}
	}
	slices.Sort(codes)
	return codes
}

// likely is the script a language is likely written in; "": nobody says.
func likely(tag language.Tag) string {
	script, confidence := tag.Script()
	if confidence == language.No || script.String() == "Zzzz" {
		return ""
	}
	return script.String()
}

// elsewhere are the regions where another script than the usual one is likely.
func elsewhere(main, usual string) []string {
	var list []string
	for _, a := range strings.ToUpper(letters) {
		for _, b := range strings.ToUpper(letters) {
			region, err := language.ParseRegion(string(a) + string(b))
			if err != nil || !region.IsCountry() {
				continue
			}
			tag, err := language.Compose(language.Make(main), region)
			if err != nil {
				continue
			}
			if script := likely(tag); script != usual && script != "" {
				list = append(list, region.String()+":"+script)
			}
		}
	}
	return list
}
