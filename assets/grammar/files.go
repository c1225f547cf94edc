// Package everyday holds the lexicon and the frames of the everyday world as files, so
// that the program and the page's worker carry them. core/grammar reads them; linguists
// mend them: no line of Go has to change for a word or a wording.
package everyday

import "embed"

// Files are the tables of concepts and the texts of frames, those of the news apart.
//
//go:embed lexicon*.tsv frames*.txt news*.txt
var Files embed.FS

// Attested tells how often each Tibetan wording stands in which set of texts.
//
//go:embed attested.tsv
var Attested []byte
