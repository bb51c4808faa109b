/*
 * The trade-off of a rollout: does the second run cost so much less, and does it stay
 * within its latency budgets? Not whether it is as good as the first: that is the
 * verdict's question, and a model that saves money may well be slower within its
 * budget.
 *
 * What is answered is proven, each part at 95 %:
 *
 *   saving   yes: the upper end of the change of cost is below -saving; no: the lower
 *            end is above it
 *   an SLO   yes: "it is broken" is rejected; no: the verdict's guard is broken. Of
 *            success and goodput, whose guards prove only breaking: yes, when kept
 *   answer   no: one part is; yes: all parts are, there is an SLO of latency, and no
 *            caveat weighs more than a note; open: what is between
 *
 * "Yes" needs every part, so that no part's error adds to another's.
 */
#ifndef GUST_TRADEOFF_H
#define GUST_TRADEOFF_H

#include "judge/verdict.h"
#include "stats/ratio.h"

enum tradeoff_state {
    TRADEOFF_YES,
    TRADEOFF_NO,
    TRADEOFF_OPEN,
};

struct tradeoff {
    enum tradeoff_state answer, saving;
    enum tradeoff_state guards[GUARDS_MAX]; /* as the verdict's */
    bool has_budget;                        /* an SLO of latency was judged */
    const char *doubt; /* code of the caveat that forbids a yes; NULL: none */
};

/* change: of what a request costs, RATIO_LOG. saving: 0..1, below 1. */
void tradeoff_judge(const struct verdict *v, const struct ratio_result *change,
                    double saving, struct tradeoff *out);

#endif
