/*
 * A pairing: the evidence of both arms cut to the seconds that count, and ready for
 * the tests of report/stats.
 *
 * Usable is a second of the measured window in which the generator was on time and
 * that lies before the limit of a look. Arms that ran at the same time lose the
 * same seconds. Several runs of an arm follow each other, without gaps.
 */
#ifndef GUST_PAIRING_H
#define GUST_PAIRING_H

#include "judge/policy.h"
#include "stats/arm.h"
#include "stats/proportion.h"

enum side { SIDE_BASELINE, SIDE_CANARY, SIDES };

/* How the arms were run. */
enum pairing_mode {
    PAIRING_MIRROR,     /* each scheduled request sent to both */
    PAIRING_CONCURRENT, /* at the same time, different requests */
    PAIRING_STORED,     /* at different times */
};

extern const char *const pairing_mode_names[4]; /* NULL-terminated */

/* The seconds of one run within the usable seconds of its arm. */
struct pairing_run {
    size_t first, count;
};

struct pairing_side {
    const struct testimony *testimony;
    struct ledger_row *rows; /* usable seconds */
    size_t count;
    struct pairing_run *runs;
    struct ledger_row sum;  /* of rows; lag_us_max is the greatest */
    size_t measured, late;  /* seconds measured; those left out as late, in either arm
                               when aligned */
    size_t empty, gap_most; /* usable seconds without requests; longest hole */
    struct slices *series[METRIC_COUNT];
    bool *usable; /* by run and second, concatenated */
    struct trials *blocks[FAILURES_SETS];
    size_t block_count;
};

struct pairing {
    enum pairing_mode mode;
    bool is_aligned;       /* second by second */
    bool is_same_schedule; /* the same requests in the same order */
    const struct policy *policy;
    struct pairing_side sides[SIDES];
    size_t seconds; /* usable; of the shorter arm when not aligned */
};

/* Each side has at most SLICES_MAX seconds. until_s: seconds from there on are left out, 0: none. The testimonies are
 * borrowed for the life of the pairing. */
struct pairing *pairing_new(const struct testimony *baseline,
                            const struct testimony *canary, enum pairing_mode mode,
                            double until_s, const struct policy *policy);
void pairing_free(struct pairing *p); /* NULL is fine */

/* The sealed series of a metric; made when first asked for. */
const struct slices *pairing_series(struct pairing *p, enum side which, enum metric m);

/* The e-value, as a logarithm, of "the canary has a failure of that set in no greater
 * share of its busy seconds"; -inf when an arm has no busy second (sequential.h). */
double pairing_bad_seconds_log_e(const struct pairing *p, enum failures set);

/* Has any usable second of that side a value of the metric? */
bool pairing_has(const struct pairing *p, enum side side, enum metric m);

#endif
