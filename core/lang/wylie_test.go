package lang

import (
	"bufio"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestWylieGolden compares with testdata/wylie.json, made by pyewts 1.0.0.
func TestWylieGolden(t *testing.T) {
	var golden struct {
		Rows []struct{ Wylie, Tibetan, Back string }
	}
	raw, err := os.ReadFile("testdata/wylie.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(raw, &golden); err != nil {
		t.Fatal(err)
	}
	if len(golden.Rows) < 300 {
		t.Fatalf("%d rows, want 300 or more", len(golden.Rows))
	}
	for _, row := range golden.Rows {
		if got, _ := FromWylie(row.Wylie); got != row.Tibetan {
			t.Errorf("FromWylie(%q) = %q, want %q", row.Wylie, got, row.Tibetan)
		}
		if got, _ := ToWylie(row.Tibetan); got != row.Back {
			t.Errorf("ToWylie(%q) = %q, want %q", row.Tibetan, got, row.Back)
		}
	}
}

func TestFromWylie(t *testing.T) {
	for _, c := range []struct {
		name, wylie, want string
		warned            bool
	}{
		{"empty", "", "", false},
		{"space after a shad is a space", "bde legs/ ka", "བདེ་ལེགས། ཀ", false},
		{"dot parts letters", "g.yag b.la", "གཡག་བལ", false},
		{"dot parts vowels", "ka.i", "ཀཨི", false},
		{"other spellings", "dharma -ta -sha", "དྷརྨ་ཊ་ཥ", false},
		{"vowels twice", "dro+e", "དྲོེ", false},
		{"brackets", `[a\]b\\c] ka`, `a]b\c་ཀ`, false},
		{"escapes", `\u0f00 \U00020000`, "ༀ་𠀀", false},
		{"visarga ends a syllable", "hrIHdkar", "ཧྲཱིཿདཀར", false},
		{"no vowel", "bk", "བཀ", true},
		{"not Wylie", "qa", "qཨ", true},
		{"prefix that is none", "mba", "མབ", true},
		{"suffix that is none", "gatsh", "གཚ", true},
		{"three suffixes", "gangsl", "གངསལ", true},
		{"bracket left open", "[abc", "abc", true},
		{"mark after the vowel", "phi^ pha^ tso^+i", "ཕི༹་ཕ༹་ཙོི༹", false},
		{"a second mark", "ph^i^", "ཕི༹^", true},
		{"several spaces", "ka  kha   ga/  ka", "ཀ་ཁ་ག།  ཀ", false},
		{"retroflex of other schemes", "k.Sa Sa", "ཀཥ་ཥ", true},
		{"capitals of names", "Bod Kha O", "བོད་ཁ་ཨོ", true},
		{"capitals that are letters", "Ta Tha Da Na Sha Ra Wa Ya", "ཊ་ཋ་ཌ་ཎ་ཥ་ཪ་ཝ་ཡ", false},
		{"w below", "ngwa bngwa lngwa nwa", "ངྭ་བངྭ་ལྔྭ་ནྭ", true},
		{"w below, tied", "ng+wa", "ངྭ", false},
		{"backslash at the end", `ka\`, `ཀ\`, true},
		{"plus without a letter", "ka+", "ཀ+", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, warnings := FromWylie(c.wylie)
			if got != NFC(c.want) {
				t.Errorf("%q gives %q, want %q", c.wylie, got, c.want)
			}
			if (len(warnings) > 0) != c.warned {
				t.Errorf("warnings %v, want some: %t", warnings, c.warned)
			}
		})
	}
}

func TestToWylie(t *testing.T) {
	for _, c := range []struct{ name, tibetan, want string }{
		{"syllables", "བོད་སྐད།", "bod skad/"},
		{"root of three letters", "དགས་མངས་དབས", "dgas mangs dbas"},
		{"dot after a prefix", "གཡུ་བརྒྱད", "g.yu brgyad"},
		{"other scripts", "ཀ་ A [1] མི", `ka _[A \[1\]]_mi`},
		{"signs in the air", "\u0F72ཀ", `\u0f72ka`},
		{"tshegs in a row", "ཀ་་་ཁ", `ka \u0f0b kha`},
		{"tsheg after a shad", "།་ཀ", `/\u0f0bka`},
		{"signs below first", "བྲེུ", "bru+e"},
		{"tsa phru", "ཕོ༹", "fo"},
		{"invisible", "ཀ\u200Bཁ", `ka[\u200b]kha`},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, _ := ToWylie(c.tibetan)
			if got != c.want {
				t.Errorf("%q gives %q, want %q", c.tibetan, got, c.want)
			}
			if back, _ := FromWylie(got); back != NFC(c.tibetan) {
				t.Errorf("%q comes back as %q", c.tibetan, back)
			}
		})
	}
}

// oneShad writes runs of shads as Wylie does, which cannot tell ༎ from །།.
func oneShad(s string) string { return strings.ReplaceAll(s, "༎", "།།") }

// TestWylieRoundTrip transliterates every syllable, and every twentieth text,
// of the monolingual data there and back.
func TestWylieRoundTrip(t *testing.T) {
	texts := readColumn(t, "mono_bo.tsv", "text")
	types := map[string]int{}
	total, lost := 0, 0
	for i, text := range texts {
		text = NFC(text)
		for _, s := range Syllables(text) {
			types[s]++
			total++
		}
		if i%20 > 0 {
			continue
		}
		wylie, _ := ToWylie(text)
		if back, _ := FromWylie(wylie); oneShad(back) != oneShad(text) {
			t.Errorf("line %d does not come back", i+2)
		}
	}
	escaped := 0
	for s, n := range types {
		wylie, _ := ToWylie(s)
		if strings.Contains(wylie, `\`) {
			escaped += n
		}
		if back, warnings := FromWylie(wylie); back != s || len(warnings) > 0 && !strings.Contains(wylie, `\`) {
			lost += n
			if lost < 20 {
				t.Logf("%q gives %q, %q, %v", s, wylie, back, warnings)
			}
		}
	}
	t.Logf("%d syllables of %d kinds: %d do not come back, %d only by \\u escapes", total, len(types), lost, escaped)
	if share := float64(total-lost-escaped) / float64(total); share < 0.99 {
		t.Errorf("%.4f of the syllables come back, want 0.99", share)
	}
}

// readColumn reads a column of a table of the data folder, or skips the test.
func readColumn(t *testing.T, file, column string) []string {
	t.Helper()
	dir := os.Getenv("DONGYUR_DATA")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared", "data")
	}
	f, err := os.Open(filepath.Join(dir, file))
	if err != nil {
		t.Skipf("needs %s in DONGYUR_DATA: %v", file, err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<24)
	at := -1
	var values []string
	for lines.Scan() {
		cells := strings.Split(lines.Text(), "\t")
		if at < 0 {
			for i, name := range cells {
				if name == column {
					at = i
				}
			}
			if at < 0 {
				t.Fatalf("%s has no column %s", file, column)
			}
			continue
		}
		values = append(values, cells[at])
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return values
}
