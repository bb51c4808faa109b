"""Texts of many kinds, and the ids that mistral-common gives them.

    tekken_texts.py TEKKEN.JSON COUNT SEED TEXTS IDS

TEXTS and IDS have the form of tests/interop/tekken_ids.c. The ids come from the
reference's own encoder, so texts and answers are written by nothing of ours.
"""
import random
import struct
import sys

from mistral_common.tokens.tokenizers.tekken import Tekkenizer

path, count, seed, texts_path, ids_path = sys.argv[1:]
rng = random.Random(int(seed))

RANGES = [(0x20, 0x7E), (0xA0, 0x24F), (0x370, 0x3FF), (0x400, 0x4FF), (0x5D0, 0x5EA),
          (0x600, 0x6FF), (0x900, 0x97F), (0xE00, 0xE7F), (0x3040, 0x30FF),
          (0x4E00, 0x9FFF), (0xAC00, 0xD7A3), (0x1F300, 0x1FAFF), (0x300, 0x36F),
          (0x2000, 0x206F), (0x2150, 0x218F), (0x1C4, 0x1CC), (0x10A0, 0x10FF),
          (0x1D400, 0x1D7FF), (0xFE00, 0xFE0F), (0xE000, 0xE0FF), (0x0, 0x1F),
          (0x80, 0x9F), (0x20000, 0x2A6DF), (0x1F1E6, 0x1F1FF)]
WORDS = """the quick brown fox Jumps OVER lazy DOGS iPhone McDonald HTTPServer naive
naïve façade Straße ΑΘΗΝΑ Москва ǅ Ǆ ǆ 東京 도쿄 ไทย مرحبا שלום 👩‍👩‍👧 🇫🇷 e\u0301 don't we'll
x_1 foo_bar() 3.14159 1,234 0xDEADBEEF -> => != /* */ // \\n http://a.b/c?d=e&f [INST]
</s> <s> {"a": [1, 2]} $x^2$ #include <stdio.h> def f(x): return self ℌ ﬁ Ⅷ ½ ٣""".split(" ")
BLANKS = [" ", "  ", "\n", "\r\n", "\t", "\n\n", "   \n  ", "\u00a0", "\u3000", "\u2028",
          "\x0b", "\x85", " \t ", "\r", "\n    ", "/", "\n/\n"]
SHARP = ["a", "A", "ʰ", "あ", "\u0301", "1", " ", "\n", "\r", ".", "/", "ǅ", "\u00a0", "é"]


def char():
    low, high = rng.choice(RANGES)
    return chr(rng.randint(low, high))


def any_char():
    while True:
        code = rng.randrange(0x110000)
        if not 0xD800 <= code <= 0xDFFF:
            return chr(code)


def mixed():
    return "".join(rng.choice([char, lambda: rng.choice(WORDS), lambda: rng.choice(BLANKS)])()
                   for _ in range(rng.randrange(60)))


def words():
    return "".join(rng.choice(WORDS) + rng.choice(BLANKS) for _ in range(rng.randrange(40)))


def sharp():
    return "".join(rng.choices(SHARP, k=rng.randrange(24)))


def one_script():
    low, high = rng.choice(RANGES)
    return "".join(chr(rng.randint(low, high)) for _ in range(rng.randrange(80)))


def run():
    unit = rng.choice([char(), rng.choice(WORDS), rng.choice(BLANKS), "ab", "=-"])
    return unit * rng.randrange(1, 300)


def broken():
    data = bytearray(mixed().encode())
    for _ in range(rng.randrange(1, 6)):
        data.insert(rng.randrange(len(data) + 1), rng.randrange(128, 256))
    return data.decode("utf-8", "replace")


def everything():
    return "".join(any_char() for _ in range(rng.randrange(40)))


def long_run(length):
    low, high = rng.choice(RANGES[1:12])
    return "".join(chr(rng.randint(low, high)) for _ in range(length))


KINDS = [mixed, words, sharp, one_script, run, broken, everything]


def make(i):
    if i < 24:  # unbroken runs: the limit of a quadratic merge
        return long_run(20000) if i % 2 else rng.choice(["あ", "a", "Ab", "-", " "]) * 20000
    if i < 24 + 0x110000 // 256:  # every code point, after a letter and a blank
        first = (i - 24) * 256
        return "".join(f"a{chr(c)} {chr(c)}B" for c in range(first, first + 256)
                       if not 0xD800 <= c <= 0xDFFF)
    return KINDS[i % len(KINDS)]()


tekken = Tekkenizer.from_file(path)
with open(texts_path, "wb") as texts, open(ids_path, "w", encoding="ascii") as ids:
    for i in range(int(count)):
        text = make(i)
        data = text.encode()
        texts.write(struct.pack("<I", len(data)) + data)
        print(*tekken.encode(text, bos=False, eos=False), file=ids)
