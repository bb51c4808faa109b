/*
 * Caveats: machine-readable reasons why a comparison proves less than it seems to.
 *
 * Each has a weight. A note informs. FORBIDS_GO: the data may be right but cannot
 * carry a GO; harm can still be proven. FORBIDS_TIMES: latencies prove nothing, only
 * failures that a late generator cannot make do (lateness.h). FORBIDS_ALL: the
 * comparison itself is not fair, whatever it shows is INCONCLUSIVE.
 */
#ifndef GUST_CAVEAT_H
#define GUST_CAVEAT_H

#include "base/base.h"

#include <stdbool.h>

enum caveat_weight {
    CAVEAT_NOTE,
    CAVEAT_FORBIDS_GO,
    CAVEAT_FORBIDS_TIMES,
    CAVEAT_FORBIDS_ALL,
};

/* Columns: enum, code in files, weight, advice. */
#define CAVEAT_LIST(X)                                                                 \
    X(NO_DATA, "no_data", FORBIDS_ALL, "measure both arms")                            \
    X(CONFIG_MISMATCH, "config_mismatch", FORBIDS_ALL,                                 \
      "run both arms with the same profile and the same options")                      \
    X(GENERATOR_LAG, "generator_lag", FORBIDS_TIMES,                                   \
      "lower the rate or add workers: the generator was the limit")                    \
    X(GENERATOR_LIMIT, "generator_limit", FORBIDS_ALL,                                 \
      "raise the limit that the run names, or lower the rate")                         \
    X(SAMPLES_LOST, "samples_lost", FORBIDS_ALL, "lower the rate or add workers")      \
    X(BOOKS, "books", FORBIDS_ALL, "the run directory is damaged: run again")          \
    X(CLOCK_JUMP, "clock_jump", FORBIDS_ALL, "run again with a steady clock")          \
    X(QUOTA, "quota_429", FORBIDS_ALL,                                                 \
      "lower the rate or ask for a higher limit; the arms may share one quota")        \
    X(UNEQUAL_LOAD, "unequal_load", FORBIDS_ALL, "send both arms the same load")       \
    X(MISSING_SLICES, "missing_slices", FORBIDS_ALL,                                   \
      "both arms must be sent requests all the time")                                  \
    X(MIX_MISMATCH, "mix_mismatch", FORBIDS_ALL, "use one seed and profile")           \
    X(BASELINE_UNHEALTHY, "baseline_unhealthy", FORBIDS_ALL,                           \
      "repair the baseline: nothing is proven against a sick one")                     \
    X(BASELINE_UNSTABLE, "baseline_unstable", FORBIDS_GO,                              \
      "wait until the baseline is steady, or warm up longer")                          \
    X(HIDDEN_FAILURES, "hidden_failures", FORBIDS_GO,                                  \
      "look at the canary without retries: they hide what it fails")                   \
    X(INCOMPLETE, "incomplete", FORBIDS_GO, "let the runs end")                        \
    X(TOO_SHORT, "too_short", FORBIDS_GO, "run longer")                                \
    X(TOO_FEW, "too_few_exceedances", FORBIDS_GO, "run longer or raise the rate")      \
    X(SLO_MISSED, "slo_missed", FORBIDS_GO, "the canary must keep its SLOs")           \
    X(OUTPUT_LENGTH, "output_length", NOTE,                                            \
      "e2e was not judged: the canary's answers have another length")                  \
    X(STRATIFIED, "stratified", NOTE, "")                                              \
    X(SINGLE_RUNS, "single_runs", NOTE,                                                \
      "repeat runs of both arms in turn, or measure tau with --aa")                    \
    X(STALE_BASELINE, "stale_baseline", NOTE,                                          \
      "run the baseline again, and now and then compare with a pinned one: small "     \
      "steps add up")                                                                  \
    X(RETRIES, "client_retries", NOTE, "")                                             \
    X(UNCALIBRATED, "calibration_not_used", NOTE,                                      \
      "calibrate in this environment with --aa")                                       \
    X(LATE_SECONDS, "late_seconds", NOTE, "")                                          \
    X(CLOSED_LOOP, "closed_loop", NOTE,                                                \
      "compare in an open loop: users that wait send a slow server less")              \
    X(CANARY_CHANGES, "canary_changes", NOTE, "look at the canary over time")          \
    X(SMALL_REGRESSION, "small_regression", NOTE, "")                                  \
    X(EPISODES, "few_episodes", NOTE,                                                  \
      "one outage is one event: run longer to see whether it returns")                 \
    X(FEW_SAMPLES, "advisory_few_samples", NOTE, "")                                   \
    X(GUARD_SKIPPED, "slo_not_judged", NOTE, "")                                       \
    X(CACHE, "cache_asymmetry", NOTE,                                                  \
      "salt the prompts of each arm: one may have warmed the other's prefix cache")    \
    X(COUNTED_TOKENS, "tokens_missing", NOTE,                                          \
      "the servers reported no usage: tokens are counted events")

enum caveat_code {
#define CAVEAT_ENUM(id, code, weight, advice) CAVEAT_CODE_##id,
    CAVEAT_LIST(CAVEAT_ENUM)
#undef CAVEAT_ENUM
        CAVEAT_CODES
};

struct caveat_row {
    const char *code;
    enum caveat_weight weight;
    const char *advice;
};

extern const struct caveat_row caveat_rows[CAVEAT_CODES];
extern const char *const caveat_weight_names[CAVEAT_FORBIDS_ALL + 1];

struct caveat {
    enum caveat_code code;
    char *about; /* a gate or an arm: "ttft_p95"; "" when it is the comparison */
    char *text;
};

/* Zeroed is empty and valid. */
struct caveats {
    struct caveat *items;
    size_t count;
};

void caveats_release(struct caveats *c);

/* Adds one, in words; about may be NULL. What is known of another arm in the same
 * words is not added: it becomes one of the comparison. */
void caveats_add(struct caveats *c, enum caveat_code code, const char *about,
                 const char *format, ...) PRINTF_LIKE(4, 5);

/* Is there one of that code? */
bool caveats_have(const struct caveats *c, enum caveat_code code);

/* The heaviest weight there is. */
enum caveat_weight caveats_weight(const struct caveats *c);

#endif
