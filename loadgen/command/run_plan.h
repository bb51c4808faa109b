/*
 * From settings to a plan: which profile, which phases, how many threads, and
 * does it fit this machine? Nothing is sent here.
 */
#ifndef GUST_RUN_PLAN_H
#define GUST_RUN_PLAN_H

#include "base/command.h"
#include "command/run_options.h"
#include "engine/host.h"
#include "engine/plan.h"

/* A plan and what it points to. */
struct run_plan {
    struct plan plan;
    struct profile *profile;
    struct phase phases[PROFILE_PHASES_MAX];
    struct slo slos[PROFILE_SLOS_MAX];
    struct trace_spec trace;
    struct tokenizer tokenizer;
    struct corpus *corpus;
    struct price_list *prices;              /* NULL: none */
    const char **headers[PLAN_TARGETS_MAX]; /* NULL-terminated */
    char *keys[PLAN_TARGETS_MAX];           /* secret: wiped on release */
};

/* Fills p from the options and the word PROFILE, if any. Values that the profile
 * gives are set in in->opts with that origin. Needs no target. Errors are usage
 * errors: nothing was sent. */
MUST_CHECK int run_plan_make(struct run_plan *p, const struct invocation *in,
                             struct err *e);

/* What the options alone tell of an arm's target: URL, model and dialect, each if it
 * is named. Does the dialect take what the profile sends? Where it is to be found out,
 * preflight checks the same. */
MUST_CHECK int run_plan_known(struct run_plan *p, uint16_t arm,
                              const struct target_settings *t, struct err *e);

/* Fills an arm or a backup: its name in files, the option that names its URL, target, key and
 * headers. */
MUST_CHECK int run_plan_target(struct run_plan *p, uint16_t arm, const char *name,
                               const char *option, const struct target_settings *t,
                               struct err *e);

/* --tokenizer and --prompts into an otherwise made plan: part of run_plan_make. */
MUST_CHECK int run_plan_prompts(struct run_plan *p, const struct run_settings *s,
                                struct err *e);

/* What of the file of --prompts is not sent: lines that start with label; none where
 * all of it is. */
void run_plan_prompts_notes(const struct run_plan *p, const char *label,
                            struct buf *out);

/* Once the host is known: threads and limits. */
MUST_CHECK int run_plan_fit(struct run_plan *p, const struct invocation *in,
                            const struct host *host, struct err *e);

/* Connections and descriptors that the plan needs at most. */
uint32_t run_plan_connections(const struct plan *plan);
uint64_t run_plan_descriptors(const struct plan *plan);

/* Connections to open before the start; the calibration's latency is known. */
uint32_t run_plan_warm_connections(const struct plan *plan, uint64_t asked);

void run_plan_release(struct run_plan *p);

/* --print-schedule and --dry-run: walks the schedule, sends nothing. */
MUST_CHECK int run_print_schedule(const struct run_plan *p,
                                  const struct run_settings *s, struct err *e);
MUST_CHECK int run_print_plan(struct run_plan *p, const struct run_settings *s,
                              const struct host *host, struct err *e);

#endif
