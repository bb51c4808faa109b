/*
 * The run directory: the only thing the judging side ever sees of a run.
 *
 *   run.json         manifest, replaced atomically (start, every minute, end); at
 *                    least "schema": RUNDIR_SCHEMA, "status": one of
 *                    run_status_names (runread.h)
 *   intervals.jsonl  objects, one a line, by "kind":
 *     second  t, phase, measured, arm, class, due, sent, attempts, done, ok,
 *             failed, not_sent, censored, first_contents, content_events,
 *             prompt_tokens, output_tokens, body_bytes, and where there are any
 *             ttft_sent_count, ttft_sent_s (of the ok, summed), retries, hedges,
 *             lost:{class:n} (attempts that ended without ending their request); t
 *             is the second it happened in; done = ok + failed; tokens are those of the ok. One per
 *             arm and class, in every interval.
 *     slice   t, arm, class, stratum, phase, measured, ok, good, failed:{class:n},
 *             not_sent:{class:n}, censored, prompt_tokens, cached_tokens,
 *             output_tokens, prompt_asked, output_asked, decode_ms, and where
 *             there were any items, flagged, refused, filtered; tokens and
 *             decode_ms are those of the ok; billed_prompt, billed_cached,
 *             billed_output, cost_pico: charged for all of them (bill.h); t is the
 *             second of the scheduled start. Several lines may share (t, arm,
 *             class, stratum): add them.
 *     limits  t, arm, budgets: [{of, window_s, limit, remaining, remaining_min,
 *             reset_s}]; what answers that ended in the second said about limits;
 *             null where not told; no line when they said nothing
 *     server  t, source, family, and of server_metric.h what it says: gauges as they
 *             are, counters as they stand; one per source and answer
 *     health  t, interval_ms, lag_us_max, stall_us_max, in_flight,
 *             in_flight_max, connections, connects, stamps_kernel, stamps_loop,
 *             cpu_share_max (of the busiest worker), runq_share_max,
 *             throttled_us, samples_lost, late_ms (of the collector), gap_count
 *     spending t, spent, at_most, committed, budget: money so far, exact decimals of
 *             the currency in run.json (engine/expense.h); only of a priced run
 *   latency.hlog     see hlog.h. Tag=<arm>/<class>/<stratum>/<metric>. What is
 *                    recorded of which request: fold.h. Requests outside the
 *                    measured window carry the prefix "~" before the arm
 *                    ("~target/chat/p20/ttft"), so that a reader that knows no
 *                    phases still gets the measured window by tag.
 *   events.jsonl     {"t":s,"kind":"phase|start|stop|abort|drain|end|warning|...",
 *                    "text":...}
 *   failures.jsonl   struct failure_note, one a line, at most 20 per class
 *   requests.csv.zst with --records: one row per request
 *
 * Every append is one write() of whole lines; a short write is cut back to the
 * last whole line, so a full disk never leaves half a line.
 */
#ifndef GUST_RUNDIR_H
#define GUST_RUNDIR_H

#include "base/buf.h"
#include "base/err.h"
#include "measure/sample.h"

#define RUNDIR_SCHEMA 1
#define RUNDIR_MANIFEST "run.json"

enum rundir_file {
    RUNDIR_INTERVALS,
    RUNDIR_HLOG,
    RUNDIR_EVENTS,
    RUNDIR_FAILURES,
    RUNDIR_FILES
};

extern const char *const rundir_file_names[RUNDIR_FILES];

struct rundir;

/* Makes a directory for results by the rules of rundir_create, and nothing in it: its
 * path, free() it. NULL on failure. */
char *rundir_make(const char *path, const char *name, int64_t wall_ns, struct err *e);

/* Makes the directory (and missing parents); an existing one is an error that
 * says so: results are never overwritten. Empty or NULL path:
 * runs/<date>-<name>, in UTC, with -2 and so on behind it when that exists. */
struct rundir *rundir_create(const char *path, const char *name, int64_t wall_ns,
                             bool has_records, struct err *e);
/* NULL is fine. Flushes what it can; rundir_sync tells whether all was written. */
void rundir_close(struct rundir *d);
const char *rundir_path(const struct rundir *d);

/* Appends whole lines with one write. The error names the file and the cause
 * ("No space left on device"); lines before it are intact. */
MUST_CHECK int rundir_append(struct rundir *d, enum rundir_file file, const char *lines,
                             size_t length, struct err *e);

/* One event line. */
MUST_CHECK int rundir_event(struct rundir *d, int64_t t_ns, const char *kind,
                            const char *text, struct err *e);

/* The bounded sample of failures: appended unless its class has 20. */
MUST_CHECK int rundir_failure(struct rundir *d, const struct failure_note *n,
                              const char *arm, const char *class_name, struct err *e);

/* One row of requests.csv.zst; nothing when it was not asked for. */
MUST_CHECK int rundir_record(struct rundir *d, const struct sample *s, const char *arm,
                             const char *class_name, struct err *e);

/* Replaces run.json atomically: temporary name, fsync, rename. */
MUST_CHECK int rundir_manifest(struct rundir *d, const char *json, size_t length,
                               struct err *e);

/* Flushes the record file and fsyncs everything. */
MUST_CHECK int rundir_sync(struct rundir *d, struct err *e);

#endif
