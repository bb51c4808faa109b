/*
 * The shards of a run as they lie in one directory: which there are, which are
 * missing, which came twice, and whether they are parts of the same run at all.
 *
 * Only facts are kept of each manifest; the documents are read again when they are
 * added up, so that memory does not grow by them.
 */
#ifndef GUST_MERGE_SET_H
#define GUST_MERGE_SET_H

#include "base/json.h"
#include "command/shard.h"
#include "measure/runread.h"

struct merge_shard {
    char *path, *name; /* name: the last part of path */
    char host[72];     /* "" unknown */
    uint32_t index;
    enum run_status status;
    bool is_used;  /* counts; of an index at most one does */
    bool is_sent;  /* it sent anything */
    bool is_valid; /* its generator's health */
    double t0_wall_s, elapsed_s, planned_s;
    double clock_offset_s; /* of the server that was asked; NAN: none was */
    bool is_clock_bad;     /* not synchronised, by the kernel's own account */
    char why[256];         /* of the first fatal reason, or how it stopped; "" else */
};

/* How many reasons against the whole a set can have. */
#define MERGE_REASONS_MAX 16

struct merge_reason {
    char code[32];
    char text[512];
    bool is_fatal;
};

struct merge_set {
    struct merge_shard *shards; /* by name */
    size_t count;
    uint32_t expected;
    uint32_t used, complete, missing;
    size_t first; /* that speaks for all: the first complete one, else the first used */
    struct merge_reason reasons[MERGE_REASONS_MAX];
    size_t reason_count;
    double start_spread_s; /* between the first and the last t0 */
};

/* Reads every DIR/shard-*. expect: how many there must be, 0: as many as they say.
 * The error names what contradicts: such shards are no parts of one run. */
MUST_CHECK int merge_set_read(struct merge_set *set, const char *dir, uint32_t expect,
                              struct err *e);
void merge_set_release(struct merge_set *set);

/* Adds a reason; more than MERGE_REASONS_MAX are left out. */
void merge_set_reason(struct merge_set *set, const char *code, bool is_fatal,
                      const char *format, ...) PRINTF_LIKE(4, 5);

/* "3, 5-7 and 12" of the indices that nobody has. */
void merge_set_missing(const struct merge_set *set, struct buf *out);

#endif
