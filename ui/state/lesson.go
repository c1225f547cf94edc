package state

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Lesson is one file of assets/lessons: plain texts and settings, never markup.
type Lesson struct {
	Title string       `json:"title"`
	Aim   string       `json:"aim"` // what one knows afterwards, in a sentence
	Steps []LessonStep `json:"steps"`
}

// LessonKind is what a step asks of the reader.
type LessonKind string

// The kinds, in their order in a lesson.
const (
	AskStep     LessonKind = "question"
	PredictStep LessonKind = "predict" // to choose before it is run
	RunStep     LessonKind = "run"
	ExplainStep LessonKind = "explain" // with the numbers of what was run
)

// LessonStep is one step of a lesson.
type LessonStep struct {
	Kind    LessonKind  `json:"kind"`
	Blocks  []Block     `json:"blocks"`
	Choices []Answer    `json:"choices,omitempty"` // of a prediction
	Runs    []LessonRun `json:"runs,omitempty"`    // of a run, one after the other
	Show    []string    `json:"show,omitempty"`    // what the tool shows while it runs, of LessonCharts and "answers"
}

// Answer is one that a prediction offers. Holds is the condition under which what
// was run agrees with it.
type Answer struct {
	Text  string `json:"text"`
	Holds string `json:"holds"`
}

// LessonRun is a run that a lesson makes: a name for its curves, settings as they
// stand in the page's address, and what an address cannot say.
type LessonRun struct {
	Name     string `json:"name,omitempty"`
	Address  string `json:"address"`
	Examples int    `json:"examples,omitempty"` // to learn from; 0: all of the starter set's
	Facts    bool   `json:"facts,omitempty"`    // the starter set's questions in three languages take the place of the task's
}

// Block is one piece of a lesson's text: a paragraph, a list, a formula, or papers.
// Words in braces, such as {kl.last}, stand for figures of what was run; a block of
// figures that are not known is left out. When and Unless are conditions on them.
type Block struct {
	Text    string   `json:"text,omitempty"`
	List    []string `json:"list,omitempty"`
	Formula string   `json:"formula,omitempty"`
	Papers  []string `json:"papers,omitempty"` // keys of LessonPapers
	When    string   `json:"when,omitempty"`
	Unless  string   `json:"unless,omitempty"`
}

// Paper is what a lesson may link to. Lessons name no addresses of their own.
type Paper struct{ Title, Address string }

// LessonPapers are the papers that lessons rest on.
var LessonPapers = map[string]Paper{
	"grpo":     {"DeepSeekMath: GRPO", "https://arxiv.org/abs/2402.03300"},
	"semantic": {"Reinforcement Learning with Semantic Rewards", "https://arxiv.org/abs/2605.14366"},
	"ppo":      {"Proximal Policy Optimization", "https://arxiv.org/abs/1707.06347"},
	"dapo":     {"DAPO", "https://arxiv.org/abs/2503.14476"},
	"hacking":  {"Concrete Problems in AI Safety", "https://arxiv.org/abs/1606.06565"},
	"overopt":  {"Scaling Laws for Reward Model Overoptimization", "https://arxiv.org/abs/2210.10760"},
	"tax":      {"InstructGPT", "https://arxiv.org/abs/2203.02155"},
	"razor":    {"RL’s Razor: Why Online RL Forgets Less", "https://arxiv.org/abs/2509.04259"},
	"facts":    {"Consistency-Driven RL for Factual Recall (PolyFact)", "https://arxiv.org/abs/2606.06586"},
	"lora":     {"LoRA", "https://arxiv.org/abs/2106.09685"},
	"lima":     {"LIMA: Less Is More for Alignment", "https://arxiv.org/abs/2305.11206"},
}

// LessonEntry is a lesson in assets/lessons/index.json.
type LessonEntry struct {
	Key     string            `json:"key"`     // names its files, assets/lessons/LANGUAGE/KEY.json
	Minutes int               `json:"minutes"` // to the end
	Titles  map[string]string `json:"titles"`  // by language; it has a file in each of them
}

// Title is the entry's in a language, or in English.
func (e LessonEntry) Title(language string) string { return e.Titles[e.In(language)] }

// In is the language that the lesson has for readers of a language.
func (e LessonEntry) In(language string) string {
	if _, has := e.Titles[language]; has {
		return language
	}
	return Languages[0].Tag
}

// ParseLessons reads assets/lessons/index.json.
func ParseLessons(data []byte) ([]LessonEntry, error) {
	var list []LessonEntry
	if err := strict(data, &list); err != nil {
		return nil, fmt.Errorf("read the list of lessons: %w", err)
	}
	for i, e := range list {
		if e.Key == "" || e.Minutes < 1 || e.Titles[Languages[0].Tag] == "" {
			return nil, fmt.Errorf("read the list of lessons: entry %d needs key, minutes and an English title", i+1)
		}
	}
	return list, nil
}

// ParseLesson reads a lesson's file and checks that all it names is known.
func ParseLesson(data []byte) (*Lesson, error) {
	var l Lesson
	if err := strict(data, &l); err != nil {
		return nil, fmt.Errorf("read the lesson: %w", err)
	}
	if l.Title == "" || l.Aim == "" || len(l.Steps) == 0 {
		return nil, errors.New("read the lesson: it needs title, aim and steps")
	}
	for i, step := range l.Steps {
		if err := step.check(); err != nil {
			return nil, fmt.Errorf("read the lesson: step %d: %w", i+1, err)
		}
	}
	return &l, nil
}

func strict(data []byte, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	return decoder.Decode(into)
}

func (s LessonStep) check() error {
	if len(s.Blocks) == 0 {
		return errors.New("it says nothing; give blocks")
	}
	for i, b := range s.Blocks {
		if err := b.check(); err != nil {
			return fmt.Errorf("block %d: %w", i+1, err)
		}
	}
	for i, c := range s.Choices {
		if _, err := parseCondition(c.Holds); err != nil || c.Text == "" || c.Holds == "" {
			return fmt.Errorf("choice %d needs a text and when it holds (%v)", i+1, err)
		}
	}
	for _, part := range s.Show {
		if part != AnswersPart && !slices.Contains(LessonCharts, part) && !strings.HasPrefix(part, termChart) {
			return fmt.Errorf("it shows %q; choose among %s and %s", part, AnswersPart, strings.Join(LessonCharts, ", "))
		}
	}
	switch {
	case s.Kind != AskStep && s.Kind != PredictStep && s.Kind != RunStep && s.Kind != ExplainStep:
		return fmt.Errorf("there is no kind %q", s.Kind)
	case (s.Kind == PredictStep) != (len(s.Choices) > 1):
		return errors.New("a prediction, and nothing else, has two choices or more")
	case (s.Kind == RunStep) != (len(s.Runs) > 0) || (s.Kind == RunStep) != (len(s.Show) > 0):
		return errors.New("a run, and nothing else, has runs and what to show")
	}
	return nil
}

func (b Block) check() error {
	kinds := 0
	for _, has := range []bool{b.Text != "", len(b.List) > 0, b.Formula != "", len(b.Papers) > 0} {
		if has {
			kinds++
		}
	}
	if kinds != 1 {
		return errors.New("give one of text, list, formula and papers")
	}
	for _, key := range b.Papers {
		if _, known := LessonPapers[key]; !known {
			return fmt.Errorf("the paper %q is not known", key)
		}
	}
	for _, text := range append([]string{b.Text, b.Formula}, b.List...) {
		for _, piece := range pieces(text) {
			if err := piece.check(); err != nil {
				return err
			}
		}
	}
	for _, text := range []string{b.When, b.Unless} {
		if _, err := parseCondition(text); err != nil {
			return err
		}
	}
	return nil
}
