"""Makes golden.json: 300 invented segments and what sacreBLEU and rouge_score give for them.

    pip install sacrebleu==2.6.0 rouge_score==0.1.2
    python golden.py > golden.json

The segments are strung together at random from the short word lists below, so
that the file holds no text of any data set. Hypotheses are references with
words dropped, swapped and replaced, and some awkward ones are put in by hand.
"""
import json
import random
import re
import sys
from importlib.metadata import version

import numpy as np
from rouge_score import rouge_scorer
from sacrebleu.metrics import BLEU, CHRF

BO = "བོད ཡིག སྐད ཆུ རི མེ ནམ མཁའ ས གཞི ང ཁྱོད ཁོ འགྲོ འོང ཡིན རེད དང གི ལ ནས བྱེད སློབ གྲྭ བསྒྲུབས བརྒྱད དེའི མིའང ཨོཾ པདྨ ༢༠ ༡༥༠".split()
ZH = list("我你他在山水大小学校书文天地人有不是的了好看说话走来去") + ["３", "a", "GPU", "2.5"]
EN = "the a water mountain sky reads walks don't well-known 3,5 2.50 10-20 river book school (old) \"new\" U.S. it's good, bad; yes: no/maybe A&B x^2 100% $5 e.g. naïve".split()
AWKWARD = [
    ("", "a"), ("a", ""), ("", ""), (" ", " "), ("a", "a"), ("...", "..."), ("hello", "bye"),
    ("&quot;a&amp;lt;b&gt; ", "\"a<b>"), ("a-\nb c\nd", "ab c d"), ("1-2 -3 4-", "1 - 2"),
    ("a\x1cb\u00a0c\u3000d", "a b c d"), ("“x” — y…", "\"x\" - y..."), ("😀🏽 ok 👍", "😀 ok"),
    ("མི༌དང་།", "མི་དང་། །"), ("ཀ་ཁ abc 中文。", "ཀ་ག abd 中国。"), ("<skipped>x", "x"),
    (",.,.,", ".,."), ("3.14,15.", "3.14 15"), ("𠀀𠀁 中", "𠀀 中"), ("カタカナ。ー", "カタカ"),
    ("one two three", "one two three"), ("a b", "a b"), ("!a! (b)", "!a! (b)"), ("'", "''"),
]
KINDS = [("bo", BO), ("zh", ZH), ("en", EN)]


def segment(rng, lang, words):
    picked = [rng.choice(words) for _ in range(rng.randint(1, 14))]
    hyp = [rng.choice(words) if rng.random() < 0.25 else w for w in picked if rng.random() > 0.12]
    if rng.random() < 0.3 and len(hyp) > 1:
        i = rng.randrange(len(hyp) - 1)
        hyp[i], hyp[i + 1] = hyp[i + 1], hyp[i]
    sep, end = {"bo": ("་", "།"), "zh": ("", "。"), "en": (" ", ".")}[lang]
    return sep.join(hyp) + end * (rng.random() < 0.8), sep.join(picked) + end


def tsheg_tokens(s):
    """Tibetan syllables and marks, Chinese characters; the rest by 13a."""
    from sacrebleu.tokenizers.tokenizer_re import TokenizerRegexp
    letters = r"[\u0f00\u0f18\u0f19\u0f35\u0f37\u0f39\u0f3e-\u0f84\u0f86-\u0fbc\u0fc6]+"
    digits = r"[\u0f20-\u0f29]+"
    s = re.sub(rf"({letters}|{digits}|[\u0f00-\u0fff\u3000-\u303f\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0002a6df])", r" \1 ", s.rstrip())
    s = re.sub("[\u0f0b\u0f0c]", " ", s)
    return TokenizerRegexp()(f" {s} ").split()


class Units:
    """The units of ROUGE-L: syllables, characters, words; no punctuation."""

    def tokenize(self, s):
        return re.findall(
            r"[\u0f40-\u0f84\u0f86-\u0fbc\u0f00]+|[\u0f20-\u0f29]+"
            r"|[\u3041-\u30ff\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0002a6df]"
            r"|(?:(?![\u0f00-\u0fff\u3041-\u30ff\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0002a6df_])\w)+", s.lower())


def main():
    rng = random.Random(7)
    segments = [{"lang": "en", "hyp": h, "ref": r} for h, r in AWKWARD]
    while len(segments) < 300:
        lang, words = KINDS[len(segments) % 3]
        hyp, ref = segment(rng, lang, words)
        segments.append({"lang": lang, "hyp": hyp, "ref": ref})
    hyps = [s["hyp"] for s in segments]
    refs = [s["ref"] for s in segments]
    split = [" ".join(tsheg_tokens(s)) for s in hyps], [" ".join(tsheg_tokens(s)) for s in refs]

    out = {"made_by": f"sacrebleu {version('sacrebleu')}, rouge_score {version('rouge_score')}", "segments": segments, "metrics": {}}

    def add(name, make, hyps, refs):
        corpus = make(False)
        entry = {"corpus": corpus.corpus_score(hyps, [refs]).score, "signature": str(corpus.get_signature())}
        sentence = make(True)
        entry["sentence"] = [sentence.sentence_score(h, [r]).score for h, r in zip(hyps, refs)]
        out["metrics"][name] = entry

    for tok in ["none", "13a", "zh", "char"]:
        add("bleu-" + tok, lambda eff, tok=tok: BLEU(tokenize=tok, effective_order=eff, force=True), hyps, refs)
    add("bleu-tsheg", lambda eff: BLEU(tokenize="none", effective_order=eff, force=True), *split)
    add("chrf", lambda _: CHRF(), hyps, refs)
    add("chrf++", lambda _: CHRF(word_order=2), hyps, refs)

    scorer = rouge_scorer.RougeScorer(["rougeL"], tokenizer=Units())
    rouge = [scorer.score(r, h)["rougeL"].fmeasure for h, r in zip(hyps, refs)]
    out["metrics"]["rouge-l"] = {"corpus": sum(rouge) / len(rouge), "sentence": rouge}

    # A paired bootstrap of a small difference, with the segments that were drawn.
    from sacrebleu.significance import _compute_p_value
    n = 40
    a, ref = hyps[-n:], refs[-n:]
    b = [r if i % 9 == 0 else h for i, (h, r) in enumerate(zip(a, ref))]
    items = np.random.default_rng(1).choice(n, size=(60, n))
    metric = CHRF(word_order=2)
    rows = [np.array(metric._extract_corpus_statistics(x, [ref]), dtype="float64") for x in (a, b)]
    drawn = [np.array([metric._compute_score_from_stats(r[i].sum(0)).score for i in items]) for r in rows]
    whole = [metric._compute_score_from_stats(r.sum(0)).score for r in rows]
    apart = np.abs(drawn[1] - drawn[0])
    delta = np.sort(drawn[1] - drawn[0])
    out["paired"] = {
        "a": a, "b": b, "ref": ref, "items": items.tolist(), "delta": whole[1] - whole[0],
        "low": delta[60 // 40], "high": delta[60 - 60 // 40 - 1],
        "p": _compute_p_value(apart - apart.mean(), abs(whole[1] - whole[0])),
    }
    json.dump(out, sys.stdout, ensure_ascii=False, indent=0)


main()
