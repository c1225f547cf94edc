"""Loads checkpoints and adapters that Dongyur wrote and compares the logits.

python check_ours.py FOLDER...
Each FOLDER has model/, adapter/ and logits.json: {"tokens": [...], "base": [[...]],
"adapter": [[...]]} with our logits of every column. Exits 1, with the reason, when
they differ by more than 1e-4, relative, or when transformers or PEFT find a weight
that is missing or left over.
"""

import json
import pathlib
import sys
import warnings

import peft
import torch
import transformers

warnings.simplefilter("error", UserWarning)  # PEFT warns of missing adapter weights


@torch.no_grad()
def compare(model, tokens, ours, what):
    theirs = model(torch.tensor([tokens])).logits[0].float()
    off = ((theirs - torch.tensor(ours)).abs().max() / theirs.abs().max()).item()
    print(f"{what}: {off:.1e} off, relative")
    if not off <= 1e-4:
        sys.exit(f"{what}: the logits differ by {off:g}, relative")


def check(folder):
    ours = json.loads((folder / "logits.json").read_text())
    model, info = transformers.AutoModelForCausalLM.from_pretrained(
        folder / "model", dtype=torch.float32, attn_implementation="eager", output_loading_info=True)
    for problem in ("missing_keys", "unexpected_keys", "mismatched_keys"):
        if info[problem]:
            sys.exit(f"{folder.name}: {problem}: {info[problem]}")
    compare(model.eval(), ours["tokens"], ours["base"], f"{folder.name}: base")
    lora = peft.PeftModel.from_pretrained(model, folder / "adapter")
    compare(lora.eval(), ours["tokens"], ours["adapter"], f"{folder.name}: adapter")


if __name__ == "__main__":
    transformers.utils.logging.disable_progress_bar()
    print(f"transformers {transformers.__version__}, peft {peft.__version__}, torch {torch.__version__}")
    for argument in sys.argv[1:]:
        check(pathlib.Path(argument))
