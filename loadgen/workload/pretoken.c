/*
 * Pieces of text; see pretoken.h.
 *
 * Where a regular expression would backtrack, the scanner knows where to: a run of
 * A that no lower case follows ends after its last character that is a B too, and
 * blanks end after their last newline. Only two questions are asked twice: with the
 * optional first character of alternatives 1 and 2, and without.
 */
#include "workload/pretoken.h"

#include "base/base.h"
#include "workload/unicode.h"

#include <stdbool.h>

#define BIT(kind) (1u << (kind))
#define LETTERS (BIT(CHAR_UPPER) | BIT(CHAR_LOWER) | BIT(CHAR_LETTER))
#define SET_A (BIT(CHAR_UPPER) | BIT(CHAR_LETTER) | BIT(CHAR_MARK))
#define SET_B (BIT(CHAR_LOWER) | BIT(CHAR_LETTER) | BIT(CHAR_MARK))
#define SET_P (BIT(CHAR_OTHER) | BIT(CHAR_MARK) | BIT(CHAR_SPACE))
#define SET_S (BIT(CHAR_OTHER) | BIT(CHAR_MARK))
#define BLANKS (BIT(CHAR_SPACE) | BIT(CHAR_NEWLINE))

const char pretoken_pattern[] =
    "[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]*"
    "[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]+"
    "|[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]+"
    "[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]*"
    "|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

static inline bool is_in(enum char_kind kind, unsigned set)
{
    return (BIT(kind) & set) != 0;
}

/* The end of the run of characters in set that starts at `at`. */
static const uint8_t *run_end(const uint8_t *at, const uint8_t *end, unsigned set)
{
    struct glyph g = unicode_glyph(at, end);
    while (is_in(g.kind, set)) {
        at += g.bytes;
        g = unicode_glyph(at, end);
    }
    return at;
}

/* Bytes of A* B+ at `at`, and *is_cased; else of A+, all of it upper case; else 0. */
static size_t word(const uint8_t *at, const uint8_t *end, bool *is_cased)
{
    const uint8_t *p = at, *past_b = at; /* past the last character that is A and B */
    struct glyph g = unicode_glyph(p, end);
    while (is_in(g.kind, SET_A)) {
        p += g.bytes;
        if (is_in(g.kind, SET_B))
            past_b = p;
        g = unicode_glyph(p, end);
    }
    if (g.kind == CHAR_LOWER)
        past_b = run_end(p, end, SET_B);
    *is_cased = past_b > at;
    return (size_t)((*is_cased ? past_b : p) - at);
}

/* Alternatives 1 and 2. A mark is P, and A and B as well: alone it is a word, which
 * comes before alternative 2 with the mark as P. */
static size_t take_word(const uint8_t *at, const uint8_t *end, struct glyph first)
{
    bool is_cased;
    if (!is_in(first.kind, SET_P))
        return word(at, end, &is_cased);
    size_t n = word(at + first.bytes, end, &is_cased);
    if (first.kind == CHAR_MARK && !is_cased)
        return first.bytes;
    return n > 0 ? first.bytes + n : 0;
}

static size_t take_symbols(const uint8_t *at, const uint8_t *end)
{
    const uint8_t *start = at + (*at == ' ');
    const uint8_t *p = run_end(start, end, SET_S);
    if (p == start)
        return 0;
    while (p < end && (*p == '\r' || *p == '\n' || *p == '/'))
        p++;
    return (size_t)(p - at);
}

/* Alternatives 5 to 7; at least one blank is there. */
static size_t take_blanks(const uint8_t *at, const uint8_t *end)
{
    const uint8_t *p = at, *last = at, *past_newline = at;
    struct glyph g = unicode_glyph(p, end);
    while (is_in(g.kind, BLANKS)) {
        last = p;
        p += g.bytes;
        if (g.kind == CHAR_NEWLINE)
            past_newline = p;
        g = unicode_glyph(p, end);
    }
    if (past_newline > at)
        return (size_t)(past_newline - at);
    return (size_t)((p == end || last == at ? p : last) - at);
}

size_t pretoken_next(const char *text, size_t length)
{
    const uint8_t *at = (const uint8_t *)text, *end = at + length;
    struct glyph first = unicode_glyph(at, end);
    if (first.kind == CHAR_END)
        return 0;
    if (first.kind == CHAR_NUMBER)
        return first.bytes;
    size_t n = take_word(at, end, first);
    if (n == 0)
        n = take_symbols(at, end);
    return n > 0 ? n : take_blanks(at, end);
}
