/*
 * Byte-pair encoding: the same ranks as the plainest merge there is, on random
 * vocabularies and pieces; long runs; what a vocabulary refuses.
 */
#include "base/rng.h"
#include "check.h"
#include "workload/bpe.h"

#include <stdlib.h>

#define TOKENS 600

static struct bpe *bytes_only(void)
{
    struct err e = {0};
    struct bpe *b = bpe_new(TOKENS);
    for (unsigned i = 0; i < 256; i++) {
        uint8_t byte = (uint8_t)i;
        CHECK_INT(bpe_add(b, &byte, 1, &e), 0);
    }
    return b;
}

static void add(struct bpe *b, const char *token)
{
    struct err e = {0};
    CHECK_INT(bpe_add(b, (const uint8_t *)token, strlen(token), &e), 0);
}

/* A rank by comparing with every token. */
static uint32_t search(const struct bpe *b, const char *bytes, size_t length)
{
    for (uint32_t rank = 0; rank < bpe_count(b); rank++) {
        size_t n;
        const uint8_t *token = bpe_token(b, rank, &n);
        if (n == length && memcmp(token, bytes, n) == 0)
            return rank;
    }
    return UINT32_MAX;
}

/* The definition: merge the leftmost pair of the lowest rank until there is none. */
static size_t merge_plainly(const struct bpe *b, const char *piece, size_t length,
                            uint32_t *ranks)
{
    size_t starts[64], n = length;
    for (size_t i = 0; i <= length; i++)
        starts[i] = i;
    for (;;) {
        uint32_t best = UINT32_MAX;
        size_t at = 0;
        if (search(b, piece, length) != UINT32_MAX)
            n = 1, starts[1] = length;
        for (size_t i = 0; i + 1 < n; i++) {
            uint32_t rank = search(b, piece + starts[i], starts[i + 2] - starts[i]);
            if (rank < best)
                best = rank, at = i;
        }
        if (best == UINT32_MAX)
            break;
        for (size_t i = at + 1; i < n; i++)
            starts[i] = starts[i + 1];
        n--;
    }
    for (size_t i = 0; i < n; i++)
        ranks[i] = search(b, piece + starts[i], starts[i + 1] - starts[i]);
    return n;
}

static size_t draw(struct rng *r, char *out, size_t most)
{
    size_t n = 1 + rng_below(r, most);
    for (size_t i = 0; i < n; i++)
        out[i] = (char)('a' + rng_below(r, 3));
    return n;
}

static void ranks_are_the_plainest_merges(void)
{
    struct rng r;
    struct bpe_work work = {0};
    rng_init(&r, 3, RNG_TEXT, 0);
    for (int v = 0; v < 5; v++) {
        struct bpe *b = bytes_only();
        for (int i = 0; i < 40; i++) {
            char token[8];
            struct err ignored = {0}; /* repeated ones are refused */
            (void)!bpe_add(b, (const uint8_t *)token, draw(&r, token, 7), &ignored);
        }
        for (int i = 0; i < 40; i++) {
            char piece[40];
            uint32_t got[40], expected[40];
            size_t length = draw(&r, piece, sizeof piece);
            size_t n = merge_plainly(b, piece, length, expected);
            CHECK_INT(bpe_encode(b, &work, piece, length, got), n);
            CHECK(memcmp(got, expected, n * sizeof *got) == 0);
            CHECK_INT(bpe_encode(b, &work, piece, length, NULL), n);
        }
        bpe_free(b);
    }
    bpe_work_release(&work);
}

/* A token that no merge leads to is found when it is the whole piece, only then. */
static void whole_pieces_come_first(void)
{
    struct bpe_work work = {0};
    struct bpe *b = bytes_only();
    uint32_t ranks[8];
    add(b, "abcd");
    CHECK_INT(bpe_encode(b, &work, "abcd", 4, ranks), 1);
    CHECK_INT(ranks[0], 256);
    CHECK_INT(bpe_encode(b, &work, "abcde", 5, ranks), 5);
    CHECK_INT(ranks[4], 'e');
    bpe_free(b);
    bpe_work_release(&work);
}

/* a, aa, aaaa, ...: a run of 2^20 is 2^20 / 64 tokens, and of one more, one more. A
 * quadratic merge would not come back in this test's life. */
static void long_runs_are_exact(void)
{
    enum { LENGTH = 1 << 20, LONGEST = 64 };
    struct bpe_work work = {0};
    struct bpe *b = bytes_only();
    char *run = calloc(LENGTH + 1, 1);
    memset(run, 'a', LENGTH + 1);
    for (size_t n = 2; n <= LONGEST; n *= 2) {
        struct err e = {0};
        CHECK_INT(bpe_add(b, (const uint8_t *)run, n, &e), 0);
    }
    CHECK_INT(bpe_encode(b, &work, run, LENGTH, NULL), LENGTH / LONGEST);
    CHECK_INT(bpe_encode(b, &work, run, LENGTH + 1, NULL), LENGTH / LONGEST + 1);
    free(run);
    bpe_free(b);
    bpe_work_release(&work);
}

static void vocabularies_are_checked(void)
{
    static uint8_t bytes[BPE_TOKEN_BYTES_MAX + 1] = "ab";
    static const struct {
        const char *name;
        size_t length;
        const char *says;
    } rows[] = {
        {"empty", 0, "a token of 0 bytes; allowed are 1 to 1024"},
        {"long", BPE_TOKEN_BYTES_MAX + 1,
         "a token of 1025 bytes; allowed are 1 to 1024"},
        {"repeated", 2, "is the same token as rank 256"},
        {"a byte", 1, "is the same token as rank 97"},
    };
    struct err first = {0};
    struct bpe *b = bpe_new(256);
    CHECK_INT(bpe_add(b, bytes, 1, &first), -1);
    CHECK_STR(first.text, "is not the byte 0: the first 256 tokens are the bytes");
    bpe_free(b);
    b = bytes_only();
    add(b, "ab");
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct err e = {0};
        check_row = rows[i].name;
        CHECK_INT(bpe_add(b, bytes, rows[i].length, &e), -1);
        CHECK_STR(e.text, rows[i].says);
    }
    CHECK_INT(bpe_count(b), 257);
    bpe_free(b);
}

int main(void)
{
    RUN(ranks_are_the_plainest_merges);
    RUN(whole_pieces_come_first);
    RUN(long_runs_are_exact);
    RUN(vocabularies_are_checked);
    return check_report();
}
