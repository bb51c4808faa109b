/*
 * Cuts text into the pieces within which a tokenizer merges: the pattern of
 * Mistral's tekken, as a scanner. With the first alternative that matches taken,
 * as regular expressions do:
 *
 *   1  P? A* B+        a word that ends in lower case or a letter without case
 *   2  P? A+ B*        a word in upper case
 *   3  N               one digit
 *   4  ' '? S+ [\r\n/]*   punctuation
 *   5  \s* [\r\n]+     blanks up to their last newline
 *   6  \s+ (?!\S)      blanks, but for the last one before a word
 *   7  \s+
 *
 * P: no letter, number or newline. A: upper, title, modifier or other letter, or a
 * mark. B: lower, modifier or other letter, or a mark. S: no letter, number or blank.
 *
 * A piece depends on the text from its start on only, and stays the same when the
 * text is cut where it or a later one ends, unless that ends in a blank.
 */
#ifndef GUST_PRETOKEN_H
#define GUST_PRETOKEN_H

#include <stddef.h>

/* The pattern in the syntax of tekken.json. */
extern const char pretoken_pattern[];

/* Bytes of the first piece of a text of length bytes; 1 .. length, and 0 for an
 * empty text. Bytes that are no UTF-8 count as punctuation, one each. The pieces of
 * a text are found in time proportional to its length. */
size_t pretoken_next(const char *text, size_t length);

#endif
