"""Counts which first pairs of each Chinese paradigm assets/models/nano judges rightly, for
TestFactsAndProbesCommands: by transformers 5.23.0 and torch in float32, each text after
<|endoftext|>. Prints a line a set: name, right, asked.

    python probes.py DATA/probes_en_zh.jsonl   (from this folder)
"""

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "eval/testdata"))
from golden import scorer

CONNECTOR = {"cause": "因为", "effect": "所以"}

score = scorer()
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
    right[row["set"]] = right.get(row["set"], 0) + (score(prompt, good)[1] > score(prompt, bad)[1])
for name in asked:
    print(name, right[name], asked[name])
