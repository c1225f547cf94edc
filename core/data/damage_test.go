package data

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/dongyur/dongyur/core/protocol"
	"github.com/dongyur/dongyur/core/task"
)

// TestDamagedFiles reads 10,000 random and damaged files of each kind, as a page
// would: each gives examples or a message with its place, and never a panic. TMX and
// XLIFF come in UTF-16 as well.
func TestDamagedFiles(t *testing.T) {
	examples := Starter(task.Translate, "zh", "bo")[:6]
	files := 10_000
	if testing.Short() {
		files = 1_000
	}
	for seed, kind := range []string{TSV, CSV, JSONL, XLIFF, XLIFF2, TMX, "UTF-16 " + XLIFF2, "UTF-16 " + TMX} {
		t.Run(kind, func(t *testing.T) {
			format, wide := strings.CutPrefix(kind, "UTF-16 ")
			var file bytes.Buffer
			if err := Write(&file, format, examples); err != nil {
				t.Fatal(err)
			}
			if wide {
				text := asUTF16("\ufeff"+file.String(), binary.LittleEndian)
				file.Reset()
				file.WriteString(text)
			}
			random := rand.New(rand.NewPCG(uint64(seed), 20))
			refused, read := 0, 0
			for i := range files {
				text := damaged(random, file.Bytes(), i%4 == 0)
				got, err := Parse(protocol.Parse{Name: "f." + Extension(format), Data: text, Task: "translate", SourceLang: "zh", TargetLang: "bo"})
				switch {
				case err != nil:
					t.Fatalf("%q: %v has no place", text, err)
				case len(got.Examples) == 0 && len(got.Problems) == 0:
					t.Fatalf("%q gave neither examples nor a problem", text)
				case len(got.Examples) == 0:
					refused++
				default:
					read++
				}
				for _, p := range got.Problems {
					if strings.TrimSpace(p.Message) == "" || p.Line < 1 && !strings.Contains(p.Message, "more rows") {
						t.Fatalf("%q: the problem %+v has no place or no message", text, p)
					}
				}
			}
			t.Logf("%d read in part or whole, %d refused", read, refused)
			if read < files/100 || refused < files/100 {
				t.Errorf("%d read and %d refused of %d: the damage is too weak or too strong to tell anything", read, refused, files)
			}
		})
	}
}

// damaged changes a file as bad disks, cut downloads and hands do; or makes one of
// random bytes.
func damaged(random *rand.Rand, file []byte, wholly bool) []byte {
	if wholly {
		text := make([]byte, random.IntN(200))
		alphabet := "<>&;=\"'/?![]{}:,\t\n\r ab\x00\xff\xef\xbb\xbf"
		for i := range text {
			if text[i] = byte(random.IntN(256)); random.IntN(3) > 0 {
				text[i] = alphabet[random.IntN(len(alphabet))]
			}
		}
		return text
	}
	text := bytes.Clone(file)
	for range 1 + random.IntN(3) {
		if len(text) < 2 {
			break
		}
		from := random.IntN(len(text))
		to := min(len(text), from+1+random.IntN(30))
		switch random.IntN(6) {
		case 0: // cut off
			text = text[:from]
		case 1: // a piece is missing
			text = append(text[:from:from], text[to:]...)
		case 2: // a piece is there twice
			text = append(text[:to:to], text[from:]...)
		case 3: // a byte has changed
			text[from] = byte(random.IntN(256))
		case 4: // two pieces are exchanged
			other := random.IntN(len(text))
			text[from], text[other] = text[other], text[from]
		default: // something came in
			marks := []string{"<", "&", "\"", "]]>", "<!--", "\t", "\n", "\u200b", "&#0;", "<![CDATA[", "<!DOCTYPE x [", "</seg>", "{", ",", "\x00"}
			text = append(text[:from:from], append([]byte(marks[random.IntN(len(marks))]), text[from:]...)...)
		}
	}
	return text
}
