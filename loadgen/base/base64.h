/* Base64 of RFC 4648, section 4: with padding, without line breaks. */
#ifndef GUST_BASE64_H
#define GUST_BASE64_H

#include <stddef.h>
#include <stdint.h>

#define BASE64_BAD SIZE_MAX

/* Characters that length bytes become; bytes that length characters become, at
 * most. */
#define BASE64_ENCODED(length) (((length) + 2) / 3 * 4)
#define BASE64_DECODED(length) ((length) / 4 * 3)

/* Writes BASE64_ENCODED(length) characters, no NUL. */
void base64_encode(char *out, const unsigned char *bytes, size_t length);

/* Writes at most BASE64_DECODED(length) bytes and returns their number, or
 * BASE64_BAD on any other character, a length that is no multiple of four, and
 * padding that is misplaced or hides bits. */
size_t base64_decode(unsigned char *out, const char *text, size_t length);

#endif
