package rollout

import (
	"fmt"
	"strings"

	"github.com/dongyur/dongyur/core/language"
	"github.com/dongyur/dongyur/core/task"
)

// Instructions are wordings of one's own, by task ("translate") or by task and
// languages ("translate en yo"), which goes first. They say {{.From}} and {{.To}} for
// the languages, as task.Task.Instruction does.
type Instructions map[string]string

// languages is what an instruction may say.
type languages struct{ From, To string }

// plainRequest is how our own models are asked.
func plainRequest(t *task.Task, e task.Example) (string, error) {
	return filled(t.Name, t.Plain, languages{language.Of(e.SourceLang).Tag, language.Of(e.TargetLang).Tag})
}

// request is how an instruct model is asked, in one's own words where there are some.
func (own Instructions) request(t *task.Task, e task.Example) (string, error) {
	from, to := language.Of(e.SourceLang), language.Of(e.TargetLang)
	text := t.Instruction
	for _, key := range []string{t.Name, t.Name + " " + from.Tag + " " + to.Tag} {
		if said, has := own[key]; has {
			text = said
		}
	}
	return filled(t.Name, text, languages{from.Names.En, to.Names.En})
}

// Check refuses instructions for tasks or languages that are none, and templates that
// cannot be filled.
func (own Instructions) Check() error {
	for key, text := range own {
		words := strings.Fields(key)
		if len(words) != 1 && len(words) != 3 {
			return fmt.Errorf("instruction %q: name a task, as in %q, or a task and two languages, as in %q", key, task.Translate, task.Translate+" en yo")
		}
		t, err := task.Find(words[0])
		if err != nil {
			return fmt.Errorf("instruction %q: %w", key, err)
		}
		for _, tag := range words[1:] {
			if plain, err := language.Parse(tag); err != nil || plain != tag {
				return fmt.Errorf("instruction %q: write the language %q as %q", key, tag, language.Of(tag).Tag)
			}
		}
		if _, err := filled(t.Name, text, languages{"English", "Yoruba"}); err != nil {
			return fmt.Errorf("instruction %q: %w", key, err)
		}
	}
	return nil
}

// filled puts the languages in. It is the part of text/template that instructions have
// any use for: the whole of it keeps every exported method of the worker's program
// alive, which makes the download a tenth larger.
func filled(name, text string, with languages) (string, error) {
	out := strings.NewReplacer("{{.From}}", with.From, "{{.To}}", with.To).Replace(text)
	if strings.Contains(out, "{{") {
		return "", fmt.Errorf("the instruction of %s says %q; write {{.From}} and {{.To}} for the languages", name, text)
	}
	return out, nil
}
