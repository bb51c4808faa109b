/*
 * Kinds of characters; see unicode.h. The table has a row wherever the kind
 * changes: 3,200 rows of 4 bytes, searched in 12 steps. ASCII has its own.
 */
#include "workload/unicode.h"

#include "base/base.h"

#include <stdbool.h>

#include "workload/unicode_kinds.inc"

#define KIND_BITS 3
_Static_assert(CHAR_NEWLINE < 1 << KIND_BITS, "a kind fits into a row");

enum char_kind unicode_kind(uint32_t code_point)
{
    if (code_point > 0x10ffff)
        return CHAR_OTHER;
    uint32_t key = code_point << KIND_BITS | ((1 << KIND_BITS) - 1);
    size_t low = 0, high = ARRAY_LEN(runs); /* runs[low] <= key < runs[high] */
    while (high - low > 1) {
        size_t middle = (low + high) / 2;
        if (runs[middle] <= key)
            low = middle;
        else
            high = middle;
    }
    return (enum char_kind)(runs[low] & ((1 << KIND_BITS) - 1));
}

static inline bool is_tail(uint8_t byte)
{
    return (byte & 0xc0) == 0x80;
}

/* The code point of n bytes; n is what the first byte says, all are there. */
static uint32_t join(const uint8_t *at, unsigned n)
{
    uint32_t code = at[0] & (0x7fu >> n);
    for (unsigned i = 1; i < n; i++)
        code = code << 6 | (at[i] & 0x3fu);
    return code;
}

/* Overlong forms, surrogates and what is past the last code point. */
static bool is_valid(uint32_t code, unsigned n)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    return code >= least[n] && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);
}

struct glyph unicode_wide_glyph(const uint8_t *at, const uint8_t *end)
{
    static const struct glyph invalid = {CHAR_OTHER, 1};
    unsigned n = at[0] >= 0xf0 ? 4 : at[0] >= 0xe0 ? 3 : 2;
    if (at[0] < 0xc2 || at[0] > 0xf4 || (size_t)(end - at) < n)
        return invalid;
    for (unsigned i = 1; i < n; i++)
        if (!is_tail(at[i]))
            return invalid;
    uint32_t code = join(at, n);
    if (!is_valid(code, n))
        return invalid;
    return (struct glyph){unicode_kind(code), (uint8_t)n};
}
