package token

import (
	"encoding/json"
	"fmt"
	"slices"
)

// template is the ids a post-processor puts before and after one text.
type template struct{ before, after []int }

type templateJSON struct {
	SpecialToken *struct {
		ID string `json:"id"`
	} `json:"SpecialToken"`
	Sequence *struct {
		ID string `json:"id"`
	} `json:"Sequence"`
}

type templateToken struct {
	IDs []int `json:"ids"`
}

// PostProcess puts the special tokens of the file's post-processor round ids,
// as `tokenizers` does with add_special_tokens=True. Encode leaves them out,
// since prompts are built piece by piece. ids is not changed.
func (t *Tokenizer) PostProcess(ids []int) []int {
	return slices.Concat(t.template.before, ids, t.template.after)
}

// First gives the ids that the file's post-processor puts before a text: a
// beginning-of-text token, mostly, or none.
func (t *Tokenizer) First() []int { return slices.Clone(t.template.before) }

func parseTemplate(raw json.RawMessage, where string) (template, error) {
	var out template
	if isNull(raw) {
		return out, nil
	}
	c, err := component(raw, where)
	if err != nil {
		return out, err
	}
	switch c.Type {
	case "ByteLevel":
		return out, nil
	case "Sequence":
		for i, part := range c.Processors {
			inner, err := parseTemplate(part, fmt.Sprintf("%s.processors[%d]", where, i))
			if err != nil {
				return out, err
			}
			out.before = slices.Concat(inner.before, out.before)
			out.after = slices.Concat(out.after, inner.after)
		}
		return out, nil
	case "TemplateProcessing":
		return c.single(where)
	case "BertProcessing", "RobertaProcessing":
		return c.clsSep(where)
	}
	return out, fmt.Errorf("%s.type %q is not read: want ByteLevel, TemplateProcessing, BertProcessing, RobertaProcessing or Sequence", where, c.Type)
}

// single reads a template for one text: special tokens round "$A".
func (c componentJSON) single(where string) (template, error) {
	var out template
	seen := false
	for i, item := range c.Single {
		switch {
		case item.Sequence != nil && seen:
			return out, fmt.Errorf("%s.single[%d]: the text appears twice", where, i)
		case item.Sequence != nil:
			seen = true
		case item.SpecialToken != nil:
			token, ok := c.SpecialTokens[item.SpecialToken.ID]
			if !ok {
				return out, fmt.Errorf("%s.single[%d]: %q is not in special_tokens", where, i, item.SpecialToken.ID)
			}
			if seen {
				out.after = append(out.after, token.IDs...)
			} else {
				out.before = append(out.before, token.IDs...)
			}
		default:
			return out, fmt.Errorf("%s.single[%d]: want a SpecialToken or a Sequence", where, i)
		}
	}
	if !seen {
		return out, fmt.Errorf("%s.single has no Sequence: the text would be lost", where)
	}
	return out, nil
}

// clsSep reads ["<s>", 0] and ["</s>", 2].
func (c componentJSON) clsSep(where string) (template, error) {
	var cls, sep int
	if len(c.Cls) != 2 || json.Unmarshal(c.Cls[1], &cls) != nil {
		return template{}, fmt.Errorf("%s.cls: want [token, id]", where)
	}
	if len(c.Sep) != 2 || json.Unmarshal(c.Sep[1], &sep) != nil {
		return template{}, fmt.Errorf("%s.sep: want [token, id]", where)
	}
	return template{[]int{cls}, []int{sep}}, nil
}
