"""Makes the checkpoints and logits that decoder_test.go and safetensors_test.go compare with.

Run in this folder: python make_goldens.py
Needs torch, transformers, peft and safetensors; expected.json names the versions.
Each model is two layers of random weights, spread wide enough that attention is
far from uniform and every bias and norm shows in the logits.
"""

import json
import os
import pathlib
import shutil

import peft
import safetensors.torch
import torch
import transformers

HERE = pathlib.Path(__file__).parent
VOCAB = 96
SMALL = dict(
    vocab_size=VOCAB, hidden_size=32, intermediate_size=40, num_hidden_layers=2, num_attention_heads=4,
    num_key_value_heads=2, max_position_embeddings=512, bos_token_id=1, eos_token_id=2, pad_token_id=0,
)
EVERY = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
# name: config, adapter or None, greatest shard
MODELS = {
    "qwen2": (
        transformers.Qwen2Config(**SMALL, tie_word_embeddings=True, rope_parameters={"rope_type": "default", "rope_theta": 1e6}),
        dict(r=4, lora_alpha=8, target_modules=["q_proj", "v_proj", "down_proj"]), None),
    "qwen2-yarn": (
        transformers.Qwen2Config(**SMALL, tie_word_embeddings=True, rope_parameters={
            "rope_type": "yarn", "rope_theta": 10000.0, "factor": 4.0, "original_max_position_embeddings": 128}),
        None, None),
    "qwen3": (
        transformers.Qwen3Config(**SMALL, head_dim=16, tie_word_embeddings=False, rope_parameters={"rope_type": "default", "rope_theta": 1e6}),
        None, None),
    "llama3": (
        transformers.LlamaConfig(**SMALL, attention_bias=True, mlp_bias=True, rope_parameters={
            "rope_type": "llama3", "rope_theta": 5000.0, "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
            "original_max_position_embeddings": 64}),
        None, None),
    "llama-linear": (
        transformers.LlamaConfig(**SMALL, tie_word_embeddings=True, rope_parameters={
            "rope_type": "linear", "rope_theta": 10000.0, "factor": 2.0}),
        None, None),
    "olmo2": (
        transformers.Olmo2Config(**SMALL, rope_parameters={"rope_type": "default", "rope_theta": 500000.0}),
        dict(r=3, lora_alpha=6, use_rslora=True, target_modules=EVERY), "30KB"),
}
# Rows, and the columns of each whose logits are kept.
LENGTHS = [(1, [0]), (17, [0, 7, 16]), (160, [31, 100, 159])]


def scatter(parameters, generator):
    """Random values for every parameter."""
    for name, p in parameters:
        noise = torch.randn(p.shape, generator=generator)
        if "norm" in name:
            p.data = 1 + 0.2 * noise
        elif p.ndim == 1:
            p.data = 0.2 * noise
        elif "embed" in name or "lm_head" in name:
            p.data = 0.5 * noise
        else:
            p.data = 1.5 * noise / p.shape[1] ** 0.5


@torch.no_grad()
def logits(model, rows, prefix):
    return {
        f"{prefix}{i}": model(torch.tensor([tokens])).logits[0, columns].contiguous().float()
        for i, (tokens, columns) in enumerate(rows)
    }


def make(name, config, adapter, shard, seed):
    folder = HERE / name
    shutil.rmtree(folder, ignore_errors=True)
    generator = torch.Generator().manual_seed(seed)
    model = transformers.AutoModelForCausalLM.from_config(config, attn_implementation="eager").eval()
    scatter(model.named_parameters(), generator)
    model.tie_weights()
    model.save_pretrained(folder, **({"max_shard_size": shard} if shard else {}))
    (folder / "generation_config.json").unlink(missing_ok=True)
    rows = [(torch.randint(3, VOCAB, (n,), generator=generator).tolist(), columns) for n, columns in LENGTHS]
    expected = logits(model, rows, "base.")
    if adapter:
        lora = peft.get_peft_model(model, peft.LoraConfig(task_type="CAUSAL_LM", lora_dropout=0.0, **adapter)).eval()
        scatter([(n, p) for n, p in lora.named_parameters() if "lora_" in n], generator)
        expected |= logits(lora, rows, "adapter.")
        lora.save_pretrained(folder / "adapter")
        (folder / "adapter" / "README.md").unlink(missing_ok=True)
    safetensors.torch.save_file(expected, folder / "expected.safetensors")
    made_by = {m.__name__: m.__version__ for m in (torch, transformers, peft)}
    (folder / "expected.json").write_text(json.dumps(
        {"made_by": made_by, "rows": [{"tokens": t, "columns": c} for t, c in rows]}) + "\n")


def floats():
    """The same numbers in the three types: torch's rounding, subnormals, ties."""
    values = torch.tensor([
        0.0, -0.0, 1.0, -2.5, 65504.0, 1e-7, 6.1e-5, 5.9604645e-08, 1.00048828125, 1.0014648, 1.00390625,
        1.01171875, 3.3895314e38, 1e-40, 0.1, -0.3333333])
    half = torch.where(values.abs() > 65504, torch.zeros(()), values)
    safetensors.torch.save_file(
        {"f32": values.clone(), "f16": half.half(), "bf16": values.bfloat16(), "matrix": values.reshape(4, 4).clone(), "ids": torch.arange(3)},
        HERE / "floats.safetensors", metadata={"made_by": "torch " + torch.__version__})


if __name__ == "__main__":
    os.environ["TRANSFORMERS_OFFLINE"] = "1"
    for seed, (name, (config, adapter, shard)) in enumerate(MODELS.items()):
        make(name, config, adapter, shard, seed)
    floats()
