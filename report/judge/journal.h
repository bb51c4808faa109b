/*
 * The journal of a capacity search, capacity.jsonl: what was asked for in the first
 * line, then one line per finished trial (capacity_point_write), each on the disk before
 * the next trial begins. A search that was killed goes on from it: a line that was being
 * written then does not count, its trial does not either.
 */
#ifndef GUST_JOURNAL_H
#define GUST_JOURNAL_H

#include "judge/capacity.h"

#define JOURNAL_FILE "capacity.jsonl"
#define JOURNAL_TEXT 256

/* What a search was asked for: the answers depend on it. */
struct journal_fact {
    const char *name;
    char value[JOURNAL_TEXT];
};

struct journal;

/* Begins a journal in the directory, which exists. started: when, UTC. NULL on
 * failure. */
struct journal *journal_begin(const char *dir, const char *started,
                              const struct journal_fact *facts, size_t n,
                              struct err *e);

/* Opens one that was begun: its trials are added to c, c->started is set. A fact that
 * differs is an error that names it with both values. NULL on failure. */
struct journal *journal_resume(const char *dir, const struct journal_fact *facts,
                               size_t n, struct capacity *c, struct err *e);

/* One line, on the disk when it returns. */
MUST_CHECK int journal_append(struct journal *j, const struct capacity_point *p,
                              size_t slo_count, struct err *e);

/* NULL is fine. */
void journal_close(struct journal *j);

#endif
