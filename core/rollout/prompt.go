package rollout

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/dongyur/dongyur/core/language"
	"github.com/dongyur/dongyur/core/task"
	"github.com/dongyur/dongyur/core/token"
)

// Style is how a request is put to a model.
type Style int

const (
	// Plain is our own models' form, a few plain words:
	// <|im_start|>translate bo zh⏎SOURCE<|im_end|>⏎<|im_start|>
	Plain Style = iota
	// Chat is the form of instruct models such as Qwen's:
	// <|im_start|>user⏎REQUEST⏎SOURCE<|im_end|>⏎<|im_start|>assistant⏎
	Chat
)

// Special tokens of both styles. A completion ends with turnEnd.
const (
	turnStart = "<|im_start|>"
	turnEnd   = "<|im_end|>"
)

// Template turns examples into tokens: the one form that pretraining, fine-tuning,
// rollouts and evaluation share. The zero value is Plain without a limit.
type Template struct {
	Style Style
	// Limit is the most tokens a prompt may have; 0 means any number.
	Limit int
	// CutHeadlines shortens the source of a headline example that passes Limit,
	// from its end. A translation that passes it is always an error: half a source
	// has another translation.
	CutHeadlines bool
}

// Prompt is Template{}.Prompt.
func Prompt(tok *token.Tokenizer, ex task.Example) ([]int, error) {
	return Template{}.Prompt(tok, ex)
}

// Encode is Template{}.Encode.
func Encode(tok *token.Tokenizer, ex task.Example) (prompt, completion []int, err error) {
	return Template{}.Encode(tok, ex)
}

// Prompt gives the tokens that come before the completion. The source is encoded
// as ordinary text, so that it cannot bring special tokens in.
func (t Template) Prompt(tok *token.Tokenizer, ex task.Example) ([]int, error) {
	start, end, err := turnTokens(tok)
	if err != nil {
		return nil, fmt.Errorf("prompt of example %q: %w", ex.ID, err)
	}
	opening, err := t.request(ex)
	if ex.Task == "fact" {
		ex.Source = question(ex)
	}
	if err != nil {
		return nil, fmt.Errorf("prompt of example %q: %w", ex.ID, err)
	}
	closing := append([]int{end}, tok.EncodeOrdinary("\n")...)
	closing = append(closing, start)
	if t.Style == Chat {
		closing = append(closing, tok.EncodeOrdinary("assistant\n")...)
	}
	prompt := append([]int{start}, tok.EncodeOrdinary(opening+"\n"+ex.Source)...)
	if over := len(prompt) + len(closing) - t.Limit; t.Limit > 0 && over > 0 {
		least := 1 + len(tok.EncodeOrdinary(opening+"\n"))
		if ex.Task != "headline" || !t.CutHeadlines || len(prompt)-over <= least {
			return nil, fmt.Errorf("prompt of example %q has %d tokens and the context leaves it %d: shorten the source or lower max_tokens",
				ex.ID, len(prompt)+len(closing), t.Limit)
		}
		prompt = wholeCharacters(tok, prompt[:len(prompt)-over])
	}
	return append(prompt, closing...), nil
}

// Encode gives the prompt and the completion that the reference makes, which ends
// with the end-of-turn token.
func (t Template) Encode(tok *token.Tokenizer, ex task.Example) (prompt, completion []int, err error) {
	prompt, err = t.Prompt(tok, ex)
	if err != nil {
		return nil, nil, err
	}
	if ex.Reference == "" {
		return nil, nil, fmt.Errorf("example %q has no reference to learn from: give one, or train by reward", ex.ID)
	}
	_, end, err := turnTokens(tok)
	return prompt, append(tok.EncodeOrdinary(ex.Reference), end), err
}

// request is what stands before the source.
func (t Template) request(ex task.Example) (string, error) {
	if ex.Source == "" {
		return "", fmt.Errorf("the source is empty")
	}
	switch {
	case ex.Task == "translate" && t.Style == Plain:
		return "translate " + ex.SourceLang + " " + ex.TargetLang, nil
	case ex.Task == "translate":
		return "user\nTranslate from " + languageName(ex.SourceLang) + " into " + languageName(ex.TargetLang) +
			". Answer with the translation only.", nil
	case ex.Task == "headline" && t.Style == Plain:
		return "headline " + ex.TargetLang, nil
	case ex.Task == "headline":
		return "user\nWrite a headline in " + languageName(ex.TargetLang) + " for this text. Answer with the headline only.", nil
	case ex.Task == "fact" && t.Style == Plain:
		return "fact " + ex.TargetLang, nil
	case ex.Task == "fact":
		return "user\nAnswer this question in " + languageName(ex.TargetLang) + ". Answer with the name only.", nil
	}
	return "", fmt.Errorf("task %q has no prompt; use translate, headline or fact", ex.Task)
}

// question is what a fact's prompt asks: its source and, if it has choices, all the
// answers to choose from, in an order that does not tell the right one.
func question(ex task.Example) string {
	if len(ex.Choices) == 0 {
		return ex.Source
	}
	answers := append([]string{ex.Reference}, ex.Choices...)
	slices.Sort(answers)
	return ex.Source + "\n" + strings.Join(answers, " | ")
}

// languageName is a language's English name, as instruct models know it.
func languageName(tag string) string { return language.Of(tag).Names.En }

func turnTokens(tok *token.Tokenizer) (start, end int, err error) {
	start, ok := tok.ID(turnStart)
	if !ok {
		return 0, 0, fmt.Errorf("the tokenizer has no %s; use one with chat tokens", turnStart)
	}
	end, ok = tok.ID(turnEnd)
	if !ok {
		return 0, 0, fmt.Errorf("the tokenizer has no %s; use one with chat tokens", turnEnd)
	}
	return start, end, nil
}

// wholeCharacters drops the last tokens until ids end at a character's end, which
// takes at most three.
func wholeCharacters(tok *token.Tokenizer, ids []int) []int {
	for drop := range min(utf8.UTFMax, len(ids)) {
		if utf8.ValidString(tok.Decode(ids[:len(ids)-drop])) {
			return ids[:len(ids)-drop]
		}
	}
	return ids
}
