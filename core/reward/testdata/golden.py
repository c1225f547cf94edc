"""Makes golden.json: surface rewards by sacreBLEU 2.6.0 and rouge_score 0.1.2.

Run in a Python with both: python golden.py > golden.json
"""

import json

from rouge_score import rouge_scorer
from sacrebleu.metrics import BLEU, CHRF

CASES = [
    ("en", "the file was opened twice", "the file has been opened twice today"),
    ("en", "open file", "open the file"),
    ("en", "nothing in common here", "zzz qqq"),
    ("zh", "打开两个文件", "请打开这两个文件"),
    ("zh", "网络很慢", "网络速度非常慢"),
]


class Characters:
    """Cuts Chinese for ROUGE-L as lang.Units does: one character a unit."""

    def tokenize(self, text):
        return [c for c in text if not c.isspace()]


def rouge(lang, hyp, ref):
    tokenizer = Characters() if lang == "zh" else None
    scorer = rouge_scorer.RougeScorer(["rougeL"], tokenizer=tokenizer)
    return scorer.score(ref, hyp)["rougeL"].fmeasure


rows = []
for lang, hyp, ref in CASES:
    bleu = BLEU(tokenize="zh" if lang == "zh" else "13a", effective_order=True)
    rows.append({
        "lang": lang, "output": hyp, "reference": ref,
        "chrf": CHRF(word_order=2).sentence_score(hyp, [ref]).score / 100,
        "bleu": bleu.sentence_score(hyp, [ref]).score / 100,
        "rouge": rouge(lang, hyp, ref),
    })
print(json.dumps(rows, ensure_ascii=False, indent=1))
