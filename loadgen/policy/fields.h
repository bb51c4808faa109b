/*
 * JSON objects as tables of fields: one table gives the known keys, the types and
 * the ranges of an object. What its fields must be to each other is its reader's
 * business.
 */
#ifndef GUST_POLICY_FIELDS_H
#define GUST_POLICY_FIELDS_H

#include "base/json.h"

#define FIELDS_MAX 16 /* of one object */

enum field_type {
    FIELD_TEXT,     /* const char *, borrowed from the document */
    FIELD_OBJECT,   /* read elsewhere */
    FIELD_DURATION, /* int64_t ns; min and max in seconds */
    FIELD_UNSIGNED,
    FIELD_NUMBER,
    FIELD_SHARE, /* double: 0.05 or "5%" */
    FIELD_FLAG,
    FIELD_CHOICE,  /* an enum: index of names */
    FIELD_OUTCOMES /* uint64_t: a set of failure classes */
};

struct field {
    const char *key; /* NULL ends a table */
    enum field_type type;
    size_t offset;
    double min, max;
    const char *const *names;
    size_t count;
};

/* Fills the members of base that the object n names; the others keep their value. */
MUST_CHECK int fields_read(const struct jnode *n, const struct field *fields,
                           void *base, struct err *e);

bool fields_has(const struct jnode *object, const char *key);

/* Fails when the object lacks the key. */
MUST_CHECK int fields_need(const struct jnode *object, const char *key, struct err *e);

#endif
