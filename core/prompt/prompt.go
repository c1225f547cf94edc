// Package prompt puts a conversation into the form that a model was trained to answer.
//
// Input: messages, and a model's folder with its tokenizer. Output: the prompt as text
// and as tokens, and the tokens that end an answer. A form is a Jinja template as
// transformers keeps it (tokenizer_config.json, chat_template.jinja): the model's own,
// one of this package's by name, or one from a file; text and tokens are those of
// transformers' apply_chat_template.
//
// What a user writes is only ever text: the name of a control token in it stays letters.
package prompt

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/ardanlabs/jinja"

	"github.com/dongyur/dongyur/core/token"
)

// Roles of messages.
const (
	System    = "system"
	User      = "user"
	Assistant = "assistant"
)

// Message is one turn of a conversation.
type Message struct { // as in OpenAI's and Hugging Face's JSON
	Role    string
	Content string
}

// Form is how a model is spoken to. It does not change after it is made.
type Form struct {
	// Name is a row's, or Own for the model's template, or "file".
	Name string
	// Terse is true of our own models' form: a request is a few plain words there, not
	// a sentence.
	Terse bool

	template  *jinja.Template
	variables map[string]any // what the template reads beside the conversation
	system    string         // what goes before every conversation; "": nothing
	tok       *token.Tokenizer
	bos       bool  // the tokenizer's own first tokens go before the text
	end       []int // what closes an answer that is learned
	stop      []int // what ends an answer that is drawn
}

// text gives a conversation as text, the answer still to come, with the marks of
// token.Guard in what users wrote.
func (f *Form) text(messages []Message, answer bool) (string, error) {
	if f.system != "" && (len(messages) == 0 || messages[0].Role != System) {
		messages = append([]Message{{System, f.system}}, messages...)
	}
	list := make([]any, len(messages))
	for i, m := range messages {
		list[i] = map[string]any{"role": m.Role, "content": f.tok.Guard(m.Content)}
	}
	data := map[string]any{"messages": list, "add_generation_prompt": answer}
	for name, value := range f.variables {
		data[name] = value
	}
	text, err := render(f.template, data)
	if err != nil {
		return "", fmt.Errorf("chat template %s: %w", f.Name, err)
	}
	return text, nil
}

// render runs a template; one that makes the engine panic is an error too.
func render(template *jinja.Template, data map[string]any) (text string, err error) {
	defer func() {
		if thrown := recover(); thrown != nil {
			err = fmt.Errorf("%v", thrown)
		}
	}()
	return template.Render(data)
}

// Encode gives the tokens of a conversation, up to where the answer begins.
func (f *Form) Encode(messages []Message) ([]int, error) {
	text, err := f.text(messages, true)
	if err != nil {
		return nil, err
	}
	ids := f.tok.EncodeGuarded(text)
	if f.bos {
		ids = append(f.tok.First(), ids...)
	}
	if len(ids) == 0 {
		return nil, errors.New("the prompt is empty: the chat template writes nothing of the conversation")
	}
	return ids, nil
}

// Render gives a conversation as text, up to where the answer begins: what Encode's
// tokens stand for.
func (f *Form) Render(messages []Message) (string, error) {
	ids, err := f.Encode(messages)
	if err != nil {
		return "", err
	}
	return f.tok.Decode(ids), nil
}

// Answer gives the tokens of an answer to be learned: its text and what closes it.
func (f *Form) Answer(text string) []int { return append(f.tok.EncodeOrdinary(text), f.end...) }

// Stop lists the tokens that end an answer: the template's and the model's own.
func (f *Form) Stop() []int { return slices.Clone(f.stop) }

// probe is an answer that no template holds.
const probe = "\u2460\u2461\u2462"

// findEnd asks the template what it writes after an answer: the first token of that
// which is a control token closes it. A template that closes no answer leaves that to
// the model's own end token.
func (f *Form) findEnd(model []int) error {
	messages := []Message{{User, probe[:3]}, {Assistant, probe}}
	text, err := f.text(messages, false)
	if err != nil {
		return err
	}
	at := strings.LastIndex(text, probe)
	if at < 0 {
		return fmt.Errorf("chat template %s writes no answers: it cannot be trained with", f.Name)
	}
	f.end = nil
	for _, id := range f.tok.EncodeGuarded(text[at+len(probe):]) {
		if f.tok.IsSpecial(id) || slices.Contains(model, id) {
			f.end = []int{id}
			break
		}
	}
	switch {
	case f.end != nil:
	case len(model) > 0:
		f.end = model[:1:1]
	default:
		f.end = f.tok.EncodeOrdinary("\n") // a model without any control token
	}
	f.stop = slices.Clone(model)
	for _, id := range f.end {
		if len(f.end) == 1 && !slices.Contains(f.stop, id) {
			f.stop = append(f.stop, id)
		}
	}
	return nil
}
