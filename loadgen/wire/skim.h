/*
 * Reading JSON in one pass, without a tree and without allocation: every byte is
 * validated as jansson would, values of no interest are skipped.
 *
 * Every function skips blanks, then takes what it is named after; false: it is
 * not there, not valid, or not certain (see reply_scan.c), and the document must
 * be read by other means. Nothing is undone then.
 */
#ifndef GUST_SKIM_H
#define GUST_SKIM_H

#include "base/base.h"

#include <stdbool.h>

/* A document being read; at <= end always. */
struct skim {
    const char *at, *end;
};

/* The inside of a string as it stands in the document. */
struct span {
    const char *text;
    size_t length;
    size_t decoded; /* length in UTF-8 once escapes are resolved */
};

/* The next byte that is no blank, not taken; 0 at the end. */
static inline char skim_peek(struct skim *s)
{
    while (s->at < s->end &&
           (*s->at == ' ' || *s->at == '\n' || *s->at == '\t' || *s->at == '\r'))
        s->at++;
    return s->at < s->end ? *s->at : '\0';
}

/* One byte of punctuation. */
static inline bool skim_take(struct skim *s, char wanted)
{
    if (skim_peek(s) != wanted || s->at == s->end)
        return false;
    s->at++;
    return true;
}

bool skim_null(struct skim *s);
bool skim_string(struct skim *s, struct span *out);

/* Writes s->decoded bytes of UTF-8: the string with its escapes resolved. */
void skim_decode(const struct span *s, char *out);

/* A whole number of at most nine digits. */
bool skim_count(struct skim *s, uint32_t *out);

/* A member's key and its colon; keys with escapes are not certain. */
bool skim_key(struct skim *s, struct span *key);

/* Any value, without recursion; nested at most 64 deep. */
bool skim_value(struct skim *s);

#endif
