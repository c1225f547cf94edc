package language

import (
	"math"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/dongyur/dongyur/core/lang"
)

// Profile tells the words of two languages of one script apart by their letters, pairs
// and triples of letters, with naive Bayes: what Cavnar and Trenkle's n-gram profiles
// (1994) do, in a form that gives each word a likelihood. It is made from the examples
// at hand, so it needs no data of its own and works for any two languages.
type Profile struct {
	target, other grams
	kinds         int // of n-grams in both
	shared        map[string]bool
}

// grams counts the n-grams of one language's words.
type grams struct {
	count map[string]int
	total int
}

// profileLetters is how many letters of each language a profile is made from at least:
// about 20 words. The more there are, the surer it is.
const profileLetters = 80

// longestGram is the length of the longest n-grams, in letters and word ends.
const longestGram = 3

// NewProfile makes a profile of texts in the target language against texts in the
// other; nil where there are too few of them.
func NewProfile(target, other []string) *Profile {
	p := &Profile{target: countGrams(target), other: countGrams(other), shared: map[string]bool{}}
	if letters(target) < profileLetters || letters(other) < profileLetters {
		return nil
	}
	p.kinds = len(p.target.count)
	for gram := range p.other.count {
		if p.target.count[gram] == 0 {
			p.kinds++
		}
	}
	in := map[string]bool{}
	for _, text := range target {
		for _, word := range wordsOf(text) {
			in[word] = true
		}
	}
	for _, text := range other {
		for _, word := range wordsOf(text) {
			p.shared[word] = p.shared[word] || in[word]
		}
	}
	return p
}

func countGrams(texts []string) grams {
	g := grams{count: map[string]int{}}
	for _, text := range texts {
		for _, word := range wordsOf(text) {
			eachGram(word, func(gram string) {
				g.count[gram]++
				g.total++
			})
		}
	}
	return g
}

// Share is the share, 0 to 1, of the letters of a text that stand in words likelier the
// target's. Words that both languages have, such as names, are the target's. A text
// without words has 0.
func (p *Profile) Share(text string) float64 {
	var own, all int
	for _, word := range wordsOf(text) {
		n := utf8.RuneCountInString(word)
		all += n
		if p.shared[word] || p.odds(word) > 0 {
			own += n
		}
	}
	if all == 0 {
		return 0
	}
	return float64(own) / float64(all)
}

// odds is the log of how much likelier a word is the target's than the other's, each
// n-gram smoothed by half a count (Jeffreys).
func (p *Profile) odds(word string) float64 {
	const half = 0.5
	sum := 0.0
	of := func(g grams, gram string) float64 {
		return math.Log((float64(g.count[gram]) + half) / (float64(g.total) + half*float64(p.kinds)))
	}
	eachGram(word, func(gram string) { sum += of(p.target, gram) - of(p.other, gram) })
	return sum
}

// eachGram gives the n-grams of a word with its two ends, up to the longest.
func eachGram(word string, take func(string)) {
	runes := []rune(" " + word + " ")
	for n := 1; n <= longestGram; n++ {
		for i := 0; i+n <= len(runes); i++ {
			if gram := string(runes[i : i+n]); gram != " " {
				take(gram)
			}
		}
	}
}

// wordsOf are the runs of letters and their marks, in lower case and normal form.
func wordsOf(text string) []string {
	return strings.FieldsFunc(strings.ToLower(lang.NFC(text)), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsMark(r) && r != '\'' && r != '’'
	})
}

func letters(texts []string) int {
	n := 0
	for _, text := range texts {
		n += lang.Count(text).Letters
	}
	return n
}
