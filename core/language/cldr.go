package language

import (
	_ "embed"
	"github.com/dongyur/dongyur/core/lang"
	"slices"
	"strings"
	"sync"
)

//go:generate go run ./internal/cldr

//go:embed cldr.txt
var cldrFile string

// cldrEntry is a line of cldr.txt.
type cldrEntry struct {
	code      string // that goes for the language, "bo" for "bod" and "tib"
	usual     lang.Script
	elsewhere map[string]lang.Script // by region
	names     Names
}

func (e cldrEntry) script(region string) lang.Script {
	if s, ok := e.elsewhere[region]; ok {
		return s
	}
	return e.usual
}

// scripts are those that a tag may mean: the one it names or its region is known for,
// else the usual one and then those of other regions.
func (e cldrEntry) scripts(t subtags) []lang.Script {
	switch {
	case t.script != "":
		return []lang.Script{t.script}
	case e.usual == "":
		return nil
	case t.region != "":
		return []lang.Script{e.script(t.region)}
	}
	scripts := []lang.Script{e.usual}
	for _, s := range e.elsewhere {
		if !slices.Contains(scripts, s) {
			scripts = append(scripts, s)
		}
	}
	slices.Sort(scripts[1:])
	return scripts
}

// cldr is the table by code, each language under all of its codes.
var cldr = sync.OnceValue(func() map[string]cldrEntry {
	table := map[string]cldrEntry{}
	for line := range strings.Lines(cldrFile) {
		fields := strings.Split(strings.TrimSuffix(line, "\n"), "|")
		codes := strings.Fields(fields[0])
		entry := cldrEntry{code: codes[0], usual: lang.Script(fields[1])}
		if named := len(fields) > 2; named {
			for _, pair := range strings.Fields(fields[2]) {
				region, script, _ := strings.Cut(pair, ":")
				if entry.elsewhere == nil {
					entry.elsewhere = map[string]lang.Script{}
				}
				entry.elsewhere[region] = lang.Script(script)
			}
			entry.names = Names{En: fields[3], Zh: fields[4], Own: fields[5]}
		}
		for _, code := range codes {
			if entry.names.En == "" {
				entry.code = code // a line of languages without names lists many
			}
			table[code] = entry
		}
	}
	return table
})
