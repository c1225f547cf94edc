package hub_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/dongyur/dongyur/core/hub"
	"github.com/dongyur/dongyur/core/vote"
)

const root = "../.."

// sources are the light pages and their scripts by name.
func sources(t *testing.T) map[string]string {
	t.Helper()
	list := map[string]string{}
	for _, pattern := range []string{"*.js", "*.html"} {
		names, err := filepath.Glob(filepath.Join(root, "assets", "hub", pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			content, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			list[filepath.Base(name)] = string(content)
		}
	}
	return list
}

// What the light pages say, they say in Chinese too, and nothing else is translated.
func TestPagesSpeakChinese(t *testing.T) {
	data, err := os.ReadFile(filepath.Join(root, "assets", "hub", "zh.json"))
	if err != nil {
		t.Fatal(err)
	}
	var chinese map[string]string
	if err := json.Unmarshal(data, &chinese); err != nil {
		t.Fatal(err)
	}
	said := map[string]bool{}
	for _, pattern := range []*regexp.Regexp{regexp.MustCompile(`T\("([^"]+)"`), regexp.MustCompile(`data-say="([^"]+)"`), regexp.MustCompile(`\? T\("[^"]+"\) : T\("([^"]+)"`)} {
		for _, content := range sources(t) {
			for _, m := range pattern.FindAllStringSubmatch(content, -1) {
				said[m[1]] = true
			}
		}
	}
	for _, category := range vote.Categories {
		said[category] = true
	}
	script := sources(t)["vote.js"] + sources(t)["share.js"]
	for english := range chinese {
		if !said[english] && strings.Contains(script, `"`+english+`"`) {
			said[english] = true // in a list that is said item by item
		}
		if !said[english] {
			t.Errorf("assets/hub/zh.json translates %q, which no page says", english)
		}
	}
	for english := range said {
		if chinese[english] == "" {
			t.Errorf("%q has no translation in assets/hub/zh.json", english)
		}
		if strings.Count(english, "%s") != strings.Count(chinese[english], "%s") {
			t.Errorf("%q and its translation take different arguments", english)
		}
	}
	for _, category := range vote.Categories {
		if !strings.Contains(script, `"`+category+`"`) {
			t.Errorf("vote.js does not offer the category %q", category)
		}
	}
	for _, choice := range vote.Choices {
		if !strings.Contains(script, `["`+string(choice)+`", `) {
			t.Errorf("vote.js does not offer the choice %q", choice)
		}
	}
}

// The light pages load nothing from elsewhere, run no text as markup or code, and stay
// light.
func TestPagesAreSafeAndLight(t *testing.T) {
	for _, file := range hub.Pages {
		if _, err := os.Stat(filepath.Join(root, file)); err != nil {
			t.Error(err)
		}
	}
	total := 0
	for name, content := range sources(t) {
		total += len(content)
		for _, bad := range []string{"innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function", "http://", "https://", "style=", "onclick=\"", "cookie"} {
			if strings.Contains(content, bad) && !(name == "privacy.html" && bad == "cookie") {
				t.Errorf("%s holds %q", name, bad)
			}
		}
		if strings.Contains(content, "<script") && !regexp.MustCompile(`<script type="module" src="/assets/hub/[a-z]+\.js"></script>`).MatchString(content) {
			t.Errorf("%s has another script", name)
		}
	}
	if total > 80_000 {
		t.Errorf("all light pages together have %d bytes", total)
	}
}
