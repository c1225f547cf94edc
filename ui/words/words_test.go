package words

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/dongyur/dongyur/core/lang"
	"github.com/dongyur/dongyur/core/language"
)

func TestSpeak(t *testing.T) {
	defer Speak("en", nil)
	if err := Speak("zh", []byte(`{"Train": "训练", "%d of %s": "%[2]s 之 %[1]d"}`)); err != nil {
		t.Fatal(err)
	}
	for english, want := range map[string]string{"Train": "训练", "Pause": "Pause"} {
		if got := T(english); got != want {
			t.Errorf("T(%q) = %q, want %q", english, got, want)
		}
	}
	if got, want := T("%d of %s", 3, "ten"), "ten 之 3"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if err := Speak("bo", []byte("{")); err == nil || Language() != "zh" {
		t.Errorf("a broken file gave error %v and the language %q", err, Language())
	}
}

// spoken are the English texts in the page's code.
func spoken(t *testing.T) map[string]string {
	t.Helper()
	texts := map[string]string{}
	for _, pattern := range []string{"../*.go", "../*/*.go"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			tree, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			ast.Inspect(tree, func(n ast.Node) bool {
				if text, ok := said(n); ok {
					texts[text] = file
				}
				return true
			})
		}
	}
	return texts
}

// said is the text of a call of T or N with a literal.
func said(n ast.Node) (string, bool) {
	call, ok := n.(*ast.CallExpr)
	if !ok || len(call.Args) == 0 {
		return "", false
	}
	switch f := call.Fun.(type) {
	case *ast.Ident:
		ok = f.Name == "T" || f.Name == "N"
	case *ast.SelectorExpr:
		ok = f.Sel.Name == "T" || f.Sel.Name == "N"
	}
	literal, isLiteral := call.Args[0].(*ast.BasicLit)
	if !ok || !isLiteral || literal.Kind != token.STRING {
		return "", false
	}
	text, err := strconv.Unquote(literal.Value)
	return text, err == nil
}

var verb = regexp.MustCompile(`%(\[\d+\])?[-+# 0-9.]*[a-zA-Z%]`)

// TestChinese checks that everything the page says is translated, with the same
// verbs, and that nothing is kept that it no longer says.
func TestChinese(t *testing.T) {
	texts := spoken(t)
	if len(texts) < 40 {
		t.Fatalf("only %d texts were found in the code", len(texts))
	}
	data, err := os.ReadFile("../../assets/words/zh.json")
	if err != nil {
		t.Fatal(err)
	}
	var chinese map[string]string
	if err := json.Unmarshal(data, &chinese); err != nil {
		t.Fatal(err)
	}
	for text, file := range texts {
		translated, ok := chinese[text]
		if !ok || strings.TrimSpace(translated) == "" {
			t.Errorf("%s: %q has no translation in assets/words/zh.json", file, text)
			continue
		}
		if a, b := len(verb.FindAllString(text, -1)), len(verb.FindAllString(translated, -1)); a != b {
			t.Errorf("%q has %d verbs and its translation %q has %d", text, a, translated, b)
		}
	}
	for text := range chinese {
		if _, ok := texts[text]; !ok {
			t.Errorf("assets/words/zh.json translates %q, which the page does not say", text)
		}
	}
}

// TestTibetan checks that the few Tibetan words are of texts that the page says, and
// Tibetan throughout.
func TestTibetan(t *testing.T) {
	texts := spoken(t)
	data, err := os.ReadFile("../../assets/words/bo.json")
	if err != nil {
		t.Fatal(err)
	}
	var tibetan map[string]string
	if err := json.Unmarshal(data, &tibetan); err != nil || len(tibetan) == 0 {
		t.Fatalf("%d words, error %v", len(tibetan), err)
	}
	for text, word := range tibetan {
		if _, ok := texts[text]; !ok {
			t.Errorf("assets/words/bo.json translates %q, which the page does not say", text)
		}
		if language.Share(word, "bo") != 1 || len(lang.Check(word)) > 0 {
			t.Errorf("%q is %q, which is not Tibetan throughout or is misspelt: %v", text, word, lang.Check(word))
		}
	}
}
