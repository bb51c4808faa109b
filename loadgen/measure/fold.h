/*
 * Folding: the samples of one interval become lines of the run directory.
 *
 * Pure: an epoch goes in, text comes out. Samples are sorted by (slice, arm,
 * class, stratum, metric), runs of equal keys become sparse histograms; no
 * histogram is held per slice, so memory does not grow with slices or strata.
 */
#ifndef GUST_FOLD_H
#define GUST_FOLD_H

#include "measure/epoch.h"

/* Names the folder prints; borrowed for its life. */
struct fold_names {
    const char *const *arms;
    const char *const *classes;
    const char *const *phases;
    uint32_t arm_count, class_count, phase_count;
};

/* Running totals per arm and class: the manifest's, and the live view's. */
struct totals {
    uint64_t scheduled, sent, not_sent, succeeded, failed, censored;
    uint64_t attempts, retries, hedges, hidden;
    uint64_t outcomes[OUTCOME_COUNT];
    uint64_t measured; /* scheduled inside the measured window */
    uint64_t good;
    uint64_t prompt_tokens, cached_tokens, output_tokens, content_events;
    uint64_t prompt_asked, output_asked;
    uint64_t counted_tokens; /* requests whose output tokens were counted */
    uint64_t drifted, short_outputs;
};

struct fold;
struct fold *fold_new(const struct fold_names *names);
void fold_free(struct fold *f);

/* One interval of all workers: samples of each epoch in turn, then the end.
 * t_ns/length_ns: the interval, since t0. */
void fold_begin(struct fold *f, int64_t t_ns, int64_t length_ns);
void fold_epoch(struct fold *f, const struct epoch *e);
/* Appends latency.hlog lines and intervals.jsonl lines (kinds second, slice,
 * health: docs in rundir.h). Reuses its storage. */
void fold_end(struct fold *f, const char *phase, bool is_measured, struct buf *hlog,
              struct buf *intervals);

const struct totals *fold_totals(const struct fold *f, uint32_t arm, uint32_t class_index);
/* All arms and classes added up. */
void fold_totals_sum(const struct fold *f, struct totals *out);

/* Over the run so far, successes of all classes: for the live view. */
const struct hist *fold_live(const struct fold *f, enum metric m);

/* The identity of contracts.md; false when it does not hold. */
bool totals_hold(const struct totals *t);

#endif
