/*
 * Reading tekken.json; see tekken.h.
 *
 * The file has 15 to 20 MB and 150,000 objects, most of it texts that are not
 * needed, so it is skimmed instead of made into a tree: 0.1 s and no memory besides
 * the vocabulary. The first walk finds config and vocab, in whatever order, and
 * checks that all of the file is JSON.
 */
#include "workload/tekken.h"

#include "base/base64.h"
#include "base/filemap.h"
#include "wire/skim.h"
#include "workload/pretoken.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define FILE_BYTES_MAX ((size_t)1 << 30)
#define TOKEN_CHARS_MAX BASE64_ENCODED(BPE_TOKEN_BYTES_MAX)
#define PATTERN_BYTES_MAX 1024

/* What of config is needed; empty strings and 0: not there. */
struct config {
    char pattern[PATTERN_BYTES_MAX];
    char version[16];
    uint32_t vocab_size, specials;
};

struct document {
    const char *config, *vocab; /* where the values start; NULL: not there */
    const char *end;
};

static bool is_key(const struct span *key, const char *name)
{
    return key->length == strlen(name) && memcmp(key->text, name, key->length) == 0;
}

/* The next member of an object whose '{' has been taken: 1 and its key; 0: the '}'
 * has been taken; -1: neither. */
static int next_member(struct skim *s, bool *is_first, struct span *key)
{
    if (*is_first ? skim_take(s, '}') : !skim_take(s, ','))
        return *is_first || skim_take(s, '}') ? 0 : -1;
    *is_first = false;
    return skim_key(s, key) ? 1 : -1;
}

static int bad_json(const struct skim *s, const char *text, struct err *e)
{
    return err_set(e, "not valid JSON at byte %zu", (size_t)(s->at - text) + 1);
}

static int find_parts(const char *text, size_t length, struct document *d,
                      struct err *e)
{
    struct skim s = {text, text + length};
    struct span key;
    bool is_first = true;
    *d = (struct document){.end = s.end};
    if (!skim_take(&s, '{'))
        return err_set(e, "not a JSON object");
    int got = next_member(&s, &is_first, &key);
    for (; got > 0; got = next_member(&s, &is_first, &key)) {
        if (is_key(&key, "config"))
            d->config = s.at;
        else if (is_key(&key, "vocab"))
            d->vocab = s.at;
        if (!skim_value(&s))
            break;
    }
    if (got != 0 || skim_peek(&s) != '\0' || s.at != s.end)
        return bad_json(&s, text, e);
    if (d->config == NULL || d->vocab == NULL)
        return err_set(e, "%s is missing", d->config == NULL ? "config" : "vocab");
    return 0;
}

/* A string of less than size bytes, NUL-terminated. */
static bool take_text(struct skim *s, char *out, size_t size)
{
    struct span text;
    if (!skim_string(s, &text) || text.decoded >= size)
        return false;
    skim_decode(&text, out);
    out[text.decoded] = '\0';
    return true;
}

static int read_config(const struct document *d, struct config *c, struct err *e)
{
    struct skim s = {d->config, d->end};
    struct span key;
    bool is_first = true, is_good = true;
    assert(d->config != NULL);
    if (!skim_take(&s, '{'))
        return err_set(e, "config: not an object");
    while (next_member(&s, &is_first, &key) > 0) {
        if (is_key(&key, "pattern"))
            is_good = take_text(&s, c->pattern, sizeof c->pattern);
        else if (is_key(&key, "version"))
            is_good = take_text(&s, c->version, sizeof c->version);
        else if (is_key(&key, "default_vocab_size"))
            is_good = skim_count(&s, &c->vocab_size);
        else if (is_key(&key, "default_num_special_tokens"))
            is_good = skim_count(&s, &c->specials);
        else
            is_good = skim_value(&s);
        if (!is_good)
            return err_set(e, "config.%.*s: not what this program can read",
                           (int)(key.length < 64 ? key.length : 64), key.text);
    }
    return 0;
}

static int check_config(const struct config *c, struct err *e)
{
    if (strcmp(c->pattern, pretoken_pattern) != 0)
        return err_set(e, "config.pattern: %s; only tekken's is known",
                       c->pattern[0] ? "another pattern" : "missing");
    if (c->vocab_size < c->specials || c->vocab_size - c->specials < 256 ||
        c->vocab_size > BPE_TOKENS_MAX)
        return err_set(e,
                       "config.default_vocab_size: %" PRIu32 " with %" PRIu32
                       " special tokens; allowed are 256 to %u besides those",
                       c->vocab_size, c->specials, BPE_TOKENS_MAX);
    return 0;
}

/* One entry of the vocabulary. */
struct entry {
    uint32_t rank;
    bool has_rank, has_bytes;
    uint8_t bytes[BASE64_DECODED(TOKEN_CHARS_MAX)];
    size_t length;
};

static bool take_bytes(struct skim *s, struct entry *t)
{
    struct span text;
    char chars[TOKEN_CHARS_MAX];
    if (!skim_string(s, &text) || text.decoded > sizeof chars)
        return false;
    skim_decode(&text, chars);
    t->length = base64_decode(t->bytes, chars, text.decoded);
    t->has_bytes = t->length != BASE64_BAD;
    return t->has_bytes;
}

static int read_entry(struct skim *s, struct entry *t, struct err *e)
{
    struct span key;
    bool is_first = true;
    t->has_rank = t->has_bytes = false;
    t->rank = 0;
    t->length = 0;
    if (!skim_take(s, '{'))
        return err_set(e, "not an object");
    while (next_member(s, &is_first, &key) > 0) {
        if (is_key(&key, "rank")) {
            t->has_rank = skim_count(s, &t->rank);
            if (!t->has_rank)
                return err_set(e, "rank: not a whole number");
        } else if (is_key(&key, "token_bytes")) {
            if (!take_bytes(s, t))
                return err_set(e, "token_bytes: not base64 of at most %u bytes",
                               BPE_TOKEN_BYTES_MAX);
        } else if (!skim_value(s)) {
            return err_set(e, "not what this program can read");
        }
    }
    if (!t->has_rank || !t->has_bytes)
        return err_set(e, "%s is missing", t->has_rank ? "token_bytes" : "rank");
    return 0;
}

static int add_entry(struct bpe *b, struct skim *s, uint32_t i, struct err *e)
{
    struct entry t;
    if (read_entry(s, &t, e) < 0)
        return -1;
    if (t.rank != i)
        return err_set(e, "rank: %" PRIu32 ", where %" PRIu32 " stands", t.rank, i);
    return bpe_add(b, t.bytes, t.length, e);
}

static int read_vocab(const struct document *d, struct bpe *b, uint32_t tokens,
                      struct err *e)
{
    struct skim s = {d->vocab, d->end};
    assert(d->vocab != NULL);
    if (!skim_take(&s, '['))
        return err_set(e, "vocab: not an array");
    for (uint32_t i = 0; i < tokens; i++) {
        if (i > 0 ? !skim_take(&s, ',') : skim_peek(&s) == ']')
            return err_set(e, "vocab: %" PRIu32 " entries, %" PRIu32 " are needed", i,
                           tokens);
        if (add_entry(b, &s, i, e) < 0)
            return err_in(e, "vocab[%" PRIu32 "]", i);
    }
    return 0;
}

int tekken_read(const char *text, size_t length, struct tokenizer *out, struct err *e)
{
    struct document d;
    struct config c = {0};
    *out = (struct tokenizer){0};
    if (find_parts(text, length, &d, e) < 0 || read_config(&d, &c, e) < 0 ||
        check_config(&c, e) < 0)
        return -1;
    uint32_t tokens = c.vocab_size - c.specials;
    struct bpe *b = bpe_new(tokens);
    if (read_vocab(&d, b, tokens, e) < 0) {
        bpe_free(b);
        return -1;
    }
    out->bpe = b;
    out->specials = c.specials;
    (void)snprintf(out->version, sizeof out->version, "%s", c.version);
    return 0;
}

int tekken_load(const char *path, struct tokenizer *out, struct err *e)
{
    struct filemap m;
    *out = (struct tokenizer){0};
    if (filemap_open(&m, path, FILE_BYTES_MAX, e) < 0)
        return -1;
    int rc = tekken_read(m.text, m.length, out, e);
    filemap_close(&m);
    return rc < 0 ? err_in(e, "%s", path) : 0;
}
