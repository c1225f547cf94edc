"""Makes golden.json for core/eval.

likelihood: log-probabilities of invented texts under assets/models/nano by
transformers 5.23.0 in float32 and torch, each after <|endoftext|>.
rankc: the formula of Qi, Fernández and Bisazza 2023 written out in float64.
percentile: numpy 2.4.6.

    python golden.py > golden.json   (from this folder)
"""

import json
import sys
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer
from transformers import AutoModelForCausalLM

NANO = Path(__file__).resolve().parents[3] / "assets/models/nano"

TEXTS = [
    ("", "The river is long."),
    ("", "The river are long."),
    ("", "小明把书看完了。"),
    ("", "小明把书看完了吗他。"),
    ("The file cannot be opened", " because the disk is full."),
    ("The file cannot be opened", " because the moon is full and the night is very long and very cold."),
    ("打开文件 所以", " 文件打开了。"),
    ("", "ཡིག་ཆ་ཁ་ཕྱེ།"),
]


def scorer():
    """Gives a function from prompt and text to the text's tokens and log-probability under nano."""
    tokenizer = Tokenizer.from_file(str(NANO / "tokenizer.json"))
    model = AutoModelForCausalLM.from_pretrained(NANO, dtype=torch.float32).eval()
    start = tokenizer.token_to_id("<|endoftext|>")

    def score(prompt, text):
        before = tokenizer.encode(prompt, add_special_tokens=False).ids
        after = tokenizer.encode(text, add_special_tokens=False).ids
        ids = torch.tensor([[start] + before + after])
        with torch.no_grad():
            logp = torch.log_softmax(model(ids).logits[0].double(), -1)
        places = range(len(before), len(before) + len(after))
        return len(after), sum(logp[i, ids[0, i + 1]].item() for i in places)

    return score


def likelihood():
    score = scorer()
    rows = []
    for prompt, text in TEXTS:
        tokens, total = score(prompt, text)
        rows.append({"prompt": prompt, "text": text, "tokens": tokens, "logp": total})
    return rows


def rankc(a, b):
    values = []
    for x, y in zip(a, b):
        n = len(x)
        weights = np.exp(np.arange(n - 1, -1, -1, dtype=np.float64))
        weights /= weights.sum()
        precision = [len(set(x[:j]) & set(y[:j])) / j for j in range(1, n + 1)]
        values.append(float(np.dot(weights, precision)))
    return float(np.mean(values))


def rankings():
    rng = np.random.default_rng(7)
    cases = []
    for n, questions in [(2, 1), (3, 2), (4, 25), (10, 12)]:
        a = [rng.permutation(n).tolist() for _ in range(questions)]
        b = [rng.permutation(n).tolist() for _ in range(questions)]
        cases.append({"a": a, "b": b, "rankc": rankc(a, b)})
    return cases


def percentiles():
    rng = np.random.default_rng(8)
    cases = []
    for n in [1, 2, 3, 10, 37]:
        values = rng.normal(size=n).tolist()
        cases.append({"values": values, "p90": float(np.percentile(values, 90))})
    return cases


if __name__ == "__main__":
    json.dump({"likelihood": likelihood(), "rankc": rankings(), "percentile": percentiles()}, sys.stdout, ensure_ascii=False, indent=1)
    print()
