/* What the client's policy did; see resilience.h. */
#include "judge/resilience.h"

#include "base/units.h"
#include "judge/member.h"
#include "judge/summary.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define BLIND_LEAST 0.05 /* an error share below that is an ordinary day */

/* A duration as a policy spells it, in seconds. */
static double seconds_of(const json_t *value, double otherwise)
{
    int64_t ns = 0;
    struct err ignored = {0};
    if (json_is_number(value))
        return json_number_value(value);
    if (!json_is_string(value) ||
        units_duration(json_string_value(value), &ns, &ignored) < 0)
        return otherwise;
    return (double)ns / 1e9;
}

/* Failures per window, of a breaker that is blind to the rate; NAN: it is not. */
static double failures_per_s(const json_t *document)
{
    const json_t *breaker = json_object_get(document, "breaker");
    if (strcmp(member_text(breaker, "kind"), "count") != 0)
        return (double)NAN;
    double window_s = seconds_of(json_object_get(breaker, "window"), 60);
    return window_s > 0 ? member_number(breaker, "failures", (double)NAN) / window_s
                        : (double)NAN;
}

void resilience_read(struct summary *s, const json_t *manifest)
{
    const json_t *policy = json_object_get(manifest, "policy");
    const json_t *counts = json_object_get(policy, "counts");
    const json_t *outage = json_object_get(manifest, "outage");
    s->resilience = (struct resilience){
        .is_known = json_is_object(policy),
        .policy = member_text(policy, "name"),
        .title = member_text(policy, "title"),
        .decisions = json_object_get(counts, "decisions"),
        .opens = member_count(counts, "opens"),
        .false_opens = member_count(counts, "false_opens"),
        .flaps = member_count(counts, "flaps"),
        .closes = member_count(counts, "closes"),
        .refused = member_count(counts, "refused"),
        .leaked = member_count(counts, "leaked"),
        .failovers = member_count(counts, "failovers"),
        .failbacks = member_count(counts, "failbacks"),
        .refused_budget = member_count(counts, "refused_budget"),
        .hedges_won = member_count(counts, "hedges_won"),
        .hedges_denied = member_count(counts, "hedges_denied"),
        .unsent = member_count(counts, "unsent"),
        .detect_s = member_number(counts, "detect_s", 0),
        .open_s = member_number(counts, "open_s", 0),
        .blind_share = failures_per_s(json_object_get(policy, "document")),
        .has_outage = json_is_object(outage),
        .outage_start_s = member_number(outage, "start_s", 0),
        .outage_end_s = member_number(outage, "end_s", 0),
    };
}

const char *resilience_sentence(const struct recovery *r, char *text, size_t size)
{
    if (r->state == RECOVERY_UNKNOWN) {
        (void)snprintf(text, size, "unknown whether it recovered: %s", r->why);
        return text;
    }
    const char *tail = r->state == RECOVERY_COLLAPSED
                           ? ": the outage was over, and the system stayed down"
                           : "";
    (void)snprintf(text, size,
                   "%s: %.3g %% of the requests were good before the outage, %.3g %% "
                   "from %.4g s on, with %.3g attempts each%s",
                   recovery_names[r->state], r->before * 100, r->after * 100,
                   r->after_from_s, r->after_attempts, tail);
    return text;
}

static void judge_recovery(struct summary *s)
{
    char text[512];
    struct resilience *r = &s->resilience;
    if (!r->has_outage)
        return;
    recovery_judge(&s->timeline, s->window_start_s, s->elapsed_s, r->outage_start_s,
                   r->outage_end_s, &r->recovery);
    bool is_collapsed = r->recovery.state == RECOVERY_COLLAPSED;
    reasons_add(
        &s->notes, "recovery", resilience_sentence(&r->recovery, text, sizeof text),
        is_collapsed ? "retry less: a budget or a breaker lets it come back" : NULL);
}

/* Failures per second become a share of the attempts per second. */
static void judge_breaker(struct summary *s)
{
    char text[256];
    struct resilience *r = &s->resilience;
    double seconds = s->elapsed_s;
    double per_s = seconds > 0 ? (double)s->whole.attempts / seconds : 0;
    r->blind_share = per_s > 0 ? r->blind_share / per_s : (double)NAN;
    if (!(r->blind_share < BLIND_LEAST))
        return;
    (void)snprintf(
        text, sizeof text,
        "at this rate an error share of %.2g %% opens the breaker: it counts "
        "failures, whatever succeeds beside them",
        r->blind_share * 100);
    reasons_add(&s->notes, "blind_breaker", text,
                "count a share of failures (kind ratio) with a least volume");
}

void resilience_judge(struct summary *s)
{
    judge_recovery(s);
    judge_breaker(s);
}

uint64_t resilience_attempts(const struct summary *s, size_t outcome)
{
    assert(outcome < OUTCOME_COUNT);
    bool is_sent = outcome_rows[outcome].kind != KIND_NOT_SENT;
    return s->whole.lost[outcome] + (is_sent ? s->whole.outcomes[outcome] : 0);
}
