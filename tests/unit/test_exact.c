/*
 * Text of exactly so many tokens: every number of tokens of texts that are hard to cut,
 * with a vocabulary that knows the filler words and little else, and with one whose
 * tokens are cut out of real text.
 */
#include "check.h"

#include "base/rng.h"
#include "workload/exact.h"
#include "workload/pretoken.h"
#include "workload/words.h"

#include <stdlib.h>

#define TOKENS 20000

static const char *const texts[] = {
    "",
    "Plain words, of which each is a few tokens; and no more.",
    "Zeilen\nund\n\n\n   Leerzeichen   am Ende   ",
    "日本語のテキストと絵文字 🙂🙃 und e\xcc\x81",
    "12345678901234567890 3.14159 0x7fff",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    "{\"json\": [1, 2, {\"a\": null}],\t\"b\": \"\\u00e9\"}\r\n",
    "        for (int i = 0; i < n; i++)\n            sum += x[i];\n",
};

/* Adds a token unless it is there, or is none. */
static void add(struct bpe *b, const char *bytes, size_t length)
{
    struct err e = {0};
    if (length > 1 && length <= BPE_TOKEN_BYTES_MAX)
        (void)!bpe_add(b, (const uint8_t *)bytes, length, &e);
}

static void add_words(struct bpe *b, const struct word *words, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        add(b, words[i].text, words[i].length);
}

/* Bytes, pieces of the texts where the seed is not 0, and filler words. */
static struct tokenizer tokenizer_of(uint64_t seed)
{
    struct tokenizer t = {.bpe = bpe_new(TOKENS), .specials = 10};
    struct err e = {0};
    struct rng r;
    for (unsigned i = 0; i < 256; i++) {
        uint8_t byte = (uint8_t)i;
        CHECK_INT(bpe_add(t.bpe, &byte, 1, &e), 0);
    }
    rng_init(&r, seed, RNG_TEXT, 0);
    for (unsigned i = 0; seed != 0 && i < 400; i++) {
        const char *text = texts[1 + rng_u64(&r) % (ARRAY_LEN(texts) - 1)];
        size_t at = rng_u64(&r) % (strlen(text) - 4);
        add(t.bpe, text + at, 2 + rng_u64(&r) % 3);
    }
    add_words(t.bpe, words_first, words_first_count);
    add_words(t.bpe, words_next, words_next_count);
    CHECK_INT(exact_words(&t, &e), 0);
    CHECK_STR(e.text, "");
    return t;
}

/* The longest prefix of text that out begins with is most of it: no text is thrown
 * away for filler but what a piece may hold. */
static size_t common(const struct buf *out, const char *text)
{
    size_t n = 0;
    while (n < out->len && text[n] != '\0' && out->data[n] == text[n])
        n++;
    return n;
}

static bool is_utf8(const struct buf *b)
{
    size_t i = 0;
    while (i < b->len) {
        unsigned char c = (unsigned char)b->data[i];
        size_t n = c < 0x80 ? 1 : c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : c >= 0xc0 ? 2 : 0;
        if (n == 0 || i + n > b->len)
            return false;
        for (size_t k = 1; k < n; k++)
            if (((unsigned char)b->data[i + k] & 0xc0) != 0x80)
                return false;
        i += n;
    }
    return true;
}

static void check_text(struct exact *x, const char *text)
{
    struct buf out;
    size_t length = strlen(text), most = 0;
    size_t all = tokenizer_count(x->tokenizer, &x->work, text, length);
    buf_init(&out, 1 << 16);
    for (uint32_t n = 1; n <= all + 20; n++) {
        buf_reset(&out);
        buf_puts(&out, "before");
        if (!exact_append(x, text, length, n, &out)) {
            check_fail(__FILE__, __LINE__, text);
            continue;
        }
        memmove(out.data, out.data + 6, out.len - 5);
        out.len -= 6;
        CHECK_INT(tokenizer_count(x->tokenizer, &x->work, out.data, out.len), n);
        CHECK(is_utf8(&out));
        most = common(&out, text) > most ? common(&out, text) : most;
    }
    CHECK_INT(most, length); /* what has enough tokens is all of it */
    buf_release(&out);
}

static void every_number(void)
{
    for (uint64_t seed = 0; seed < 20; seed++) {
        struct tokenizer t = tokenizer_of(seed);
        struct exact x = {.tokenizer = &t};
        for (size_t i = 0; i < ARRAY_LEN(texts); i++)
            check_text(&x, texts[i]);
        exact_release(&x);
        tokenizer_release(&t);
    }
}

/* Where tokens end at characters the text goes up to the wanted one, without filler. */
static void a_cut_is_no_filler(void)
{
    struct tokenizer t = tokenizer_of(0);
    struct exact x = {.tokenizer = &t};
    struct buf out;
    buf_init(&out, 1 << 16);
    CHECK(exact_append(&x, "xyzxyz xyz", 10, 5, &out));
    CHECK_STR(out.data, "xyzxy");
    buf_reset(&out);
    CHECK(exact_append(&x, "xyzxyz xyz", 10, 10, &out));
    CHECK_STR(out.data, "xyzxyz xyz");
    exact_release(&x);
    tokenizer_release(&t);
    buf_release(&out);
}

static void words_that_are_no_token(void)
{
    struct err e = {0};
    struct tokenizer t = {.bpe = bpe_new(TOKENS)};
    for (unsigned i = 0; i < 256; i++) {
        uint8_t byte = (uint8_t)i;
        CHECK_INT(bpe_add(t.bpe, &byte, 1, &e), 0);
    }
    CHECK_INT(exact_words(&t, &e), -1);
    CHECK(strstr(e.text, "the filler word \"") != NULL);
    tokenizer_release(&t);
}

int main(void)
{
    RUN(every_number);
    RUN(a_cut_is_no_filler);
    RUN(words_that_are_no_token);
    return check_report();
}
