package grammar

// spot finds the lexicon's words in a text that is no sentence, the longest first.
func (s *syntax) spot(tokens []int32) facts {
	found := facts{}
	for at := 0; at < len(tokens); {
		end, keys := s.longest(tokens, at)
		for key := range keys {
			found[key]++
		}
		at = max(at+1, end)
	}
	return found
}

// longest is the longest word at a place and the concepts that it may stand for.
func (s *syntax) longest(tokens []int32, at int) (end int, keys map[string]bool) {
	n := s.words
	for i := at; i < len(tokens); i++ {
		if n = n.next[tokens[i]]; n == nil {
			break
		}
		if len(n.hits) > 0 {
			end, keys = i+1, map[string]bool{}
			for _, hit := range n.hits {
				keys[hit.leaf.entry.Key] = true
			}
		}
	}
	return end, keys
}
