package token

// scanner splits by one known pattern in one pass. The pieces join to the
// text: every character is in exactly one.
//
// The patterns all end in `\s+(?!\S)|\s+`: a run of spaces gives its last one
// up to the word after it. A backtracking engine walks such runs again and
// again; here every character is looked at a bounded number of times.
type scanner interface {
	// next gives the end of the piece that starts at i < len(s).
	next(s string, i int) int
}

type contraction uint8

const (
	noContraction contraction = iota
	lowerCase                 // 's|'t|'re|'ve|'m|'ll|'d
	anyCase                   // (?i:'s|'t|'re|'ve|'m|'ll|'d)
)

// wordPattern is the family of GPT-2's pattern: contractions, words, numbers,
// symbols, white space.
type wordPattern struct {
	contraction contraction
	anyPrefix   bool  // a word takes any one symbol or space before it, else one space
	word        class // what words are made of
	digits      int   // digits to a piece; 0: any number, and a space before them
	newlines    bool  // symbols take the newlines after them; newlines end a run of spaces
}

// knownPatterns are the pattern strings found in published tokenizer.json
// files, with our own. Any other goes to the general engine.
var knownPatterns = map[string]scanner{
	// ByteLevel's own: GPT-2, and whatever sets use_regex.
	gpt2Pattern: wordPattern{lowerCase, false, letter, 0, false},
	// Qwen 2, 2.5 and 3.
	qwenPattern: wordPattern{anyCase, true, letter, 1, true},
	// Llama 3, OLMo 2; the second spelling is cl100k's, with possessive counts.
	llama3Pattern: wordPattern{anyCase, true, letter, 3, true},
	`(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?+\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]++[\r\n]*|\s*[\r\n]|\s+(?!\S)|\s+`: wordPattern{anyCase, true, letter, 3, true},
	`'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]++[\r\n]*|\s*[\r\n]|\s+(?!\S)|\s+`:        wordPattern{anyCase, true, letter, 3, true},
	// Qwen 3.5: combining marks belong to words.
	`(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?[\p{L}\p{M}]+|\p{N}| ?[^\s\p{L}\p{M}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`: wordPattern{anyCase, true, letter | mark, 1, true},
	TibetanPattern: tibetanScanner{},
}

const (
	gpt2Pattern   = `'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`
	qwenPattern   = `(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`
	llama3Pattern = `(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`
)

func (p wordPattern) next(s string, i int) int {
	if s[i] == '\'' && p.contraction != noContraction {
		if end := contractionEnd(s, i, p.contraction == anyCase); end > i {
			return end
		}
	}
	c, width := classAt(s, i)
	after := i + width
	follow, _ := classAt(s, after)
	one := s[i] == ' ' // the optional space before a piece

	switch {
	case c&p.word != 0:
		return run(s, after, p.word)
	case follow&p.word != 0 && (one || p.anyPrefix && c&(newline|letter|number) == 0):
		return run(s, after, p.word)
	case c&number != 0 && p.digits == 0, one && follow&number != 0 && p.digits == 0:
		return run(s, after, number)
	case c&number != 0:
		return upTo(s, i, number, p.digits)
	}
	if notSymbol := space | number | p.word; c&notSymbol == 0 || one && after < len(s) && follow&notSymbol == 0 {
		end := runWithout(s, after, notSymbol)
		if p.newlines {
			end = run(s, end, newline)
		}
		return end
	}
	return spaces(s, i, p.newlines)
}

// spaces ends the run of white space at i: after its last newline where
// newlines end runs (`\s*[\r\n]+`), else before its last character unless that
// is all there is or the text ends (`\s+(?!\S)|\s+`).
func spaces(s string, i int, newlines bool) int {
	end, last, lastNewline := i, i, -1
	for {
		c, width := classAt(s, end)
		if width == 0 || c&space == 0 {
			break
		}
		last = end
		end += width
		if c&newline != 0 {
			lastNewline = end
		}
	}
	switch {
	case newlines && lastNewline >= 0:
		return lastNewline
	case end == len(s) || last == i:
		return end
	}
	return last
}

// upTo ends a run of at most count characters of class c.
func upTo(s string, i int, c class, count int) int {
	for range count {
		have, width := classAt(s, i)
		if width == 0 || have&c == 0 {
			break
		}
		i += width
	}
	return i
}

// contractionEnd ends an English contraction at the apostrophe s[i], or gives
// i. Under Unicode case folding the long s (U+017F) is an s.
func contractionEnd(s string, i int, fold bool) int {
	rest := s[i+1:]
	at := func(k int) byte {
		if k >= len(rest) {
			return 0
		}
		if fold && rest[k] >= 'A' && rest[k] <= 'Z' {
			return rest[k] + 'a' - 'A'
		}
		return rest[k]
	}
	switch at(0) {
	case 's', 't', 'm', 'd':
		return i + 2
	case 'r', 'v':
		if at(1) == 'e' {
			return i + 3
		}
	case 'l':
		if at(1) == 'l' {
			return i + 3
		}
	case 0xC5:
		if fold && at(1) == 0xBF {
			return i + 3
		}
	}
	return i
}
