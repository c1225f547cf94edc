"""Makes the adapters and the renamed checkpoint that field_test.go compares with.

Run in this folder, after make_goldens.py: python make_adapters.py
Needs torch, transformers, peft and safetensors; adapters/expected.json names the
versions. Every adapter is PEFT's own, on the qwen3 or the qwen2 model of
make_goldens.py, with random weights, saved by save_pretrained; expected.safetensors
holds the logits that PEFT gives with it. wrapped is the qwen3 model in float64, with
the names of a compiled model of language and vision, "swish" and no
max_position_embeddings.
"""

import json
import pathlib
import shutil

import peft
import safetensors.torch
import torch
import transformers

HERE = pathlib.Path(__file__).parent
OUT = HERE / "adapters"
TOKENS = [5, 17, 80, 33, 2, 61, 90, 4, 44, 29, 71, 12]
# name: base, what LoraConfig takes beside r=4 and lora_alpha=8
ADAPTERS = {
    "regex": ("qwen3", dict(target_modules=r".*\.self_attn\.(q|v)_proj")),
    "fullnames": ("qwen3", dict(target_modules=["model.layers.0.self_attn.q_proj", "model.layers.1.mlp.up_proj"])),
    "all_linear": ("qwen3", dict(target_modules="all-linear")),
    "lm_head": ("qwen3", dict(target_modules=["q_proj", "lm_head"])),
    "lm_head_tied": ("qwen2", dict(target_modules=["lm_head", "o_proj"])),
    "patterns": ("qwen3", dict(
        target_modules=["q_proj", "v_proj", "up_proj", "down_proj"],
        rank_pattern={"layers.1.self_attn.q_proj": 2, "q_proj": 8, r"model\.layers\.\d\.mlp\.up_proj": 3},
        alpha_pattern={"v_proj": 3, "layers.0.mlp.down_proj": 20})),
    "layers": ("qwen3", dict(target_modules=["q_proj", "gate_proj"], layers_to_transform=[1], layers_pattern="layers")),
    "one_layer": ("qwen3", dict(target_modules=["k_proj"], layers_to_transform=0)),
    "exclude": ("qwen3", dict(target_modules="all-linear", exclude_modules=["k_proj", "model.layers.0.mlp.up_proj"])),
    "exclude_regex": ("qwen3", dict(target_modules=["q_proj", "k_proj", "v_proj"], exclude_modules=r".*layers\.0.*")),
    "rslora": ("qwen3", dict(target_modules=["q_proj", "down_proj"], use_rslora=True)),
}


def scatter(model, generator):
    for name, p in model.named_parameters():
        if "lora_" in name:
            p.data = torch.randn(p.shape, generator=generator) / p.shape[1] ** 0.5


@torch.no_grad()
def logits(model):
    return model(torch.tensor([TOKENS])).logits[0].contiguous().float()


def base(name):
    return transformers.AutoModelForCausalLM.from_pretrained(HERE / name, dtype=torch.float32, attn_implementation="eager").eval()


def save(lora, name):
    lora.save_pretrained(OUT / name)
    (OUT / name / "README.md").unlink(missing_ok=True)
    config = OUT / name / "adapter_config.json"
    fields = json.loads(config.read_text())
    fields["base_model_name_or_path"] = None  # a path of the machine that made it
    if isinstance(fields["target_modules"], list):
        fields["target_modules"].sort()  # a set, in an order of chance
    config.write_text(json.dumps(fields, indent=1) + "\n")


def renamed(path, change):
    tensors = safetensors.torch.load_file(path)
    safetensors.torch.save_file({change(n): t.contiguous() for n, t in tensors.items()}, path, metadata={"format": "pt"})


def wrapped(model):
    """The same model as people have it: other names, float64, little said."""
    folder = HERE / "wrapped"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    config = json.loads((HERE / "qwen3" / "config.json").read_text()) | {"hidden_act": "swish", "dtype": "float64"}
    del config["max_position_embeddings"]
    (folder / "config.json").write_text(json.dumps(config) + "\n")
    tensors = {}
    for name, tensor in model.state_dict().items():
        name = name if name == "lm_head.weight" else name.replace("model.", "model.language_model.", 1)
        tensors["_orig_mod." + name] = tensor.double()
    safetensors.torch.save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})


def main():
    shutil.rmtree(OUT, ignore_errors=True)
    expected = {}
    for seed, (name, (of, settings)) in enumerate(ADAPTERS.items()):
        lora = peft.get_peft_model(base(of), peft.LoraConfig(task_type="CAUSAL_LM", r=4, lora_alpha=8, **settings)).eval()
        scatter(lora, torch.Generator().manual_seed(seed))
        expected[name] = logits(lora)
        save(lora, name)
    # Trained under torch.compile: the names that its wrapper gives.
    shutil.copytree(OUT / "patterns", OUT / "compiled")
    renamed(OUT / "compiled" / "adapter_model.safetensors", lambda n: n.replace("base_model.model.", "base_model.model._orig_mod."))
    expected["compiled"] = expected["patterns"].clone()
    # Trained on the model without its head: modules have no "model." before them.
    whole = base("qwen3")
    lora = peft.get_peft_model(whole.model, peft.LoraConfig(r=4, lora_alpha=8, target_modules=r"layers\.\d\.self_attn\.[qk]_proj")).eval()
    scatter(lora, torch.Generator().manual_seed(99))
    with torch.no_grad():
        expected["headless"] = whole.lm_head(lora(torch.tensor([TOKENS])).last_hidden_state)[0].contiguous()
    save(lora, "headless")
    wrapped(base("qwen3"))
    safetensors.torch.save_file(expected, OUT / "expected.safetensors")
    made_by = {m.__name__: m.__version__ for m in (torch, transformers, peft)}
    (OUT / "expected.json").write_text(json.dumps({"made_by": made_by, "tokens": TOKENS}) + "\n")


if __name__ == "__main__":
    transformers.utils.logging.disable_progress_bar()
    main()
