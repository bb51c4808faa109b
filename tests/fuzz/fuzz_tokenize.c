/*
 * Any bytes as a text: its tokens are the text again, no token crosses the border of
 * a piece, and each piece has the same tokens alone.
 *
 * The vocabulary is made of the input itself: after the bytes, every 2 to 5 bytes of
 * its first half, so that tokens of the text are found whatever the text is.
 */
#include "workload/pretoken.h"
#include "workload/tokenizer.h"

#include <stdlib.h>
#include <string.h>

#define TOKENS_MAX 1024

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct bpe *vocabulary(const uint8_t *data, size_t size)
{
    struct bpe *b = bpe_new(TOKENS_MAX);
    struct err ignored = {0}; /* repeated tokens are refused */
    for (unsigned i = 0; i < 256; i++) {
        uint8_t byte = (uint8_t)i;
        int rc = bpe_add(b, &byte, 1, &ignored);
        assert(rc == 0);
    }
    for (size_t at = 0; at < size && bpe_count(b) < TOKENS_MAX; at++) {
        size_t n = 2 + at % 4;
        if (n <= size - at && bpe_add(b, data + at, n, &ignored) < 0)
            err_clear(&ignored);
    }
    return b;
}

/* The ids of one piece, as long as it is: never across the pieces' borders. */
static size_t check_piece(const struct tokenizer *t, struct bpe_work *w,
                          const char *text, size_t length, const uint32_t *ids)
{
    size_t n = pretoken_next(text, length), at = 0, i = 0;
    assert(n >= 1 && n <= length);
    for (; at < n; i++) {
        size_t part = 0;
        const char *token = tokenizer_decode(t, ids[i], &part);
        assert(token != NULL && part <= n - at && memcmp(token, text + at, part) == 0);
        at += part;
    }
    assert(tokenizer_count(t, w, text, n) == i); /* the text cut here */
    return i;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct tokenizer t = {.bpe = vocabulary(data, size / 2), .specials = 3};
    struct bpe_work work = {0};
    const char *text = (const char *)data;
    uint32_t *ids = xcalloc(size + 1, sizeof *ids);
    size_t count = tokenizer_encode(&t, &work, text, size, ids), i = 0;
    assert(count == tokenizer_count(&t, &work, text, size));
    for (size_t at = 0; at < size; at += pretoken_next(text + at, size - at))
        i += check_piece(&t, &work, text + at, size - at, ids + i);
    assert(i == count);
    free(ids);
    bpe_work_release(&work);
    tokenizer_release(&t);
    return 0;
}
