"""Makes the small vocabulary and the known answers of the unit tests.

    tekken_tiny.py tests/unit/tekken/tiny.json tests/unit/tekken/vectors.jsonl

The vocabulary is learnt from the text below; the answers are the reference's own.
"""
import base64
import collections
import json
import pathlib
import sys

import regex
from mistral_common.tokens.tokenizers.tekken import Tekkenizer

PATTERN = (r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+|"
           r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*|"
           r"\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+")
TEXT = """The wind blows over the hill and the wind blows through the tunnel.
Le vent souffle sur la colline; der Wind weht. Ветер дует. 風が吹く。
The tunnel tells how strong the wind is. Strong winds bend trees!\n\n\tif (wind > 12) {
        return STRONG; // run\n    }\n\n\n... --- ... === ==== ????? aaaa aaaaaaaa
"""
EXTRA = 40  # tokens past the model's, which a reader must leave out
SPECIALS = 20

VECTORS = [
    "", "a", " ", "  ", "\n", "The wind blows", "the wind blows over the hill.", "winds",
    "WIND Wind wInd WInd windY", "Ветер дует. Ветры!", "風が吹く。風", "naïve café e\u0301",
    "12345", "a1b2 c3", "x  y   z    ", " \n \n x", "\r\n\r\n a", "\t\tif (wind) return;",
    "// run\n/\n", "...---...", "😀😀 👩‍👩‍👧", "\u0301A", "\u0301Ab", "aあBC", "あBCd",
    "ʰABc", "ǅx ǅX", "ⅧⅧ ½", "a\u00a0b\u3000c\u2028d", "\x00\x1f\x7f", "\ufffd\ufffd",
    "[INST] hi [/INST]</s>", "a" * 1, "a" * 2, "a" * 3, "a" * 7, "a" * 100, "ab" * 50,
    " " * 50 + "x", "=" * 41, "あ" * 40, "-" * 33 + "\n", "STRONGwindSTRONG", "don't",
    "\n\n\n\n  \n", "x\u0085y", "\u1680z", "٣٤", "ไทยไทย", "aaaa" * 500, "wind" * 300,
]


def pieces(text):
    return [p.encode() for p in regex.findall(PATTERN, text)]


def learn(text):
    words = collections.Counter(pieces(text))
    split = {w: [bytes([b]) for b in w] for w in words}
    vocab = [bytes([b]) for b in range(256)]
    while True:
        pairs = collections.Counter()
        for w, n in words.items():
            for pair in zip(split[w], split[w][1:]):
                pairs[pair] += n
        pairs = [(-n, a, b) for (a, b), n in pairs.items() if a + b not in vocab]
        if not pairs:
            return vocab
        _, a, b = min(pairs)
        vocab.append(a + b)
        for w, parts in split.items():
            out = []
            for part in parts:
                if out and out[-1] == a and part == b:
                    out[-1] = a + b
                else:
                    out.append(part)
            split[w] = out


vocab = learn(TEXT)
tokens = len(vocab)
vocab += [b"extra %d" % i for i in range(EXTRA)]
entries = []
for rank, token in enumerate(vocab):
    try:
        text = token.decode()
    except UnicodeDecodeError:
        text = None
    entries.append({"rank": rank, "token_bytes": base64.b64encode(token).decode(),
                    "token_str": text})
config = {"pattern": PATTERN, "num_vocab_tokens": len(vocab), "version": "v3",
          "default_vocab_size": tokens + SPECIALS, "default_num_special_tokens": SPECIALS}
tiny = pathlib.Path(sys.argv[1])
rows = ",\n".join(json.dumps(e) for e in entries)
tiny.write_text(f'{{"config": {json.dumps(config)},\n"vocab": [\n{rows}\n]}}\n')

named = tiny.with_name("tekken.json")  # the reference looks at the name
named.write_text(tiny.read_text())
tekken = Tekkenizer.from_file(named)
named.unlink()
with open(sys.argv[2], "w", encoding="utf-8") as out:
    for text in VECTORS:
        ids = tekken.encode(text, bos=False, eos=False)
        print(json.dumps({"text": text, "ids": ids}), file=out)
print(tokens, "tokens", len(VECTORS), "answers")
