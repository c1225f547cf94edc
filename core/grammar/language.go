package grammar

// Language is a concrete syntax: what the frames' wordings cannot say as data. A new
// language is one value of this type, its column in the lexicon, and its wordings in the
// frames.
type Language struct {
	Tag string
	// Form gives the spellings of an entry in a form that a frame asks for, such as
	// "past" or "erg"; "" is the plain form. Nothing means the entry cannot stand there.
	Form func(e *Entry, form string) []string
	// Features gives what the words around an entry agree with, such as m (measure
	// word) or a (a or an).
	Features func(e *Entry) map[string]string
	// Tokens cuts a text into what the parser compares: no case, no punctuation, no
	// width, no spaces.
	Tokens func(text string) []string
	// Join writes the pieces of a sentence as people do.
	Join func(pieces []string) string
}

// languages are the concrete syntaxes, the order of columns in samples.
var languages = []*Language{tibetan, chinese, english, japanese}
