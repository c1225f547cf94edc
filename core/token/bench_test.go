package token

import (
	"slices"
	"strings"
	"testing"
)

// corpus repeats the golden texts to about a megabyte.
func corpus(b *testing.B) string {
	text := strings.Join(goldenTexts(b), "\n")
	return strings.Repeat(text, 1<<20/len(text)+1)
}

func BenchmarkEncode(b *testing.B) {
	text := corpus(b)
	for _, name := range goldenTables {
		b.Run(name, func(b *testing.B) {
			tok := loadTable(b, name)
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				tok.EncodeOrdinary(text)
			}
		})
	}
	b.Run("qwen2_5", func(b *testing.B) {
		tok, err := LoadFile(qwenFile(b))
		if err != nil {
			b.Fatal(err)
		}
		b.SetBytes(int64(len(text)))
		for b.Loop() {
			tok.EncodeOrdinary(text)
		}
	})
}

func BenchmarkEncodeOneWord(b *testing.B) {
	tok := loadTable(b, "tibetan")
	text := adversarial["one syllable"]
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		tok.EncodeOrdinary(text)
	}
}

func BenchmarkLoadQwen(b *testing.B) {
	path := qwenFile(b)
	for b.Loop() {
		if _, err := LoadFile(path); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkTrain(b *testing.B) {
	lines := slices.Collect(dataLines(b, "mono_bo.tsv"))
	size := 0
	for _, line := range lines {
		size += len(line)
	}
	b.SetBytes(int64(size))
	for b.Loop() {
		if _, err := Train(slices.Values(lines), TrainOptions{VocabSize: 8192}); err != nil {
			b.Fatal(err)
		}
	}
}
