/*
 * Which server is a target? Its list of models is asked for; where the dialect is
 * not given, a few more paths that only one kind of server has; where no model is
 * given, the dialect's usual one or the first of the list is taken.
 */
#ifndef GUST_IDENTIFY_H
#define GUST_IDENTIFY_H

#include "engine/call.h"

/* Asks the target through c and fills in its dialect, model and warm_url as far as
 * they are missing. notes gets a line per finding, for the user. Fails when there
 * is no HTTP answer, and when no model can be found. */
MUST_CHECK int identify(struct call *c, struct target *t, struct buf *notes,
                        struct err *e);

/* The second half of it: c holds the answer to the list of models. */
void identify_server(struct call *c, struct target *t, struct buf *notes);

/* Appends the URL of the target's list of models. */
MUST_CHECK int identify_models_url(const struct target *t, struct buf *out,
                                   struct err *e);

/* Does the body of a list of models name this one? */
bool identify_lists(const char *models, const char *name);

/* How many models does the list name? */
size_t identify_count(const char *models);

/* Appends scheme://host:port of a base URL, where servers keep /version and the
 * like. */
void identify_root(const char *base, struct buf *out);

#endif
