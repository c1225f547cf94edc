package grammar

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/dongyur/dongyur/core/lang"
)

// TestParseContainsMeaning is the property that everything else rests on: what Generate
// says of a meaning, Parse finds again, in every language and wording.
func TestParseContainsMeaning(t *testing.T) {
	g := Everyday()
	for seed := range uint64(4) {
		sentences, err := g.Generate(seed, 500, Filter{})
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range sentences {
			for tag, text := range s.Texts {
				if !contains(g.Parse(tag, text), s.Meaning) {
					t.Errorf("%s %q does not mean %s", tag, text, s.Meaning)
				}
				if exact, slots, wellFormed := g.Score(s.Meaning, tag, text); !exact || slots != 1 || !wellFormed {
					t.Errorf("%s %q: score %v %v %v", tag, text, exact, slots, wellFormed)
				}
			}
		}
	}
}

func contains(meanings []Meaning, m Meaning) bool {
	return slices.ContainsFunc(meanings, m.Equal)
}

// TestWordingsHaveEverything writes every frame in every wording that its productions
// have, so that none is reached by luck alone.
func TestEveryFrameIsWritten(t *testing.T) {
	g := Everyday()
	for _, f := range g.Frames {
		if !slices.ContainsFunc(f.Categories, func(c string) bool { return slices.Contains(g.set.tops, c) }) {
			continue
		}
		sentences, err := g.Generate(1, 5, Filter{Frames: []string{f.Name}})
		if len(sentences) < 2 {
			t.Errorf("%s: %d sentences: %v", f.Name, len(sentences), err)
		}
	}
}

// TestSlotsHaveFillers wants three words or frames at least for every slot.
func TestSlotsHaveFillers(t *testing.T) {
	g := Everyday()
	for _, f := range g.Frames {
		for _, p := range f.parts {
			if p.category == "" {
				continue
			}
			fixed := len(p.allows) > 0 && !slices.ContainsFunc(p.allows, func(a string) bool { return a[0] != '=' })
			if n := g.countFillers(f, p); n < 3 && !fixed && g.entries[p.category] != nil && len(g.entries[p.category]) > 3 {
				t.Errorf("%s: frame %s: slot %s has %d fillers", f.line, f.Name, p.name, n)
			}
		}
	}
}

func (g *Grammar) countFillers(f *Frame, p framePart) int {
	n := 0
	for _, e := range g.entries[p.category] {
		for _, allowed := range p.allows {
			if feature, ok := strings.CutPrefix(allowed, "$"); ok && slices.Contains(f.part(feature).values, e.Kind) {
				n++
			}
		}
		if e.meets([]need{p.allows}) {
			n++
		}
	}
	return n
}

// TestTibetanIsSpelt holds what is generated against the rules of spelling.
func TestTibetanIsSpelt(t *testing.T) {
	sentences, err := Everyday().Generate(3, 1000, Filter{Languages: []string{"bo"}})
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range sentences {
		if problems := lang.Spelling(s.Texts["bo"]); len(problems) > 0 {
			p := problems[0]
			t.Errorf("%s: %q at %q", s.Texts["bo"], p.Kind, s.Texts["bo"][p.Start:p.End])
		}
		if problems := lang.Check(s.Texts["bo"]); len(problems) > 0 {
			t.Errorf("%s: %v", s.Texts["bo"], problems)
		}
	}
}

// TestParseForgivesWriting takes what is not the answer's meaning: spaces, punctuation,
// case, width, and a missing or doubled shad.
func TestParseForgivesWriting(t *testing.T) {
	g := Everyday()
	sentences, err := g.Generate(5, 200, Filter{})
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range sentences {
		for tag, text := range s.Texts {
			for _, written := range []string{
				" " + text + "\n", strings.TrimRight(text, "།.。？！?!"), text + text[len(text):] + " ", strings.ToUpper(text),
				strings.ReplaceAll(text, ",", "，"), strings.ReplaceAll(text, " ", "\u00a0"), strings.ReplaceAll(text, "'", "’"), strings.ReplaceAll(text, "།", "༎"),
			} {
				if !contains(g.Parse(tag, written), s.Meaning) {
					t.Errorf("%s %q does not mean %s", tag, written, s.Meaning)
				}
			}
		}
	}
}

// TestSplitsShareNothing generates every split and looks for a meaning or a text in two.
func TestSplitsShareNothing(t *testing.T) {
	g := Everyday()
	where := map[string]string{}
	for i, split := range Splits {
		sentences, err := g.Generate(uint64(i), 400, Filter{Split: split})
		if err != nil {
			t.Fatalf("%s: %v", split, err)
		}
		for _, s := range sentences {
			if g.Split(s.Meaning) != split || s.Split != split {
				t.Errorf("%s is of %s, not %s", s.Meaning, g.Split(s.Meaning), split)
			}
			keys := []string{s.Meaning.String()}
			for tag, text := range s.Texts {
				keys = append(keys, tag+text)
			}
			for _, key := range keys {
				if other, ok := where[key]; ok && other != split {
					t.Errorf("%q is in %s and in %s", key, other, split)
				}
				where[key] = split
			}
			if f := g.byName[s.Meaning.Head]; split == Train && !f.Introduces && g.hasHeldWord(s.Meaning) {
				t.Errorf("training has a held-out word: %s", s.Meaning)
			}
		}
	}
}

// TestGenerateIsRepeatable wants the same sentences of a seed, and others of another.
func TestGenerateIsRepeatable(t *testing.T) {
	g := Everyday()
	texts := func(seed uint64) string {
		sentences, err := g.Generate(seed, 50, Filter{})
		if err != nil {
			t.Fatal(err)
		}
		return fmt.Sprint(sentences)
	}
	if once, again := texts(1), texts(1); once != again {
		t.Error("one seed gave two sets")
	}
	if texts(1) == texts(2) {
		t.Error("two seeds gave one set")
	}
}

// TestParsesFast wants the speed of a reward; a tenth of it, for slow machines.
func TestParsesFast(t *testing.T) {
	g := Everyday()
	sentences, err := g.Generate(9, 1000, Filter{})
	if err != nil {
		t.Fatal(err)
	}
	start, count := time.Now(), 0
	for _, s := range sentences {
		for tag, text := range s.Texts {
			g.Parse(tag, text)
			count++
		}
	}
	if rate := float64(count) / time.Since(start).Seconds(); rate < 1000 {
		t.Errorf("%.0f parses a second", rate)
	}
}

// TestMeaningText reads what String writes, and refuses what is damaged.
func TestMeaningText(t *testing.T) {
	sentences, err := Everyday().Generate(11, 300, Filter{Languages: []string{"en"}})
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range sentences {
		m, err := ParseMeaning(s.Meaning.String())
		if err != nil || !m.Equal(s.Meaning) {
			t.Errorf("%s: read as %s: %v", s.Meaning, m, err)
		}
	}
	for _, damaged := range []string{"", "A(", "A(b)", "A(b=)", "A(b=c", "A(b=c))", "A(b=c) d", "(b=c)", strings.Repeat("A(b=", 99)} {
		if m, err := ParseMeaning(damaged); err == nil {
			t.Errorf("%q was read as %s", damaged, m)
		}
	}
}

// TestLoadRefuses wants an error with file and line for each way to write frames wrongly.
func TestLoadRefuses(t *testing.T) {
	const lexicon = "key\tcat\tkind\tbo\tzh\ten\ndog\tnoun\tanimal\tཁྱི\t狗\tdog\nbark\tverb\tintr\tཟུག\t叫\tbark\n"
	const good = "top clause\nfeature tense past now\nframe A clause\n  who: noun\n  bo: {who} ཡོད\n  zh: 有{who}\n  en: there is {who}\n"
	for _, row := range []struct{ frames, want string }{
		{good, ""},
		{"frame a clause\n  who: noun\n", "capital"},
		{"frames A\n", "no heading"},
		{good + "frame A clause\n", "twice"},
		{"  who: noun\n", "without a frame"},
		{"frame A clause\n  who: animal\n", "category"},
		{strings.Replace(good, "who: noun", "who: noun(=cat)", 1), "no key"},
		{strings.Replace(good, "{who} ཡོད", "ཡོད", 1), "does not show the slot who"},
		{strings.Replace(good, "  bo:", "  tense: past now\n  bo:", 1), "does not say the feature tense"},
		{strings.Replace(good, "{who} ཡོད", "{what} ཡོད", 1), "no slot"},
		{strings.Replace(good, "{who} ཡོད", "{who ཡོད", 1), "not closed"},
		{strings.Replace(good, "{who} ཡོད", "({who} ཡོད", 1), "not closed"},
		{strings.Replace(good, "{who} ཡོད", "[{who}] ཡོད", 1), "no optional slot"},
		{strings.Replace(good, "{who} ཡོད", "{who:end(tense)} ཡོད", 1), "no such table"},
		{good + "frame B clause\n  who: noun\n  bo: {who} ཡོད\n  en: there is {who}\n", "no wording in zh"},
		{strings.Replace(good, "  zh: 有{who}\n", "", 1) + "words zh\n  A: 有{who}\n", ""},
		{good + "words zh\n  B: 有{who}\n", "no frame \"B\""},
		{good + "words zh\n  A\n", "no colon"},
		{good + "words xx\n", "no heading"},
		{"top clause\nframe A clause\n  who: clause\n  bo: {who} ཡོད\n  zh: {who}\n  en: {who}\n", "begins with itself"},
	} {
		g, err := Load(fstest.MapFS{"lexicon.tsv": {Data: []byte(lexicon)}, "frames.txt": {Data: []byte(row.frames)}}, "frames")
		if err == nil {
			err = g.Check()
		}
		switch {
		case row.want == "" && err != nil:
			t.Errorf("good frames: %v", err)
		case row.want != "" && (err == nil || !strings.Contains(err.Error(), row.want)):
			t.Errorf("%q: error %v, want %q", row.frames, err, row.want)
		}
	}
}

// FuzzParse wants no panic and no long search, whatever is parsed.
func FuzzParse(f *testing.F) {
	g := Everyday()
	sentences, err := g.Generate(13, 30, Filter{})
	if err != nil {
		f.Fatal(err)
	}
	random := rand.New(rand.NewPCG(1, 1))
	for _, s := range sentences {
		for _, text := range s.Texts {
			f.Add(text)
			words := strings.Split(text, " ")
			random.Shuffle(len(words), func(i, j int) { words[i], words[j] = words[j], words[i] })
			f.Add(strings.Repeat(strings.Join(words, " "), 20))
		}
	}
	f.Add("\xff\xfe་་།")
	f.Fuzz(func(t *testing.T, text string) {
		start := time.Now()
		for _, tag := range g.Languages() {
			for _, m := range g.Parse(tag, text) {
				if _, err := g.Say(m, tag, nil); err != nil {
					t.Errorf("%q means %s, which cannot be said: %v", text, m, err)
				}
			}
			g.Score(sentences[0].Meaning, tag, text)
		}
		if took := time.Since(start); took > 5*time.Second {
			t.Errorf("%q took %s", text, took)
		}
	})
}

// TestHonorificIsUnderstood reads honorific wordings, which are not written, as the plain
// ones are.
func TestHonorificIsUnderstood(t *testing.T) {
	g := Everyday()
	for _, row := range []struct{ plain, honorific string }{
		{"ཨ་མ་ལྷ་ས་ལ་ཕྱིན་པ་རེད།", "ཡུམ་ལྷ་ས་ལ་ཕེབས་པ་རེད།"},
		{"ཁོས་སློབ་མ་ལ་སྨྱུ་གུ་གཉིས་སྤྲད་པ་རེད།", "ཁོས་སློབ་མ་ལ་སྨྱུ་གུ་གཉིས་གནང་བ་རེད།"},
	} {
		plain, honorific := g.Parse("bo", row.plain), g.Parse("bo", row.honorific)
		if len(plain) == 0 || !slices.EqualFunc(plain, honorific, Meaning.Equal) {
			t.Errorf("%s means %v, %s means %v", row.plain, plain, row.honorific, honorific)
		}
	}
}
