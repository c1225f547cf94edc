package prompt

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/ardanlabs/jinja"

	"github.com/dongyur/dongyur/core/token"
)

// The files of a model's folder that say how it is spoken to.
const (
	tokenizerConfigFile  = "tokenizer_config.json"
	specialTokensFile    = "special_tokens_map.json"
	templateFile         = "chat_template.jinja"
	templatesFolder      = "additional_chat_templates"
	generationConfigFile = "generation_config.json"
)

// own is the name of the template that a model's folder holds.
const own = "the model's own"

// Settings choose a form.
type Settings struct {
	// Template is one of Names, the name of one of the model's own, or a template's
	// text; "" is Auto.
	Template string
	// System is a message before every conversation; "" is none.
	System string
}

// Generation is what generation_config.json says of drawing answers. A number is 0
// where it says nothing, and Temperature where it draws nothing (do_sample is false).
type Generation struct {
	EOS         []int
	Temperature float64
	TopK        int
	TopP        float64
}

// spoken is what a folder says of how its model is spoken to.
type spoken struct {
	templates  map[string]string // by name; the usual one is "default"
	variables  map[string]any
	generation Generation
}

// Open makes the form of a model from its folder, of which all these files may be
// missing. end are config.json's end tokens. A template of the model's own that the
// engine cannot run is replaced, with a warning, by the row whose control tokens the
// tokenizer has.
func Open(fsys fs.FS, tok *token.Tokenizer, end []int, settings Settings) (f *Form, generation Generation, warning string, err error) {
	said, err := readSpoken(fsys)
	if err != nil {
		return nil, generation, "", err
	}
	ends := said.ends(tok, end)
	f, err = choose(said, tok, settings.Template)
	if err == nil {
		err = f.finish(tok, said.variables, settings.System, ends)
	}
	if err == nil {
		return f, said.generation, "", nil
	}
	if settings.System != "" {
		return nil, generation, "", fmt.Errorf("%w; if the template takes no system message, leave it out", err)
	}
	if !isAuto(settings.Template) || said.templates[usual] == "" {
		return nil, generation, "", err
	}
	r := guess(tok)
	warning = fmt.Sprintf("the model's own chat template cannot be run here (%v): %s is used instead; name another with --template", err, r.Name)
	if f, err = r.form(); err == nil {
		err = f.finish(tok, said.variables, "", ends)
	}
	return f, said.generation, warning, err
}

// ForOwn makes the form of our own models, for a tokenizer without a folder.
func ForOwn(tok *token.Tokenizer) (*Form, error) {
	f, err := choose(&spoken{}, tok, Own)
	if err != nil {
		return nil, err
	}
	return f, f.finish(tok, nil, "", nil)
}

// finish ties a form to a tokenizer and asks it how answers end.
func (f *Form) finish(tok *token.Tokenizer, variables map[string]any, system string, ends []int) error {
	f.tok, f.variables, f.system = tok, variables, system
	return f.findEnd(ends)
}

func isAuto(name string) bool { return name == "" || name == Auto }

// choose gives the form that is asked for.
func choose(said *spoken, tok *token.Tokenizer, name string) (*Form, error) {
	if isAuto(name) {
		text, ok := said.templates[usual]
		if !ok {
			if r := rows[0]; r.fits(tok) {
				return r.form()
			}
			return rows[1].form()
		}
		template, err := compile(text)
		return &Form{Name: own, template: template}, err
	}
	if i := slices.IndexFunc(rows, func(r row) bool { return r.Name == name }); i >= 0 {
		if !rows[i].fits(tok) {
			return nil, fmt.Errorf("template %s: the tokenizer lacks its control tokens %s; choose another of %s",
				name, strings.Join(rows[i].turn, " "), strings.Join(Names(), ", "))
		}
		return rows[i].form()
	}
	text, label := said.templates[name], "the model's "+name
	if text == "" && strings.Contains(name, "{") {
		text, label = name, "file"
	}
	if text == "" {
		return nil, fmt.Errorf("template %q is unknown: choose one of %s%s, or name a file with a Jinja template", name, strings.Join(Names(), ", "), said.more())
	}
	template, err := compile(text)
	if err != nil {
		return nil, fmt.Errorf("template: %w", err)
	}
	return &Form{Name: label, template: template}, nil
}

// compile parses a template; one that makes the engine panic is an error too.
func compile(text string) (template *jinja.Template, err error) {
	defer func() {
		if thrown := recover(); thrown != nil {
			err = fmt.Errorf("%v", thrown)
		}
	}()
	return jinja.Compile(text)
}

// guess is the row whose control tokens a tokenizer has, for a chat model.
func guess(tok *token.Tokenizer) row {
	for _, name := range []string{"chatml", "llama3", "gemma", PlainText} {
		i := slices.IndexFunc(rows, func(r row) bool { return r.Name == name })
		if rows[i].fits(tok) {
			return rows[i]
		}
	}
	return rows[1]
}

// usual is the name of the template that is taken where none is named.
const usual = "default"

// more lists the model's templates beside the usual one.
func (s *spoken) more() string {
	var names []string
	for name := range s.templates {
		if name != usual {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	if len(names) == 0 {
		return ""
	}
	return ", or of the model's " + strings.Join(names, ", ")
}

// ends lists the model's end tokens, the most telling first: those of
// generation_config.json, config.json and the tokenizer.
func (s *spoken) ends(tok *token.Tokenizer, config []int) []int {
	list := slices.Concat(s.generation.EOS, config)
	if name, _ := s.variables["eos_token"].(string); name != "" {
		if id, ok := tok.ID(name); ok {
			list = append(list, id)
		}
	}
	var once []int
	for _, id := range list {
		if !slices.Contains(once, id) {
			once = append(once, id)
		}
	}
	return once
}

// readSpoken reads what a folder holds of these files.
func readSpoken(fsys fs.FS) (*spoken, error) {
	// Answers are wanted, not thoughts about them: a completion is measured whole.
	s := &spoken{templates: map[string]string{}, variables: map[string]any{"enable_thinking": false}}
	var config struct {
		Template json.RawMessage `json:"chat_template"`
	}
	if err := readFile(fsys, tokenizerConfigFile, &config, s.takeTokens); err != nil {
		return nil, err
	}
	if err := readFile(fsys, specialTokensFile, nil, s.takeTokens); err != nil {
		return nil, err
	}
	if err := s.takeTemplates(config.Template); err != nil {
		return nil, fmt.Errorf("%s: chat_template: %w", tokenizerConfigFile, err)
	}
	if err := s.readTemplates(fsys); err != nil {
		return nil, err
	}
	var g struct {
		EOS         ids      `json:"eos_token_id"`
		Sample      bool     `json:"do_sample"`
		Temperature *float64 `json:"temperature"`
		TopK        *int     `json:"top_k"`
		TopP        *float64 `json:"top_p"`
	}
	if err := readFile(fsys, generationConfigFile, &g, nil); err != nil {
		return nil, err
	}
	s.generation.EOS = g.EOS
	if g.Sample {
		// transformers draws at temperature 1 from the 50 likeliest where the file says
		// no more.
		s.generation.Temperature, s.generation.TopK, s.generation.TopP = or(g.Temperature, 1), or(g.TopK, 50), or(g.TopP, 1)
	}
	return s, nil
}

func or[T any](given *T, usual T) T {
	if given == nil {
		return usual
	}
	return *given
}

// readFile reads a JSON file into value and its fields into each; a file that is not
// there is no error.
func readFile(fsys fs.FS, name string, value any, each func(map[string]json.RawMessage)) error {
	raw, err := fs.ReadFile(fsys, name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if value != nil {
		if err := json.Unmarshal(raw, value); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	if each == nil {
		return nil
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(raw, &fields); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	each(fields)
	return nil
}

// takeTokens keeps the names of control tokens, which templates read: a name, or an
// object with it as its content.
func (s *spoken) takeTokens(fields map[string]json.RawMessage) {
	for key, raw := range fields {
		if !strings.HasSuffix(key, "_token") {
			continue
		}
		if _, known := s.variables[key]; known {
			continue
		}
		var name string
		var object struct{ Content string }
		if json.Unmarshal(raw, &name) == nil && name != "" {
			s.variables[key] = name
		} else if json.Unmarshal(raw, &object) == nil && object.Content != "" {
			s.variables[key] = object.Content
		}
	}
}

// takeTemplates reads chat_template: one template, or a list of them with names.
func (s *spoken) takeTemplates(raw json.RawMessage) error {
	if raw = bytes.TrimSpace(raw); len(raw) == 0 || string(raw) == "null" {
		return nil
	}
	var one string
	if json.Unmarshal(raw, &one) == nil {
		s.templates[usual] = one
		return nil
	}
	var list []struct{ Name, Template string }
	if err := json.Unmarshal(raw, &list); err != nil {
		return errors.New("want a template, or a list of templates with names")
	}
	for _, t := range list {
		s.templates[t.Name] = t.Template
	}
	return nil
}

// readTemplates reads the files with templates, which go before tokenizer_config.json's.
func (s *spoken) readTemplates(fsys fs.FS) error {
	names, err := fs.Glob(fsys, templatesFolder+"/*.jinja")
	if err != nil {
		return err
	}
	for _, name := range append(names, templateFile) {
		text, err := fs.ReadFile(fsys, name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		key := strings.TrimSuffix(path.Base(name), ".jinja")
		if name == templateFile {
			key = usual
		}
		s.templates[key] = string(text)
	}
	return nil
}

// ids is one id or a list of them.
type ids []int

// UnmarshalJSON reads null, a number or a list.
func (l *ids) UnmarshalJSON(raw []byte) error {
	var one int
	if json.Unmarshal(raw, &one) == nil && string(raw) != "null" {
		*l = ids{one}
		return nil
	}
	return json.Unmarshal(raw, (*[]int)(l))
}
