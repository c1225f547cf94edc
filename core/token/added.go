package token

import (
	"fmt"
	"unicode"
	"unicode/utf8"
)

// addedToken is a token looked for in the text before anything else: a chat
// marker, an end of text.
type addedToken struct {
	content string
	id      int
	special bool
	// The match takes the white space on that side with it.
	lstrip, rstrip bool
	// No match inside a word.
	singleWord bool
	// Looked for after normalisation, itself normalised.
	normalized bool
}

func (t *Tokenizer) setAdded(list []addedJSON) error {
	t.addedID = make(map[string]int, len(list))
	t.raw, t.normalized = &addedMatcher{}, &addedMatcher{}
	for i, a := range list {
		if a.Content == "" {
			return fmt.Errorf("added_tokens[%d]: content is empty", i)
		}
		if a.ID < 0 || a.ID > maxID {
			return fmt.Errorf("added_tokens[%d] %q: id %d is not between 0 and %d", i, a.Content, a.ID, maxID)
		}
		a.ID = t.numberAdded(a.Content)
		t.file.AddedTokens[i].ID = a.ID
		token := addedToken{a.Content, a.ID, a.Special, a.LStrip, a.RStrip, a.SingleWord, a.Normalized}
		t.added = append(t.added, token)
		t.addedID[a.Content] = a.ID
		if a.Normalized {
			content := a.Content
			if t.normalizer != nil {
				content = t.normalizer(content)
			}
			t.normalized.add(content, token)
		} else {
			t.raw.add(a.Content, token)
		}
	}
	return nil
}

// numberAdded gives an added token its id as the reference does, which counts on and
// takes no notice of the number in the file: the vocabulary's, one given before, or
// the next.
func (t *Tokenizer) numberAdded(content string) int {
	if id, ok := t.vocab[content]; ok {
		return int(id)
	}
	if id, ok := t.addedID[content]; ok {
		return id
	}
	next := len(t.vocab)
	for _, id := range t.addedID {
		next = max(next, id+1)
	}
	return next
}

// addedMatcher finds added tokens in text: the leftmost match, of those the
// longest. It is a trie, so one place costs the longest token at most.
type addedMatcher struct {
	nodes  []trieNode // nodes[0] is the root; none: nothing to find
	tokens []addedToken
}

type trieNode struct {
	next  map[byte]int
	token int // index into tokens plus one; 0: no token ends here
}

func (m *addedMatcher) add(content string, token addedToken) {
	if content == "" {
		return // normalised away
	}
	if len(m.nodes) == 0 {
		m.nodes = append(m.nodes, trieNode{next: map[byte]int{}})
	}
	at := 0
	for i := range len(content) {
		next, ok := m.nodes[at].next[content[i]]
		if !ok {
			next = len(m.nodes)
			m.nodes[at].next[content[i]] = next
			m.nodes = append(m.nodes, trieNode{next: map[byte]int{}})
		}
		at = next
	}
	m.tokens = append(m.tokens, token)
	m.nodes[at].token = len(m.tokens)
}

// longest gives the longest token that starts at s[i:] and its end.
func (m *addedMatcher) longest(s string, i int) (token, end int) {
	node := 0
	for k := i; k < len(s); k++ {
		next, ok := m.nodes[node].next[s[k]]
		if !ok {
			break
		}
		node = next
		if n := m.nodes[node].token; n > 0 {
			token, end = n, k+1
		}
	}
	return token - 1, end
}

// split hands over the text between added tokens and their ids, in order.
func (m *addedMatcher) split(s string, text func(string), found func(id int)) {
	done := 0 // everything before it is handed over
	for i := 0; len(m.nodes) > 0 && i < len(s); {
		k, end := m.longest(s, i)
		if k < 0 {
			i++
			continue
		}
		token, start := m.tokens[k], i
		i = end // a refused match is not looked into again, as in the reference
		if token.singleWord && (wordEnds(s[:start]) || wordStarts(s[end:])) {
			continue
		}
		if token.lstrip {
			start = max(done, trimmedEnd(s[:start]))
		}
		if token.rstrip {
			end += leadingSpace(s[end:])
		}
		if start < done {
			continue // begins in the space the one before took
		}
		if start > done {
			text(s[done:start])
		}
		found(token.id)
		done = end
	}
	if done < len(s) {
		text(s[done:])
	}
}

func isWord(r rune) bool {
	return r == '_' || unicode.In(r, unicode.L, unicode.M, unicode.Nd, unicode.Nl, unicode.Pc, unicode.Other_Alphabetic, unicode.Join_Control)
}

func wordStarts(s string) bool {
	r, width := utf8.DecodeRuneInString(s)
	return width > 0 && isWord(r)
}

func wordEnds(s string) bool {
	r, width := utf8.DecodeLastRuneInString(s)
	return width > 0 && isWord(r)
}

func trimmedEnd(s string) int { return len(strip(s, false, true)) }

func leadingSpace(s string) int { return len(s) - len(strip(s, true, false)) }
