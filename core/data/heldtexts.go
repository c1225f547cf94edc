package data

import (
	_ "embed"
	"strings"
)

// The texts were written for this project and are given to the public domain
// (CC0-1.0): see starter/README.md.
var (
	//go:embed starter/held-en.txt
	heldEnglish string
	//go:embed starter/held-zh.txt
	heldChinese string
)

// HeldTexts are short everyday texts in English and Chinese, one paragraph each, that
// nothing trains on: the alignment tax is measured on them where the user gives none.
func HeldTexts() map[string][]string {
	return map[string][]string{
		"en": strings.Split(strings.TrimSpace(heldEnglish), "\n"),
		"zh": strings.Split(strings.TrimSpace(heldChinese), "\n"),
	}
}
