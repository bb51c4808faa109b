/* Text of exactly so many tokens; see exact.h. */
#include "workload/exact.h"

#include "workload/pretoken.h"
#include "workload/words.h"

#include <stdlib.h>

#define PIECES_BACK 32 /* cuts that are tried, from the last */

/* Where a piece ends, and how many tokens there are up to there. */
struct edge {
    size_t at;
    uint32_t tokens;
};

/* The ends of the last pieces that hold no more than is wanted. */
struct edges {
    struct edge ring[PIECES_BACK];
    size_t count;
    size_t partly; /* in the piece behind the last one: where the wanted token ends */
};

void exact_release(struct exact *x)
{
    bpe_work_release(&x->work);
    free(x->ids);
    *x = (struct exact){0};
}

int exact_words(const struct tokenizer *t, struct err *e)
{
    const struct {
        const struct word *words;
        unsigned count;
    } lists[] = {{words_first, words_first_count}, {words_next, words_next_count}};
    struct bpe_work work = {0};
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < ARRAY_LEN(lists); i++)
        for (unsigned k = 0; rc == 0 && k < lists[i].count; k++) {
            const struct word *w = &lists[i].words[k];
            size_t n = tokenizer_count(t, &work, w->text, w->length);
            if (n != 1)
                rc = err_set(e,
                             "the filler word \"%.*s\" is %zu tokens, not one; prompts "
                             "made of them would not be as long as asked",
                             (int)w->length, w->text, n);
        }
    bpe_work_release(&work);
    return rc;
}

/* A character may go on in the next token. */
static bool is_between(const char *text, size_t length, size_t at)
{
    return at == length || ((unsigned char)text[at] & 0xc0) != 0x80;
}

static size_t piece_tokens(struct exact *x, const char *piece, size_t length)
{
    if (length > x->cap) {
        x->cap = length * 2;
        x->ids = xrealloc_array(x->ids, x->cap, sizeof *x->ids);
    }
    return tokenizer_encode(x->tokenizer, &x->work, piece, length, x->ids);
}

/* Bytes of the first n tokens of the piece that is in x->ids. */
static size_t bytes_of(const struct exact *x, uint32_t n)
{
    size_t bytes = 0, length;
    for (uint32_t i = 0; i < n; i++)
        if (tokenizer_decode(x->tokenizer, x->ids[i], &length) != NULL)
            bytes += length;
    return bytes;
}

static void walk(struct exact *x, const char *text, size_t length, uint32_t n,
                 struct edges *out)
{
    struct edge last = {0};
    *out = (struct edges){.count = 1, .ring = {last}};
    while (last.at < length && last.tokens < n) {
        size_t bytes = pretoken_next(text + last.at, length - last.at);
        size_t tokens = piece_tokens(x, text + last.at, bytes);
        if (tokens > n - last.tokens) {
            out->partly = last.at + bytes_of(x, n - last.tokens);
            return;
        }
        last.at += bytes;
        last.tokens += (uint32_t)tokens;
        out->ring[out->count++ % PIECES_BACK] = last;
    }
}

static void fill(struct buf *out, uint32_t n, bool is_first)
{
    for (uint32_t i = 0; i < n; i++) {
        bool has_blank = i > 0 || !is_first;
        const struct word *w = has_blank ? &words_next[i % words_next_count]
                                         : &words_first[i % words_first_count];
        buf_append(out, w->text, w->length);
    }
}

/* What was appended since start is taken when it counts n. */
static bool is_exact(struct exact *x, struct buf *out, size_t start, uint32_t n)
{
    size_t got =
        tokenizer_count(x->tokenizer, &x->work, out->data + start, out->len - start);
    if (got == n && !out->is_full)
        return true;
    buf_truncate(out, start);
    return false;
}

bool exact_append(struct exact *x, const char *text, size_t length, uint32_t n,
                  struct buf *out)
{
    struct edges e;
    size_t start = out->len;
    assert(n >= 1);
    walk(x, text, length, n, &e);
    if (e.partly > 0 && is_between(text, length, e.partly)) {
        buf_append(out, text, e.partly);
        if (is_exact(x, out, start, n))
            return true;
    }
    for (size_t back = 1; back <= e.count && back <= PIECES_BACK; back++) {
        const struct edge *edge = &e.ring[(e.count - back) % PIECES_BACK];
        buf_append(out, text, edge->at);
        fill(out, n - edge->tokens, edge->at == 0);
        if (is_exact(x, out, start, n))
            return true;
    }
    fill(out, n, true);
    return is_exact(x, out, start, n);
}
