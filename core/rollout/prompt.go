package rollout

import (
	"fmt"
	"unicode/utf8"

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
	// Instructions are wordings of one's own for Chat.
	Instructions Instructions
}

// opening is the task of an example, and what stands before the source.
func (t Template) opening(ex task.Example) (*task.Task, string, error) {
	asked, err := task.Find(ex.Task)
	if err == nil && ex.Source == "" {
		err = fmt.Errorf("the source is empty")
	}
	if err != nil {
		return nil, "", err
	}
	if t.Style == Plain {
		opening, err := plainRequest(asked, ex)
		return asked, opening, err
	}
	opening, err := t.Instructions.request(asked, ex)
	return asked, "user\n" + opening, err
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
	asked, opening, err := t.opening(ex)
	if err != nil {
		return nil, fmt.Errorf("prompt of example %q: %w", ex.ID, err)
	}
	closing := append([]int{end}, tok.EncodeOrdinary("\n")...)
	closing = append(closing, start)
	if t.Style == Chat {
		closing = append(closing, tok.EncodeOrdinary("assistant\n")...)
	}
	prompt := append([]int{start}, tok.EncodeOrdinary(opening+"\n"+asked.Source(ex))...)
	if over := len(prompt) + len(closing) - t.Limit; t.Limit > 0 && over > 0 {
		least := 1 + len(tok.EncodeOrdinary(opening+"\n"))
		if !asked.CutSource || !t.CutHeadlines || len(prompt)-over <= least {
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
