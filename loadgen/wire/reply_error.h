/*
 * What an error says, in any server's words: struct reply's error facts from a
 * JSON tree. Private to loadgen/wire/reply*.c.
 */
#ifndef GUST_REPLY_ERROR_H
#define GUST_REPLY_ERROR_H

#include "wire/reply.h"

#include <jansson.h>

/* Is this document an in-band error? The rule stands at reply_read. */
bool reply_error_is(const json_t *root);

/* Fills is_error, error_code, error_text and provider_code from an object of any
 * of the known shapes; shapes not known leave the text empty. */
void reply_error_note(struct reply *r, const json_t *root);

#endif
