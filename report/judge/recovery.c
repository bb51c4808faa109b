/* Did the system come back after an outage; see recovery.h. */
#include "judge/recovery.h"

#include <math.h>
#include <stdio.h>

#define RECOVERED_SHARE 0.9
#define COLLAPSED_SHARE 0.5
#define HEALTHY_SHARE 0.5 /* before: else there is nothing to come back to */
#define WATCH_TIMES 3.0   /* as long as the outage */
#define REQUESTS_LEAST 20 /* before and after */
#define SETTLED_S 3.0     /* good for so long is good again */

const char *const recovery_names[] = {
    [RECOVERY_NOT_ASKED] = "not asked", [RECOVERY_RECOVERED] = "recovered",
    [RECOVERY_DEGRADED] = "degraded",   [RECOVERY_COLLAPSED] = "collapsed",
    [RECOVERY_UNKNOWN] = "unknown",
};

struct span_counts {
    uint64_t scheduled, good, attempts, due;
};

/* Of the moments that begin in [from_s, to_s). */
static struct span_counts counts_between(const struct timeline *t, double from_s,
                                         double to_s)
{
    struct span_counts c = {0};
    for (size_t i = 0; i < t->count; i++) {
        double at_s = (double)i * (double)t->width_s;
        if (at_s < from_s || at_s >= to_s)
            continue;
        c.scheduled += t->moments[i].scheduled;
        c.good += t->moments[i].good;
        c.attempts += t->moments[i].activity.attempts;
        c.due += t->moments[i].activity.due;
    }
    return c;
}

static double ratio(uint64_t part, uint64_t whole)
{
    return whole > 0 ? (double)part / (double)whole : (double)NAN;
}

/* The first whole second after the outage from which SETTLED_S are good. */
static double time_to_recover(const struct timeline *t, double before, double end_s,
                              double outage_end_s)
{
    for (double at_s = ceil(outage_end_s); at_s + SETTLED_S <= end_s; at_s += 1) {
        struct span_counts c = counts_between(t, at_s, at_s + SETTLED_S);
        if (ratio(c.good, c.scheduled) >= RECOVERED_SHARE * before)
            return at_s > outage_end_s ? at_s - outage_end_s : 0;
    }
    return (double)NAN;
}

/* Says what is missing; false: nothing is. */
static bool is_too_little(struct recovery *r, double end_s,
                          const struct span_counts *before,
                          const struct span_counts *after)
{
    double watched_s = end_s - r->end_s,
           needed_s = WATCH_TIMES * (r->end_s - r->start_s);
    if (watched_s < needed_s)
        (void)snprintf(r->why, sizeof r->why,
                       "watched for %.3g s after the outage, %.3g s are needed",
                       watched_s > 0 ? watched_s : 0, needed_s);
    else if (before->scheduled < REQUESTS_LEAST || after->scheduled < REQUESTS_LEAST)
        (void)snprintf(r->why, sizeof r->why,
                       "%llu requests before and %llu after the outage, %d each are "
                       "needed",
                       (unsigned long long)before->scheduled,
                       (unsigned long long)after->scheduled, REQUESTS_LEAST);
    else if (!(r->before >= HEALTHY_SHARE))
        (void)snprintf(r->why, sizeof r->why,
                       "only %.3g %% of the requests were good before the outage",
                       r->before * 100);
    return r->why[0] != '\0';
}

void recovery_judge(const struct timeline *t, double from_s, double end_s,
                    double outage_start_s, double outage_end_s, struct recovery *out)
{
    double after_from_s = end_s - (end_s - outage_end_s) / 3;
    struct span_counts before = counts_between(t, from_s, outage_start_s);
    struct span_counts during = counts_between(t, outage_start_s, outage_end_s);
    struct span_counts after = counts_between(t, floor(after_from_s), end_s);
    *out = (struct recovery){.state = RECOVERY_UNKNOWN,
                             .start_s = outage_start_s,
                             .end_s = outage_end_s,
                             .after_from_s = floor(after_from_s),
                             .before = ratio(before.good, before.scheduled),
                             .during = ratio(during.good, during.scheduled),
                             .after = ratio(after.good, after.scheduled),
                             .before_attempts = ratio(before.attempts, before.due),
                             .after_attempts = ratio(after.attempts, after.due),
                             .took_s = (double)NAN};
    if (is_too_little(out, end_s, &before, &after))
        return;
    out->took_s = time_to_recover(t, out->before, end_s, outage_end_s);
    if (out->after >= RECOVERED_SHARE * out->before)
        out->state = RECOVERY_RECOVERED;
    else if (out->after < COLLAPSED_SHARE * out->before)
        out->state = RECOVERY_COLLAPSED;
    else
        out->state = RECOVERY_DEGRADED;
}
