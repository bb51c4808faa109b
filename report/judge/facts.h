/*
 * A list of facts: name, value, and a word about the value. What the manifest
 * says about options, host and timers, kept in its order and only to be shown.
 */
#ifndef GUST_FACTS_H
#define GUST_FACTS_H

#include "base/base.h"

struct fact {
    char *name;
    char *value;
    char *note; /* "" when there is none */
};

/* Zeroed is empty and valid. */
struct facts {
    struct fact *items;
    size_t count;
};

void facts_release(struct facts *f);

/* Copies its texts; note may be NULL. */
void facts_add(struct facts *f, const char *name, const char *value, const char *note);

/* The value of that name, or NULL. */
const char *facts_find(const struct facts *f, const char *name);

#endif
