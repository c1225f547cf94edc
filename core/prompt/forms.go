package prompt

import (
	"slices"

	"github.com/ardanlabs/jinja"

	"github.com/dongyur/dongyur/core/token"
)

// Names with a meaning beside the rows'.
const (
	Auto = "auto" // the model's own template, else Own or Plain
	Own  = "dongyur"
	// PlainText is for models that know no turns.
	PlainText = "plain"
)

// row is one form by name: all that is true of it.
type row struct {
	Name string
	Help string
	// source is a Jinja template of our own writing, after the format's description.
	source string
	// turn are the control tokens without which the form is not the tokenizer's.
	turn  []string
	terse bool
	bos   bool
}

// turns writes a template of the usual kind: each message between two strings that may
// use its role.
func turns(before, after, answer string) string {
	return "{% for m in messages %}{{ " + before + " + m['content'] + " + after + " }}{% endfor %}" +
		"{% if add_generation_prompt %}{{ " + answer + " }}{% endif %}"
}

// chatml with a system message where the conversation brings none.
func chatml(system string) string {
	usual := ""
	if system != "" {
		usual = "{% if messages[0]['role'] != 'system' %}{{ '<|im_start|>system\n" + system + "<|im_end|>\n' }}{% endif %}"
	}
	return usual + turns(`'<|im_start|>' + m['role'] + '\n'`, `'<|im_end|>\n'`, `'<|im_start|>assistant\n'`)
}

const llama3Turns = "{% for m in messages %}{{ '<|start_header_id|>' + m['role'] + '<|end_header_id|>\n\n' + m['content'] | trim + '<|eot_id|>' }}{% endfor %}" +
	"{% if add_generation_prompt %}{{ '<|start_header_id|>assistant<|end_header_id|>\n\n' }}{% endif %}"

var rows = []row{
	{Name: Own, Help: "our own models' form: a few plain words in one turn", terse: true, turn: []string{"<|im_start|>", "<|im_end|>"},
		source: turns(`'<|im_start|>'`, `'<|im_end|>\n'`, `'<|im_start|>'`)},
	{Name: PlainText, Help: "a request and a line break, for models that know no turns", bos: true,
		source: "{% for m in messages %}{{ m['content'] + ('' if loop.last and m['role'] == 'assistant' else '\n') }}{% endfor %}"},
	{Name: "chatml", Help: "ChatML, as most fine-tuned models", turn: []string{"<|im_start|>", "<|im_end|>"}, source: chatml("")},
	{Name: "qwen2.5", Help: "Qwen2.5-Instruct: ChatML with its usual system message", turn: []string{"<|im_start|>", "<|im_end|>"},
		source: chatml("You are Qwen, created by Alibaba Cloud. You are a helpful assistant.")},
	{Name: "qwen3", Help: "Qwen3 without thinking: ChatML, an empty thought before the answer", turn: []string{"<|im_start|>", "<|im_end|>"},
		source: turns(`'<|im_start|>' + m['role'] + '\n' + ('<think>\n\n</think>\n\n' if loop.last and m['role'] == 'assistant' else '')`, `'<|im_end|>\n'`,
			`'<|im_start|>assistant\n<think>\n\n</think>\n\n'`)},
	{Name: "smollm2", Help: "SmolLM2-Instruct: ChatML with its usual system message", turn: []string{"<|im_start|>", "<|im_end|>"},
		source: chatml("You are a helpful AI assistant named SmolLM, trained by Hugging Face")},
	{Name: "llama3", Help: "Llama 3", turn: []string{"<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"},
		source: "{{ bos_token }}" + llama3Turns},
	{Name: "llama3.1", Help: "Llama 3.1 to 3.3: Llama 3 with a system message of dates", turn: []string{"<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"},
		source: "{{ bos_token + '<|start_header_id|>system<|end_header_id|>\n\nCutting Knowledge Date: December 2023\nToday Date: 26 Jul 2024\n\n' }}" +
			"{% if messages[0]['role'] == 'system' %}{{ messages[0]['content'] | trim }}{% endif %}{{ '<|eot_id|>' }}" +
			"{% if messages[0]['role'] == 'system' %}{% set messages = messages[1:] %}{% endif %}" + llama3Turns},
	{Name: "olmo2", Help: "OLMo-2-Instruct", turn: []string{"<|endoftext|>"},
		source: "{{ bos_token }}{% for m in messages %}{{ '<|' + m['role'] + '|>\n' + m['content'] }}" +
			"{% if m['role'] == 'assistant' %}{{ eos_token }}{% endif %}{% if not loop.last or m['role'] != 'assistant' %}{{ '\n' }}{% endif %}{% endfor %}" +
			"{% if add_generation_prompt %}{{ '<|assistant|>\n' }}{% endif %}"},
	{Name: "gemma", Help: "Gemma: the system message stands before the first request", turn: []string{"<start_of_turn>", "<end_of_turn>"},
		source: "{{ bos_token }}{% set said = '' %}{% if messages[0]['role'] == 'system' %}{% set said = messages[0]['content'] + '\n\n' %}{% set messages = messages[1:] %}{% endif %}" +
			"{% for m in messages %}{{ '<start_of_turn>' + ('model' if m['role'] == 'assistant' else m['role']) + '\n' + (said if loop.first else '') + m['content'] | trim + '<end_of_turn>\n' }}{% endfor %}" +
			"{% if add_generation_prompt %}{{ '<start_of_turn>model\n' }}{% endif %}"},
}

// Names lists the forms that --template takes by name, auto first.
func Names() []string {
	names := []string{Auto}
	for _, r := range rows {
		names = append(names, r.Name)
	}
	return names
}

// Help says what a named form is; "" for a name that is none.
func Help(name string) string {
	if name == Auto {
		return "the model's own chat template, else " + Own + " where the tokenizer has its turns, else " + PlainText
	}
	if i := slices.IndexFunc(rows, func(r row) bool { return r.Name == name }); i >= 0 {
		return rows[i].Help
	}
	return ""
}

// fits tells whether a tokenizer has the form's control tokens.
func (r row) fits(tok *token.Tokenizer) bool {
	return !slices.ContainsFunc(r.turn, func(name string) bool {
		_, ok := tok.ID(name)
		return !ok
	})
}

// form makes a form of a row.
func (r row) form() (*Form, error) {
	template, err := jinja.Compile(r.source)
	if err != nil {
		return nil, err
	}
	return &Form{Name: r.Name, Terse: r.terse, template: template, bos: r.bos}, nil
}
