package grammar

import (
	"slices"
	"strings"

	"github.com/dongyur/dongyur/core/lang"
)

// Piece is a wording that the grammar writes as a whole, and where it says so.
type Piece struct {
	Text string
	Of   string // the key of a concept, or a frame or table
	Cat  string // the concept's category; "frame" for what frames and tables say
}

// stemNames are the forms of a Tibetan verb or adjective that the lexicon spells out.
var stemNames = []string{"pres", "past", "fut", "imp", "cmp", "ord"}

// TibetanPieces are the Tibetan wordings and stems of the lexicon and the fixed wordings of
// frames and tables, each once for every place that says it.
func (g *Grammar) TibetanPieces() []Piece {
	var pieces []Piece
	seen := map[Piece]bool{}
	add := func(text, of, cat string) {
		p := Piece{text, of, cat}
		if len(lang.Syllables(text)) > 0 && !seen[p] {
			seen[p] = true
			pieces = append(pieces, p)
		}
	}
	for _, e := range g.Lexicon.Entries {
		for _, w := range e.Words("bo") {
			add(w.Text, e.Key, e.Cat)
		}
		for _, name := range stemNames {
			for _, stem := range e.notes("bo", name) {
				add(stem, e.Key, e.Cat)
			}
		}
	}
	for _, f := range g.Frames {
		for _, w := range f.wordings["bo"] {
			literals(w.pattern, func(text string) { add(text, f.Name, "frame") })
		}
	}
	for _, t := range g.set.tables["bo"] {
		for _, row := range t.rows {
			literals(row.pattern, func(text string) { add(text, "table "+t.name, "frame") })
		}
	}
	slices.SortStableFunc(pieces, func(a, b Piece) int {
		if a.Cat != b.Cat || a.Cat != "frame" {
			return strings.Compare(a.Cat, b.Cat)
		}
		return strings.Compare(a.Of+"\n"+a.Text, b.Of+"\n"+b.Text)
	})
	return pieces
}

// literals yields the fixed words of a pattern: literals that follow each other as one,
// and {"given words"}.
func literals(pattern []node, yield func(string)) {
	run := ""
	end := func() {
		if run != "" {
			yield(run)
			run = ""
		}
	}
	for _, n := range pattern {
		if n.kind == literal && n.text != "།" {
			run = strings.TrimPrefix(run+"་"+n.text, "་")
			continue
		}
		end()
		if words := strings.Trim(n.text, `"`); n.kind != literal && words != n.text {
			yield(words)
		}
		for _, c := range n.choices {
			literals(c.pattern, yield)
		}
	}
	end()
}
