/*
 * Which price list a verb uses: a file, or a shipped list by name; and the words
 * about its date.
 */
#ifndef GUST_COMMAND_PRICES_H
#define GUST_COMMAND_PRICES_H

#include "measure/price.h"

#define PRICES_SHIPPED "mistral"

/* name is a file (contains '/' or '.') or a shipped list, found where profiles are.
 * NULL on failure. */
struct price_list *prices_load(const char *name, struct err *e);

/* Appends "mistral of 2026-08-21, from SOURCE", and that it is old when it is. */
void prices_words(const struct price_list *l, int64_t wall_ns, struct buf *out);

#endif
