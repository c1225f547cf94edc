package data

import (
	"slices"
	"strings"
)

// Fields of an example that a column may fill, and two that say how done a row is.
const (
	columnID         = "id"
	columnTask       = "task"
	columnSource     = "source"
	columnReference  = "reference"
	columnSourceLang = "source_lang"
	columnTargetLang = "target_lang"
	columnSplit      = "split"
	columnFuzzy      = "fuzzy"
	columnState      = "state"
)

// exampleColumns are the fields that Write writes.
var exampleColumns = []string{columnID, columnTask, columnSource, columnReference, columnSourceLang, columnTargetLang, columnSplit}

// mappable are the fields that a caller may map a column to.
var mappable = append(slices.Clone(exampleColumns), columnFuzzy, columnState)

// Names that people and programs give columns, best first. Weblate writes source and
// target, Crowdin Source string and Translation, gettext msgid and msgstr, Hugging
// Face's sets prompt and completion or instruction and output.
var (
	sourceNames    = []string{"source", "src", "source string", "source text", "source segment", "msgid", "input", "prompt", "question", "text", "原文", "源文", "源语言", "源语", "instruction"}
	referenceNames = []string{"reference", "ref", "target", "tgt", "target string", "target text", "target segment", "msgstr", "output", "completion", "response", "answer", "chosen", "translation", "译文", "目标语言", "目标语", "翻译"}
	bodyNames      = []string{"body", "article", "content", "news", "正文"}
	titleNames     = []string{"title", "headline", "summary", "标题"}
	stateNames     = []string{columnState, "status", "conf", "状态"}
	// remarkNames are headers of columns that no field takes; they tell a row of names.
	remarkNames = []string{"note", "notes", "comment", "comments", "context", "location", "key", "remark", "备注", "注释", "说明", "上下文",
		"translator_comments", "developer_comments", "msgctxt", "domain", "category", "no", "no.", "#", "序号", "编号"}
)

// languageNames are headers that name a language, which then is the column's.
var languageNames = map[string]string{
	"bo": "bo", "bod": "bo", "tib": "bo", "tibetan": "bo", "བོད་ཡིག": "bo", "བོད་སྐད": "bo", "藏文": "bo", "藏语": "bo",
	"zh": "zh", "zho": "zh", "chi": "zh", "cmn": "zh", "chinese": "zh", "རྒྱ་ཡིག": "zh", "རྒྱ་སྐད": "zh", "中文": "zh", "汉语": "zh", "汉文": "zh",
	"en": "en", "eng": "en", "english": "en", "དབྱིན་ཡིག": "en", "དབྱིན་སྐད": "en", "英文": "en", "英语": "en",
}

// headerKey makes a name comparable: case, underscores, spaces and the final tsheg or shad do not count.
func headerKey(name string) string {
	name = strings.ToLower(strings.TrimSpace(name))
	name = strings.ReplaceAll(name, "_", "-")
	return strings.TrimRight(name, "་།: ")
}

// headerLanguage is the language that a header names, or "": a tag (zh, bo-CN, zh_Hans,
// bod_Tibt), a name, either with the other in brackets, as in Chinese (Simplified), or
// after a key, as in translation.zh.
func headerLanguage(name string, asked ...string) string {
	name = name[strings.LastIndexByte(name, '.')+1:]
	before, inside, _ := strings.Cut(name, "(")
	for _, part := range []string{name, before, strings.TrimSuffix(inside, ")")} {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		for _, tag := range asked {
			if tag != "" && headerKey(part) == headerKey(tag) {
				return tag
			}
		}
		if languageNames[headerKey(part)] != "" {
			return languageNames[headerKey(part)]
		}
		first, rest, found := strings.Cut(headerKey(part), "-")
		if found && languageNames[first] != "" && len(first) <= 3 && len(rest) <= 8 {
			return part
		}
	}
	return ""
}

// plainTag is the language of a tag without its region and script, by its shorter
// code: "bod-CN" and "bo" are one.
func plainTag(tag string) string {
	first, _, _ := strings.Cut(headerKey(tag), "-")
	if code := languageNames[first]; code != "" {
		return code
	}
	return first
}

// plainLanguage is the language of an example: as it was asked for, when it is that.
func plainLanguage(tag, asked string) string {
	if asked != "" && plainTag(tag) == plainTag(asked) {
		return asked
	}
	return plainTag(tag)
}
