package grammar

import "slices"

// MeaningKey is where a composed example carries its meaning, in task.Example.Meta.
const MeaningKey = "meaning"

// Judgement is what the meaning judge says of an answer.
type Judgement struct {
	Exact      bool    // exactly what was meant
	Slots      float64 // F1 of the parts of the meaning
	WellFormed bool    // a sentence of the grammar; of sentences only
	News       bool    // the answer is the headline of a story
	Event      bool    // of headlines: about the same kind of event
	Copied     bool    // of headlines: a piece of the text instead
}

// Judge reads an answer in a language and compares it with a meaning in its text form:
// a sentence's, or a report's whose headline is the answer, source being the report as it
// was shown. ok is false where the meaning is none of the grammar's, or it does not speak
// the language.
func Judge(meaning, tag, source, answer string) (j Judgement, ok bool) {
	if meaning == "" || !slices.Contains(Everyday().Languages(), tag) {
		return j, false
	}
	m, err := ParseMeaning(meaning)
	if err != nil {
		return j, false
	}
	if everyday := Everyday(); everyday.Knows(m) {
		j.Exact, j.Slots, j.WellFormed = everyday.Score(m, tag, answer)
		return j, true
	}
	score, err := News().ScoreHeadline(m, tag, source, answer)
	if err != nil {
		return j, false
	}
	return Judgement{Exact: score.Exact, Slots: score.Slots, Event: score.Event, Copied: score.Copied, News: true}, true
}
