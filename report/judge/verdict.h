/*
 * The verdict: GO, NO-GO or INCONCLUSIVE, and everything that led to it.
 *
 * What is promised (asymptotically, for noise faster than the run):
 *   GO although a gating number is worse by its margin or more      <= alpha.go
 *   NO-GO although the canary is no worse on any gating number      <= alpha.nogo
 *   not enough data, unequal load, sick baseline, late generator    never GO
 *
 * Pure: the same evidence, policy and options give the same verdict.
 */
#ifndef GUST_VERDICT_H
#define GUST_VERDICT_H

#include "judge/calibration.h"
#include "judge/slo_guard.h"

#define GUARDS_MAX 32

enum call {
    CALL_GO,
    CALL_NO_GO,
    CALL_INCONCLUSIVE,
};

struct verdict_options {
    enum pairing_mode mode;
    double planned_ratio; /* canary requests per baseline request; 0: 1 */
    double until_s;       /* seconds from there on are not settled; 0: all are */
    bool is_live;         /* the run goes on: that its manifest says so is no fault */
    double look_of_s;     /* > 0: an early look at a run planned for so many usable
                             seconds; only always-valid proofs count */
    bool was_looked_at;   /* the end of a run with looks: they spent a part of
                             alpha.nogo */
    double ends;          /* the run is judged whole so often, and every time may be
                             wrong: alpha is shared. 0: once */
    const struct calibration *calibration; /* NULL: none; borrowed for the call */
};

/* As the run was looked at while it ran: where an early look ended it, that look's
 * proof stands, over the seconds that it saw. The test for a whole run would find it
 * too short. */
void verdict_options_looks(struct verdict_options *options,
                           const struct witness_facts *facts);

/* What the arms were, for the reader. Owned texts. */
struct verdict_arm {
    char *name; /* run directory and arm: "runs/a", "runs/c canary" */
    char *url, *model, *profile;
    size_t runs;
    double seconds; /* usable */
    struct ledger_row sum;
    uint64_t outcomes[OUTCOME_COUNT]; /* of the measured window */
};

struct verdict {
    enum call call;
    char *sentence; /* for a manager */
    char *policy_name;
    enum pairing_mode mode;
    bool is_look, is_calibrated, is_same_schedule;
    double alpha_go, alpha_nogo, seconds;
    unsigned nu;
    double extra_s; /* how much longer to run; 0: no use or no need, infinite: it
                       cannot be resolved by time */
    struct verdict_arm arms[SIDES];
    struct gate gates[POLICY_GATES_MAX]; /* what results point to */
    struct gate_result results[POLICY_GATES_MAX];
    size_t result_count;
    struct guard_result guards[GUARDS_MAX];
    size_t guard_count;
    struct caveats caveats;
};

/* Both arms have at least one run, and as many as each other unless stored. Free
 * with verdict_free. */
struct verdict *verdict_of(const struct testimony *baseline,
                           const struct testimony *canary, const struct policy *policy,
                           const struct verdict_options *options);
void verdict_free(struct verdict *v); /* NULL is fine */

struct call_row {
    const char *name; /* in files: "NO_GO" */
    const char *word; /* for people: "NO-GO" */
    int score;        /* 100, 0, 50: for judges with a pass mark */
};
extern const struct call_row call_rows[CALL_INCONCLUSIVE + 1];

#endif
