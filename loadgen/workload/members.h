/*
 * Further members of a class's request bodies: what the profile's "sampling" says
 * beyond the fields that the harness knows, and what --set adds.
 *
 * A profile's member must stand in the dialect's allow-list, else a strict server
 * answers 422 to every request. --set is the way around it: knowingly, in every
 * class, and in place of the profile's own value or of what the dialect writes.
 */
#ifndef GUST_MEMBERS_H
#define GUST_MEMBERS_H

#include "base/json.h"
#include "wire/dialect.h"

#define MEMBERS_BYTES_MAX 4096 /* of a class's members */

struct request_class;
struct profile;

/* Owned by the request class. A zeroed one is empty. */
struct members {
    char **keys;   /* NULL-terminated, or NULL */
    char **values; /* JSON texts, as many */
    size_t count;
    size_t set_count; /* the last so many came from --set */
};

/* Takes what the harness does not know of the members of "sampling". The error
 * names the path: a member that the harness writes itself, or too many bytes. */
MUST_CHECK int members_read(const struct jnode *sampling, struct members *out,
                            struct err *e);
void members_release(struct members *x);

/* One --set of the form KEY=JSON, for every class of the profile. */
MUST_CHECK int members_set(struct profile *p, const char *text, struct err *e);

/* May every class be sent to a server of this dialect? The error names class,
 * field and dialect, and how to send it all the same. */
MUST_CHECK int members_check(const struct profile *p, const struct dialect *d,
                             struct err *e);

#endif
