package attest

import (
	"bytes"
	"fmt"
	"iter"

	everyday "github.com/dongyur/dongyur/assets/grammar"
	"github.com/dongyur/dongyur/core/data"
	"github.com/dongyur/dongyur/core/grammar"
)

// Sets are the texts that bear witness. No set for evaluation is among them.
var Sets = []string{"words_en_bo", "software_bo_zh_en", "udhr", data.GeoSet, "mono_bo"}

// FromCatalogue reads the Tibetan texts of a catalogue's sets; of facts, the names.
func FromCatalogue(c *data.Catalogue) Texts {
	return func(set string) iter.Seq2[string, error] {
		if set == data.GeoSet {
			return names(c)
		}
		return c.Texts(set, "bo")
	}
}

func names(c *data.Catalogue) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		facts, err := c.Facts(data.GeoSet, "", nil, 0)
		if err != nil {
			yield("", err)
			return
		}
		seen := map[string]bool{}
		for _, f := range facts {
			for _, name := range []string{f.Subject["bo"], f.Names[0]["bo"]} {
				if seen[name] || name == "" {
					continue
				}
				seen[name] = true
				if !yield(name, nil) {
					return
				}
			}
		}
	}
}

// Everyday are the Tibetan wordings of the everyday world, sentences and news.
func Everyday() []grammar.Piece {
	pieces := grammar.Everyday().TibetanPieces()
	known := map[grammar.Piece]bool{}
	for _, p := range pieces {
		known[p] = true
	}
	for _, p := range grammar.News().TibetanPieces() {
		if !known[p] {
			pieces = append(pieces, p)
		}
	}
	return pieces
}

// Wordings are the texts of pieces.
func Wordings(pieces []grammar.Piece) []string {
	texts := make([]string, len(pieces))
	for i, p := range pieces {
		texts[i] = p.Text
	}
	return texts
}

// Kept is the table that is kept beside the lexicon, assets/grammar/attested.tsv.
func Kept() (*Table, error) {
	t, err := Read(bytes.NewReader(everyday.Attested))
	if err != nil {
		return nil, fmt.Errorf("assets/grammar/attested.tsv: %w; make it anew with: dongyur grammar check --count", err)
	}
	return t, nil
}
