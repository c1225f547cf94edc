package grammar

import "testing"

// TestJapaneseForms has the forms of each class of word, with the irregular ones.
func TestJapaneseForms(t *testing.T) {
	for _, x := range []struct{ word, forms, form, want string }{
		{"食べる", "group=2", "masu", "食べます"}, {"食べる", "group=2", "nakatta", "食べなかった"},
		{"書く", "group=1", "te", "書いて"}, {"泳ぐ", "group=1", "ta", "泳いだ"}, {"話す", "group=1", "te", "話して"},
		{"待つ", "group=1", "nai", "待たない"}, {"買う", "group=1", "nai", "買わない"}, {"買う", "group=1", "ni", "買いに"},
		{"死ぬ", "group=1", "ta", "死んだ"}, {"呼ぶ", "group=1", "tara", "呼んだら"}, {"読む", "group=1", "teimasu", "読んでいます"},
		{"走る", "group=1", "te", "走って"}, {"行く", "group=1", "te", "行って"}, {"持って行く", "group=1", "ta", "持って行った"},
		{"勉強する", "group=3", "masen", "勉強しません"}, {"する", "group=3", "te", "して"}, {"来る", "group=3", "mashita", "来ました"},
		{"来る", "group=3", "nai", "来ない"}, {"食べる", "group=2", "tai", "食べたい"}, {"行く", "group=1", "nakereba", "行かなければ"},
		{"降る", "group=1", "nakattara", "降らなかったら"}, {"住む", "group=1", "teimasen", "住んでいません"},
		{"赤い", "i=1", "masen", "赤くないです"}, {"赤い", "i=1", "attr", "赤い"}, {"良い", "i=1", "adv", "良く"}, {"高い", "i=1", "mashita", "高かったです"},
		{"静か", "na=1", "attr", "静かな"}, {"静か", "na=1", "masen", "静かではありません"}, {"緑", "no=1", "attr", "緑の"}, {"静か", "na=1", "nai", "静かではない"},
		{"太った", "ta=1", "attr", "太った"}, {"太った", "ta=1", "masu", "太っています"}, {"澄んだ", "ta=1", "masen", "澄んでいません"}, {"太った", "ta=1", "nai", "太っていない"},
		{"熱い", "i=1;air=暑い", "air+masu", "暑いです"}, {"涼しい", "i=1", "air+masen", "涼しくないです"}, {"月曜日", "p=に", "when", "月曜日に"},
		{"食べる", "group=2", "no such form", ""}, {"本", "ctr=冊", "masu", ""}, {"kau", "group=1", "masu", ""},
	} {
		words := []Word{{Text: x.word}}
		e := &Entry{words: map[string][]Word{"ja": words}, forms: map[string]map[string]string{"ja": readForms(x.forms, words, false)}}
		got := ""
		if texts := japaneseForm(e, x.form); len(texts) > 0 {
			got = texts[0]
		}
		if got != x.want {
			t.Errorf("%s (%s) in the form %q: %q, want %q", x.word, x.forms, x.form, got, x.want)
		}
	}
}

// TestEveryWordHasJapanese: the column is full, and every verb and adjective has its forms.
func TestEveryWordHasJapanese(t *testing.T) {
	for _, e := range Everyday().Lexicon.Entries {
		form := map[string]string{"verb": "masu", "adj": "attr"}[e.Cat]
		if len(japaneseForm(e, form)) == 0 {
			t.Errorf("%s has no Japanese %s", e.Key, form)
		}
	}
}
