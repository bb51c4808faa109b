/*
 * Folding: the samples of one interval become lines of the run directory.
 *
 * Pure: an epoch goes in, text comes out. What is recorded of a request:
 *
 *   succeeded   every metric that is defined, but not failure
 *   failed      failure (end - due), lag, queue, dns, connect, tls
 *   censored    lag, queue
 *   not sent    nothing
 *
 * under the second of its due time and its stratum, or "all" where the metric
 * has no strata. Requests due before t0 are not counted at all.
 */
#ifndef GUST_FOLD_H
#define GUST_FOLD_H

#include "base/buf.h"
#include "measure/epoch.h"
#include "measure/totals.h"

/* Names to print, borrowed for the life of the fold; made fit for tags by
 * series_clean, in both files. At most TALLY_ARMS arms, TALLY_CLASSES classes. */
struct fold_names {
    const char *const *arms;
    const char *const *classes;
    const char *const *phases;
    uint32_t arm_count, class_count, phase_count;
};

struct fold;
struct fold *fold_new(const struct fold_names *names);
void fold_free(struct fold *f);

/* One interval of all workers: samples of each epoch in turn, then the end.
 * t_ns/length_ns: the interval, since t0, t_ns >= 0. */
void fold_begin(struct fold *f, int64_t t_ns, int64_t length_ns);
void fold_epoch(struct fold *f, const struct epoch *e);
/* For the health line; 0 unless told: how late the collector was, and how long
 * the control group kept this process off the CPU. */
void fold_host(struct fold *f, int64_t late_ns, int64_t throttled_ns);
/* Appends latency.hlog lines and intervals.jsonl lines (kinds second, slice,
 * limits, health: docs in rundir.h). Reuses its storage. */
void fold_end(struct fold *f, const char *phase, bool is_measured, struct buf *hlog,
              struct buf *intervals);

const struct totals *fold_totals(const struct fold *f, uint32_t arm,
                                 uint32_t class_index);
/* All arms and classes added up. */
void fold_totals_sum(const struct fold *f, struct totals *out);

/* Published limits of an arm over the run so far. */
const struct budgets *fold_budgets(const struct fold *f, uint32_t arm);

/* Everything recorded under m over the run so far, all arms and classes,
 * warm-up included: for the live view. Its `refused` counts values that are out
 * of range. */
const struct hist *fold_live(const struct fold *f, enum metric m);

#endif
