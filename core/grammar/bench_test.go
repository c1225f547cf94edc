package grammar

import "testing"

// BenchmarkParse parses everyday sentences, one an operation: 10,000 a second are 100 µs.
func BenchmarkParse(b *testing.B) {
	g := Everyday()
	sentences, err := g.Generate(1, 1000, Filter{})
	if err != nil {
		b.Fatal(err)
	}
	for _, tag := range Everyday().Languages() {
		b.Run(tag, func(b *testing.B) {
			for i := range b.N {
				if len(g.Parse(tag, sentences[i%len(sentences)].Texts[tag])) == 0 {
					b.Fatal("no meaning")
				}
			}
		})
	}
}
