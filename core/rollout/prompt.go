package rollout

import (
	"fmt"
	"unicode/utf8"

	"github.com/dongyur/dongyur/core/prompt"
	"github.com/dongyur/dongyur/core/task"
	"github.com/dongyur/dongyur/core/token"
)

// Template turns examples into tokens: the one form that pretraining, fine-tuning,
// rollouts and evaluation share. The zero value is our own models' form without a limit.
type Template struct {
	// Form is how the model is spoken to; nil is our own models' form:
	// <|im_start|>translate bo zh⏎SOURCE<|im_end|>⏎<|im_start|>
	Form *prompt.Form
	// Limit is the most tokens a prompt may have; 0 means any number.
	Limit int
	// CutHeadlines shortens the source of a headline example that passes Limit,
	// from its end. A translation that passes it is always an error: half a source
	// has another translation.
	CutHeadlines bool
	// Instructions are wordings of one's own, for forms that ask in sentences.
	Instructions Instructions
}

// opening is the task of an example, and what stands before the source: a sentence,
// or for our own models a few plain words.
func (t Template) opening(ex task.Example, terse bool) (*task.Task, string, error) {
	asked, err := task.Find(ex.Task)
	if err == nil && ex.Source == "" {
		err = fmt.Errorf("the source is empty")
	}
	if err != nil {
		return nil, "", err
	}
	request := t.Instructions.request
	if terse {
		request = plainRequest
	}
	opening, err := request(asked, ex)
	return asked, opening, err
}

// Prompt is Template{}.Prompt.
func Prompt(tok *token.Tokenizer, ex task.Example) ([]int, error) {
	return Template{}.Prompt(tok, ex)
}

// Encode is Template{}.Encode.
func Encode(tok *token.Tokenizer, ex task.Example) (prompt, completion []int, err error) {
	return Template{}.Encode(tok, ex)
}

// form is the template's, made for a tokenizer where it is our own.
func (t Template) form(tok *token.Tokenizer) (*prompt.Form, error) {
	if t.Form != nil {
		return t.Form, nil
	}
	return prompt.ForOwn(tok)
}

// Prompt gives the tokens that come before the completion. The source is encoded
// as ordinary text, so that it cannot bring special tokens in.
func (t Template) Prompt(tok *token.Tokenizer, ex task.Example) ([]int, error) {
	form, err := t.form(tok)
	if err != nil {
		return nil, fmt.Errorf("prompt of example %q: %w", ex.ID, err)
	}
	asked, opening, err := t.opening(ex, form.Terse)
	if err != nil {
		return nil, fmt.Errorf("prompt of example %q: %w", ex.ID, err)
	}
	source := asked.Source(ex)
	encode := func(source string) ([]int, error) {
		return form.Encode([]prompt.Message{{Role: prompt.User, Content: opening + "\n" + source}})
	}
	ids, err := encode(source)
	if err != nil {
		return nil, fmt.Errorf("prompt of example %q: %w", ex.ID, err)
	}
	if t.Limit <= 0 || len(ids) <= t.Limit {
		return ids, nil
	}
	if asked.CutSource && t.CutHeadlines {
		if cut, err := t.cut(tok, source, len(ids)-t.Limit, encode); cut != nil || err != nil {
			return cut, err
		}
	}
	return nil, fmt.Errorf("prompt of example %q has %d tokens and the context leaves it %d: shorten the source or lower max_tokens", ex.ID, len(ids), t.Limit)
}

// cut shortens a source until its prompt fits; over is by how many tokens the whole
// one does not. It gives nil where none is left.
func (t Template) cut(tok *token.Tokenizer, source string, over int, encode func(source string) ([]int, error)) ([]int, error) {
	for tokens := tok.EncodeOrdinary(source); len(tokens) > over; {
		tokens = wholeCharacters(tok, tokens[:len(tokens)-over])
		if len(tokens) == 0 {
			break
		}
		ids, err := encode(tok.Decode(tokens))
		if err != nil || len(ids) <= t.Limit {
			return ids, err
		}
		over = len(ids) - t.Limit
	}
	return nil, nil
}

// Encode gives the prompt and the completion that the reference makes, which ends
// with the tokens that close an answer.
func (t Template) Encode(tok *token.Tokenizer, ex task.Example) (prompt, completion []int, err error) {
	prompt, err = t.Prompt(tok, ex)
	if err != nil {
		return nil, nil, err
	}
	if ex.Reference == "" {
		return nil, nil, fmt.Errorf("example %q has no reference to learn from: give one, or train by reward", ex.ID)
	}
	form, err := t.form(tok)
	if err != nil {
		return nil, nil, err
	}
	return prompt, form.Answer(ex.Reference), nil
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
