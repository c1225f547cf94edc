package task

// Example is one line to learn from or to be tested on: a source text and, unless
// nobody has written one, what a person made of it.
type Example struct {
	ID         string `json:"id"`
	Task       string `json:"task"` // name of a task
	Source     string `json:"source"`
	Reference  string `json:"reference,omitempty"`
	SourceLang string `json:"source_lang"` // tags after BCP 47
	TargetLang string `json:"target_lang"`

	// Of a fact: what is asked, the same in every language, and wrong answers that
	// the question offers beside the right one.
	Fact    string   `json:"fact,omitempty"`
	Choices []string `json:"choices,omitempty"`

	Pivot *Pivot `json:"pivot,omitempty"` // the same in another language, for CLO

	Split string            `json:"split,omitempty"` // part of its set: "train", "dev", "test"; "": not divided
	Meta  map[string]string `json:"meta,omitempty"`  // what a table says of it besides, by column
}

// Pivot is an example's other side for CLO: the same prompt answered in a language
// that the model knows. A text that stays in its language, such as a headline, has
// its source in Lang too. A translation's pivot is from the example's own language,
// and without a Source it is from the example's own source.
type Pivot struct {
	Source    string `json:"source"`
	Reference string `json:"reference"`
	Lang      string `json:"lang"`
}
