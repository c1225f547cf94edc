package token

import (
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dlclark/regexp2"
)

// Every scanner equals the backtracking engine on its pattern, on characters
// of every class thrown together. (Not on the long s, which Oniguruma takes for
// an s and this engine does not: the goldens have it.)
func TestScannersEqualTheirPatterns(t *testing.T) {
	chars := strings.Split("a|b|X|Y| | |\n|\r|\t|.|,|'|'s|'LL|'ve|-|_|(|)|1|2|༣|བ|ོ|ད|་|༌|།|༎|༔|ཾ|༵|༹|༾|྅|ༀ|༄|྾|࿆|༽|中|文|々|〇|，|𠀀|豈|の|カ|ー|１|ع|َ|،|é|\u0301|ß|ह|ि|न|한|😀|❤|\ufe0f|\u200d|\u00a0|\u3000|\u2028|\u0085|½|Ⅷ|\x00|\ufffd|\xff|\xe0\xbd", "|")
	r := rand.New(rand.NewPCG(3, 4))
	for pattern, s := range knownPatterns {
		// .NET has no possessive counts; nothing in these patterns can
		// give back what they took.
		plain := strings.NewReplacer("?+", "?", "]++", "]+").Replace(pattern)
		reference := &regexpMatcher{regexp2.MustCompile(plain, regexp2.None)}
		for range 1500 {
			var text strings.Builder
			some := chars[r.IntN(len(chars)-4):][:4]
			for range r.IntN(24) {
				pool := some
				if r.IntN(3) == 0 {
					pool = chars
				}
				text.WriteString(strings.Repeat(pool[r.IntN(len(pool))], 1+r.IntN(2)))
			}
			var want, got [][2]int
			reference.each(text.String(), func(from, to int) { want = append(want, [2]int{from, to}) })
			knownMatcher{s}.each(text.String(), func(from, to int) { got = append(got, [2]int{from, to}) })
			if !slices.Equal(got, want) {
				t.Fatalf("%s\non %q\n got %v\nwant %v", pattern, text.String(), got, want)
			}
		}
	}
}

// adversarial are texts of a quarter megabyte that make a careless tokenizer take the
// square of their length.
var adversarial = func() map[string]string {
	const size = 1 << 18
	r := rand.New(rand.NewPCG(5, 6))
	noise := make([]byte, size)
	for i := range noise {
		noise[i] = byte(r.Uint32())
	}
	fill := func(s string) string { return strings.Repeat(s, size/len(s)) }
	return map[string]string{
		"one word":         fill("a"),
		"one syllable":     fill("ཀ"),
		"vowel signs":      fill("ི"),
		"spaces":           fill(" "),
		"spaces, newlines": fill(" ") + "\n" + fill(" ") + "x",
		"newlines":         fill("\r\n"),
		"tshegs":           fill("་"),
		"shads":            fill("།"),
		"digits":           fill("7"),
		"Chinese":          fill("中文字"),
		"apostrophes":      fill("'"),
		"half markers":     fill("<|im_"),
		"symbols":          fill("!"),
		"accents":          fill("\u0301\u0316"),
		"noise":            string(noise),
		"abab":             fill("ab"),
	}
}()

func TestLinearTime(t *testing.T) {
	if testing.Short() || runtime.GOOS == "js" {
		t.Skip("encodes 20 MB; not with -short, nor in js/wasm")
	}
	for _, name := range goldenTables {
		tok := loadTable(t, name)
		for kind, text := range adversarial {
			start := time.Now()
			ids := tok.Encode(text)
			if took := time.Since(start); took > 20*time.Second {
				t.Errorf("%s, %s: %v for %d bytes", name, kind, took, len(text))
			}
			if slices.Contains(exact, name) && tok.Decode(ids) != text {
				t.Errorf("%s, %s: does not come back", name, kind)
			}
		}
	}
}

// Heap and repeated search are two ways to the same ids.
func TestLongAndShortMergesAgree(t *testing.T) {
	tok := loadTable(t, "tibetan")
	r := rand.New(rand.NewPCG(7, 8))
	for range 300 {
		var piece strings.Builder
		for range 1 + r.IntN(60) {
			piece.WriteString(tok.bytes[r.IntN(tok.VocabSize())])
		}
		ids := tok.bpe.symbols(nil, piece.String())
		long := tok.bpe.mergeLong(nil, slices.Clone(ids), new(work))
		var short []int
		for _, id := range tok.bpe.mergeShort(slices.Clone(ids), new(work)) {
			short = append(short, int(id))
		}
		if !slices.Equal(long, short) {
			t.Fatalf("%q: heap %v, search %v", piece.String(), long, short)
		}
	}
}

// Windows change no match, wherever their borders fall.
func TestWindowsChangeNothing(t *testing.T) {
	m, err := compilePattern(`(?<=b)a+|[\r\n]+|\s+(?!\S)|\w{1,7}`)
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Repeat("ba aa  \n\nབོད་ aaab   ", 2000) + strings.Repeat("a", 3*windowRunes)
	runes, offsets := decodeRunes(text)
	var want, got [][2]int
	re := m.(*regexpMatcher).re
	found, err := re.FindRunesMatch(runes)
	for ; err == nil && found != nil; found, err = re.FindNextMatch(found) {
		want = append(want, [2]int{offsets[found.Index], offsets[found.Index+found.Length]})
	}
	if err != nil {
		t.Fatal(err)
	}
	m.each(text, func(from, to int) { got = append(got, [2]int{from, to}) })
	if !slices.Equal(got, want) {
		t.Errorf("%d matches in windows, %d in one go", len(got), len(want))
	}
}

// A pattern that never ends on some text is given up, not waited for.
func TestPatternThatExplodes(t *testing.T) {
	if runtime.GOOS == "js" {
		t.Skip("in js/wasm nothing interrupts a running match")
	}
	m, err := compilePattern(`(a+)+\d`)
	if err != nil {
		t.Fatal(err)
	}
	m.(*regexpMatcher).re.MatchTimeout = 50 * time.Millisecond
	start := time.Now()
	m.each(strings.Repeat("a", 2000)+"b1", func(from, to int) {})
	if took := time.Since(start); took > 20*time.Second {
		t.Errorf("took %v", took)
	}
}
