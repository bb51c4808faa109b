/* Reading JSON in one pass; see skim.h. */
#include "wire/skim.h"

#include "base/text.h"

#include <string.h>

#define DEPTH_MAX 64

static bool take_word(struct skim *s, const char *word, size_t length)
{
    if ((size_t)(s->end - s->at) < length || memcmp(s->at, word, length) != 0)
        return false;
    s->at += length;
    return true;
}

static inline bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* ---- strings ---- */

/* The four hex digits at p, or -1. */
static int hex4(const char *p, const char *end)
{
    int value = 0;
    if (end - p < 4)
        return -1;
    for (int i = 0; i < 4; i++) {
        char c = p[i];
        bool is_letter = (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
        if (!is_digit(c) && !is_letter)
            return -1;
        value = value * 16 + (is_letter ? (c & 0xf) + 9 : c - '0');
    }
    return value;
}

/* An escape, at the byte after the backslash. Returns its bytes in UTF-8, 0 when
 * it is none. A pair of surrogates is one escape of four bytes. */
static size_t take_escape(struct skim *s)
{
    if (s->at == s->end)
        return 0;
    char c = *s->at++;
    if (c != 'u')
        return c != '\0' && strchr("\"\\/bfnrt", c) != NULL;
    int high = hex4(s->at, s->end);
    if (high < 0 || (high >= 0xdc00 && high <= 0xdfff))
        return 0;
    s->at += 4;
    if (high < 0xd800 || high > 0xdfff)
        return high < 0x80 ? 1 : high < 0x800 ? 2 : 3;
    if (!take_word(s, "\\u", 2))
        return 0;
    int low = hex4(s->at, s->end);
    if (low < 0xdc00 || low > 0xdfff)
        return 0;
    s->at += 4;
    return 4;
}

static inline bool is_plain(char c)
{
    return c >= 0x20 && c != '"' && c != '\\' && (unsigned char)c < 0x80;
}

/* Eight bytes, the first one lowest. */
static inline uint64_t load8(const char *p)
{
    uint64_t w;
    memcpy(&w, p, sizeof w);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    w = __builtin_bswap64(w);
#endif
    return w;
}

/* The high bit of each byte that is not plain. Exact up to the first of them;
 * borrows can only raise false alarms above it. */
static inline uint64_t alarms(uint64_t w)
{
    const uint64_t ones = UINT64_C(0x0101010101010101);
    uint64_t quote = w ^ (ones * '"'), backslash = w ^ (ones * '\\');
    uint64_t high = (w - ones * 0x20) | (quote - ones) | (backslash - ones) | w;
    return high & (ones * 0x80);
}

static inline void skip_plain(struct skim *s)
{
    while (s->end - s->at >= 8) {
        uint64_t found = alarms(load8(s->at));
        s->at += found != 0 ? (unsigned)__builtin_ctzll(found) / 8 : 8;
        if (found != 0)
            return;
    }
    while (s->at < s->end && is_plain(*s->at))
        s->at++;
}

/* What is not plain inside a string: an escape or a UTF-8 sequence. Returns by
 * how much it gets shorter when decoded, -1 when it is not valid. */
static int take_special(struct skim *s)
{
    const char *start = s->at;
    if (*s->at == '\\') {
        s->at++;
        size_t decoded = take_escape(s);
        return decoded > 0 ? (int)(s->at - start - (ptrdiff_t)decoded) : -1;
    }
    const unsigned char *at = (const unsigned char *)s->at;
    /* below 0x80 only control characters come here, which must be escaped */
    size_t n = *at < 0x80 ? 0 : utf8_length(at, (size_t)(s->end - s->at));
    s->at += n;
    return n > 0 ? 0 : -1;
}

bool skim_string(struct skim *s, struct span *out)
{
    if (skim_peek(s) != '"')
        return false;
    const char *start = ++s->at;
    size_t shorter = 0;
    for (skip_plain(s); s->at < s->end && *s->at != '"'; skip_plain(s)) {
        int by = take_special(s);
        if (by < 0)
            return false;
        shorter += (size_t)by;
    }
    if (s->at == s->end)
        return false;
    size_t length = (size_t)(s->at - start);
    *out = (struct span){start, length, length - shorter};
    s->at++;
    return true;
}

static size_t put_utf8(char *out, uint32_t code)
{
    static const uint8_t marks[] = {0, 0, 0xc0, 0xe0, 0xf0};
    size_t n = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    for (size_t i = n - 1; i > 0; i--, code >>= 6)
        out[i] = (char)(0x80 | (code & 0x3f));
    out[0] = (char)(n == 1 ? code : marks[n] | code);
    return n;
}

/* The escape at p, after the backslash; it was validated. Returns past it. */
static const char *put_escape(const char *p, const char *end, char **out)
{
    static const char letters[] = "bfnrt", bytes[] = "\b\f\n\r\t";
    const char *letter = strchr(letters, *p);
    if (*p != 'u') {
        *(*out)++ = letter != NULL ? bytes[letter - letters] : *p;
        return p + 1;
    }
    uint32_t code = (uint32_t)hex4(p + 1, end);
    p += 5;
    if (code >= 0xd800 && code <= 0xdbff) {
        uint32_t low = (uint32_t)hex4(p + 2, end);
        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
        p += 6;
    }
    *out += put_utf8(*out, code);
    return p;
}

void skim_decode(const struct span *s, char *out)
{
    const char *p = s->text, *end = p + s->length, *start = out;
    while (p < end) {
        const char *backslash = memchr(p, '\\', (size_t)(end - p));
        size_t plain = (size_t)((backslash != NULL ? backslash : end) - p);
        memcpy(out, p, plain);
        out += plain;
        p += plain;
        if (p < end)
            p = put_escape(p + 1, end, &out);
    }
    assert((size_t)(out - start) == s->decoded);
}

/* ---- numbers and words ---- */

static size_t take_digits(struct skim *s)
{
    const char *start = s->at;
    while (s->at < s->end && is_digit(*s->at))
        s->at++;
    return (size_t)(s->at - start);
}

/* A number that cannot overflow a double: up to 18 digits, exponent below 100. */
static bool skip_number(struct skim *s)
{
    s->at += s->at < s->end && *s->at == '-';
    bool is_zero = s->at < s->end && *s->at == '0';
    size_t digits = take_digits(s);
    if (digits == 0 || digits > 18 || (is_zero && digits > 1))
        return false;
    if (take_word(s, ".", 1) && take_digits(s) == 0)
        return false;
    if (s->at == s->end || (*s->at != 'e' && *s->at != 'E'))
        return true;
    s->at++;
    s->at += s->at < s->end && (*s->at == '+' || *s->at == '-');
    digits = take_digits(s);
    return digits == 1 || digits == 2;
}

bool skim_count(struct skim *s, uint32_t *out)
{
    (void)skim_peek(s);
    const char *start = s->at;
    size_t digits = take_digits(s);
    if (digits == 0 || digits > 9 || (*start == '0' && digits > 1))
        return false;
    if (s->at < s->end && (*s->at == '.' || *s->at == 'e' || *s->at == 'E'))
        return false;
    *out = 0;
    for (const char *p = start; p < s->at; p++)
        *out = *out * 10 + (uint32_t)(*p - '0');
    return true;
}

bool skim_null(struct skim *s)
{
    return skim_peek(s) == 'n' && take_word(s, "null", 4);
}

static bool skip_scalar(struct skim *s, char first)
{
    struct span text;
    switch (first) {
    case '"':
        return skim_string(s, &text);
    case 'n':
        return take_word(s, "null", 4);
    case 't':
        return take_word(s, "true", 4);
    case 'f':
        return take_word(s, "false", 5);
    default:
        return skip_number(s);
    }
}

/* ---- values ---- */

bool skim_key(struct skim *s, struct span *key)
{
    return skim_string(s, key) && key->length == key->decoded && skim_take(s, ':');
}

/* Open brackets, innermost in the lowest bit: 1 is an object. */
struct nest {
    uint64_t is_object;
    unsigned depth;
};

/* After a value: closes what ends here, up to the next value to read. */
static bool next_value(struct skim *s, struct nest *n)
{
    struct span key;
    while (n->depth > 0) {
        if (skim_take(s, ','))
            return !(n->is_object & 1) || skim_key(s, &key);
        if (!skim_take(s, n->is_object & 1 ? '}' : ']'))
            return false;
        n->is_object >>= 1;
        n->depth--;
    }
    return true;
}

bool skim_value(struct skim *s)
{
    struct nest n = {0};
    struct span key;
    do {
        char c = skim_peek(s);
        if (c != '{' && c != '[') {
            if (!skip_scalar(s, c) || !next_value(s, &n))
                return false;
            continue;
        }
        if (n.depth == DEPTH_MAX)
            return false;
        n.is_object = n.is_object << 1 | (c == '{');
        n.depth++;
        s->at++;
        char closing = c == '{' ? '}' : ']';
        bool is_good =
            skim_peek(s) == closing ? next_value(s, &n) : c == '[' || skim_key(s, &key);
        if (!is_good)
            return false;
    } while (n.depth > 0);
    return true;
}
