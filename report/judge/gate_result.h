/*
 * One gate, judged: both values, the change with its interval, what was proven.
 *
 * `estimate`, `low`, `high` and `margin` are on the gate's own scale: the logarithm
 * of canary / baseline, or canary - baseline for shares; margin is negative where
 * down is worse. An end that was not found is infinite.
 */
#ifndef GUST_GATE_RESULT_H
#define GUST_GATE_RESULT_H

#include "judge/caveat.h"
#include "judge/pairing.h"
#include "stats/extra.h"

enum gate_state {
    GATE_PASS,      /* worse by the margin is refuted */
    GATE_FAIL,      /* worse is proven, and by more than the margin */
    GATE_UNCERTAIN, /* neither */
    GATE_NO_DATA,   /* this profile has no such number, or too little was measured */
};

extern const char *const gate_state_names[GATE_NO_DATA + 1];

/* Noise that one comparison cannot see, from A/A runs (calibration.h). */
struct noise {
    double kappa; /* >= 1 */
    double tau;   /* run-to-run SD of the logarithm; 0: none */
};

struct gate_result {
    const struct gate *gate;
    enum gate_state state;
    bool is_gating;     /* takes part in the verdict */
    bool is_applicable; /* this traffic has such a number at all */
    bool is_defined;    /* both arms have a value */
    bool is_eligible;   /* enough data to gate */
    bool is_share;      /* values are shares, the scale is a difference */
    bool is_latency;    /* values are microseconds */
    bool is_beyond;     /* the estimate is worse than margin and harm */
    bool is_worse;      /* "not worse" is rejected, Holm's correction included */
    bool is_run_level;  /* runs, not seconds, were the units */
    bool is_down_worse;
    double baseline, canary;
    double estimate, low, high, margin;
    double se;                     /* of the estimate, on its worse side */
    double p_go, p_nogo, p_beyond; /* of "worse by the margin", "not worse",
                                        "worse by no more than the margin" */
    double threshold;              /* what p_nogo was held against */
    double deff, lag1;             /* dependence of requests; NAN: not known */
    double p_requests, p_blocks;   /* failures only */
    size_t bad_blocks;
    unsigned nu;
    struct noise noise;
    uint64_t n[SIDES];
    double exceed[SIDES]; /* requests beyond a quantile, or failures */
};

/* Judges one gate but for what needs the others: Holm's threshold and the state. */
void gate_judge(struct pairing *p, const struct gate *gate, struct noise noise,
                struct gate_result *out);

/* Where an undecided gate stands, for the extra time. */
struct extra_metric gate_extra(const struct gate_result *r);

/* One arm's second half against its first: the p-value of "they are alike", two-
 * sided, and the logarithm of their ratio. 1 unless they differ by more than the
 * margin: smaller drifts do not matter. Quantiles only. */
double gate_halves_p(struct pairing *p, enum side side, const struct gate *gate,
                     struct noise noise, double *log_ratio);

#endif
