/*
 * --policy and --outage: the client policies of a run, and what they change in its
 * plan. Nothing is sent here.
 */
#ifndef GUST_RUN_POLICY_H
#define GUST_RUN_POLICY_H

#include "command/run_plan.h"

#define RUN_POLICIES_MAX 4 /* side by side */

struct run_policies {
    struct client_policy *items[RUN_POLICIES_MAX];
    size_t count;
};

/* Loads every --policy; two of one name are an error. */
MUST_CHECK int run_policies_load(const struct run_settings *s, struct run_policies *out,
                                 struct err *e);
void run_policies_release(struct run_policies *p);

/* The policy (borrowed; NULL: none) in the plan: its timeouts where the command line
 * gives none, its endpoints with their keys behind the target. */
MUST_CHECK int run_policy_apply(struct run_plan *p, const struct invocation *in,
                                const struct client_policy *policy, struct err *e);

/* Where the run of a policy goes when there are several: a folder named after it in
 * out_dir, or beside the other runs. Owned by the caller. */
char *run_policy_folder(const char *out_dir, const struct client_policy *policy);

/* --outage START+DURATION into the plan, whose duration is known. */
MUST_CHECK int run_outage(struct plan *plan, const char *text, struct err *e);

#endif
