"""Counts which first pairs of each Chinese paradigm assets/models/nano judges rightly, for
TestFactsAndProbesCommands: by transformers 5.23.0 and torch in float32, each text after
<|endoftext|>. Prints a line a set: name, right, asked.

    python probes.py DATA/probes_en_zh.jsonl   (from this folder)
"""

import json
import sys

import torch
from tokenizers import Tokenizer
from transformers import AutoModelForCausalLM

NANO = "../../../../assets/models/nano"
CONNECTOR = {"cause": "因为", "effect": "所以"}

tokenizer = Tokenizer.from_file(NANO + "/tokenizer.json")
model = AutoModelForCausalLM.from_pretrained(NANO, dtype=torch.float32).eval()
start = tokenizer.token_to_id("<|endoftext|>")


def logp(prompt, text):
    before = tokenizer.encode(prompt, add_special_tokens=False).ids
    after = tokenizer.encode(text, add_special_tokens=False).ids
    ids = torch.tensor([[start] + before + after])
    with torch.no_grad():
        scores = torch.log_softmax(model(ids).logits[0].double(), -1)
    return sum(scores[i, ids[0, i + 1]].item() for i in range(len(before), len(before) + len(after)))


seen, right, asked = set(), {}, {}
for line in open(sys.argv[1], encoding="utf8"):
    row = json.loads(line)
    key = row["set"], row.get("paradigm")
    if row["lang"] != "zh" or key in seen or row["set"] != "xcopa" and "good" not in row:
        continue
    seen.add(key)
    if row["set"] == "xcopa":
        prompt = row["premise"].strip()[:-1] + " " + CONNECTOR[row["paradigm"]]
        texts = [" " + c[0].lower() + c[1:] for c in row["choices"]]
        good, bad = texts[row["label"]], texts[1 - row["label"]]
    else:
        prompt, good, bad = "", row["good"], row["bad"]
    asked[row["set"]] = asked.get(row["set"], 0) + 1
    right[row["set"]] = right.get(row["set"], 0) + (logp(prompt, good) > logp(prompt, bad))
for name in asked:
    print(name, right[name], asked[name])
