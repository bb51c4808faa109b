/*
 * Calibration: how much two identical endpoints differ in this environment.
 *
 * kappa is noise slower than a run: 1 when the judge's own estimate is right. tau is
 * what a latency differs by from run to run. Both are measured on A/A runs, kept in
 * a small file, and cited by every verdict that used them.
 */
#ifndef GUST_CALIBRATION_H
#define GUST_CALIBRATION_H

#include "judge/gate_result.h"

#define CALIBRATION_SCHEMA 1
#define CALIBRATION_RUNS_MIN 5 /* fewer say nothing about noise */

struct calibration_row {
    char name[GATE_NAME];
    double kappa, tau;
    double pairs, runs; /* they come from; 0: not measured */
};

struct calibration {
    char *profile, *digest, *load_kind, *kernel; /* what it holds for */
    char *split; /* of the two-armed runs: "mirror", "50/50"; "": none, or not known */
    double rate_per_s, cores;
    struct calibration_row rows[POLICY_GATES_MAX];
    size_t row_count;
};

/* Measures: two-armed runs give kappa, a run of one arm gives a share of tau. The
 * testimonies are parallel: baseline->runs[i] ran with canary->runs[i]; alone holds
 * the runs of one arm. Fails when there is too little of either, or when the pairs
 * were split differently. */
struct calibration *calibration_measure(const struct testimony *baseline,
                                        const struct testimony *canary,
                                        const struct testimony *alone,
                                        const struct policy *policy, struct err *e);
struct calibration *calibration_parse(const char *text, size_t length, struct err *e);
struct calibration *calibration_load(const char *path, struct err *e);
void calibration_free(struct calibration *c); /* NULL is fine */
void calibration_print(const struct calibration *c, struct buf *out);

/* Does it hold for this run? The same profile, rate and generator host, and of a run
 * with two arms the same split: pairs that share their requests, and pairs that do
 * not, hide different noise. */
bool calibration_fits(const struct calibration *c, const struct witness *w);

/* kappa and tau of a gate; what was not measured is 1 and the policy's tau. c may be
 * NULL. */
struct noise calibration_noise(const struct calibration *c, const struct gate *gate,
                               const struct policy *policy);

#endif
