/*
 * Is the comparison fair? See comparability.h. One function per rule, in the order
 * in which a person would ask.
 */
#include "judge/comparability.h"

#include <math.h>
#include <string.h>

#define CHANCE_Z 4    /* standard errors that chance may take a load apart */
#define RATE_SPEAKS 5 /* requests per second from which an empty one is odd */
#define MIX_NOTE 0.1
#define CACHE_NOTE 0.05
#define TIMES_ALIKE_S 1e-6

static const char *const side_names[SIDES] = {"baseline", "canary"};

struct check {
    struct pairing *p;
    const struct policy_limits *limits;
    double planned_ratio;
    bool is_live;
    struct caveats *out;
};

static void check_data(const struct check *c)
{
    for (unsigned i = 0; i < SIDES; i++)
        if (c->p->sides[i].sum.requests == 0)
            caveats_add(c->out, CAVEAT_CODE_NO_DATA, side_names[i],
                        "the %s has no request in a usable second", side_names[i]);
}

/* ---- the same question to both */

static void differ(const struct check *c, const struct witness *w, const char *what,
                   const char *a, const char *b)
{
    caveats_add(c->out, CAVEAT_CODE_CONFIG_MISMATCH, what,
                "%s: %s is \"%s\", of the baseline \"%s\"", w->path, what, b, a);
}

static void differ_in_number(const struct check *c, const struct witness *w,
                             const char *what, double a, double b)
{
    bool is_same = (isnan(a) && isnan(b)) || fabs(a - b) <= TIMES_ALIKE_S;
    if (!is_same)
        caveats_add(c->out, CAVEAT_CODE_CONFIG_MISMATCH, what,
                    "%s: %s is %g, of the baseline %g", w->path, what, b, a);
}

static void check_config(const struct check *c, const struct witness *first,
                         const struct witness *w)
{
    const struct witness_facts *a = &first->facts, *b = &w->facts;
    const char *profile_a = a->profile_digest, *profile_b = b->profile_digest;
    if (strcmp(profile_a, profile_b) != 0) {
        bool is_renamed = strcmp(a->profile_name, b->profile_name) != 0;
        differ(c, w, "profile", is_renamed ? a->profile_name : profile_a,
               is_renamed ? b->profile_name : profile_b);
    }
    if (strcmp(a->load_kind, b->load_kind) != 0)
        differ(c, w, "load", a->load_kind, b->load_kind);
    if (strcmp(a->client_policy, b->client_policy) != 0)
        differ(c, w, "client policy", a->client_policy, b->client_policy);
    differ_in_number(c, w, "rate", a->rate_per_s, b->rate_per_s);
    differ_in_number(c, w, "users", a->users, b->users);
    differ_in_number(c, w, "TTFT timeout", a->ttft_s, b->ttft_s);
    differ_in_number(c, w, "stall timeout", a->stall_s, b->stall_s);
    differ_in_number(c, w, "timeout", a->total_s, b->total_s);
}

/* ---- each run for itself */

/* What makes a run's health bad by sending or reading late; other reasons lose or
 * leave out requests. The first reason is known: those of lateness come last. */
static bool is_lateness(const char *reason)
{
    static const char *const reasons[] = {"lag", "cpu", "runq", "throttled"};
    for (size_t i = 0; i < ARRAY_LEN(reasons); i++)
        if (strcmp(reason, reasons[i]) == 0)
            return true;
    return false;
}

static void check_generator(const struct check *c, const struct witness *w)
{
    const struct witness_facts *f = &w->facts;
    if (!f->is_generator_valid)
        caveats_add(c->out,
                    is_lateness(f->generator_reason) ? CAVEAT_CODE_GENERATOR_LAG
                                                     : CAVEAT_CODE_GENERATOR_LIMIT,
                    w->arm, "%s: the generator's health is bad (%s)", w->path,
                    f->generator_reason);
    else if (f->lag_us_p99 > c->limits->lag_ms * 1000)
        caveats_add(c->out, CAVEAT_CODE_GENERATOR_LAG, w->arm,
                    "%s: the generator was %.3g ms late at p99, allowed are %g",
                    w->path, f->lag_us_p99 / 1000, c->limits->lag_ms);
    else if (f->core_idle_min < c->limits->core_idle_min)
        caveats_add(c->out, CAVEAT_CODE_GENERATOR_LAG, w->arm,
                    "%s: the generator's busiest core was idle %.3g %% of the time",
                    w->path, f->core_idle_min * 100);
    if (w->samples_lost > 0)
        caveats_add(c->out, CAVEAT_CODE_SAMPLES_LOST, w->arm,
                    "%s: %ju samples were lost", w->path, (uintmax_t)w->samples_lost);
    if (fabs(f->clock_drift_s) > c->limits->clock_drift_s)
        caveats_add(c->out, CAVEAT_CODE_CLOCK_JUMP, w->arm,
                    "%s: wall clock and steady clock drifted apart by %.3g s", w->path,
                    f->clock_drift_s);
}

static void check_end(const struct check *c, const struct witness *w)
{
    const struct witness_facts *f = &w->facts;
    if (f->status == RUN_COMPLETE || (c->is_live && f->status == RUN_RUNNING))
        return;
    double seconds = isfinite(f->elapsed_s) ? f->elapsed_s : (double)w->row_count;
    if (f->status == RUN_RUNNING)
        seconds = (double)w->row_count;
    caveats_add(c->out, CAVEAT_CODE_INCOMPLETE, w->arm, "%s: %s: %.4g of %.4g s%s%s",
                w->path, run_status_names[f->status], seconds, f->planned_s,
                f->stop_text[0] != '\0' ? ": " : "", f->stop_text);
}

/* Every success has an end-to-end latency; both are counted at the same time. */
static void check_books(const struct check *c, const struct witness *w)
{
    uint64_t ok = 0, values = 0;
    for (size_t i = 0; i < w->class_count; i++) {
        ok += w->classes[i].ok;
        values += w->classes[i].values[METRIC_E2E];
    }
    if (ok != values && w->facts.status != RUN_RUNNING)
        caveats_add(c->out, CAVEAT_CODE_BOOKS, w->arm,
                    "%s: %ju requests succeeded, and %ju latencies were logged",
                    w->path, (uintmax_t)ok, (uintmax_t)values);
    double scheduled = w->facts.scheduled;
    if (isfinite(scheduled) && w->facts.status != RUN_RUNNING &&
        fabs(scheduled - (double)w->logged) > 0.5)
        caveats_add(c->out, CAVEAT_CODE_BOOKS, w->arm,
                    "%s: %.0f requests were scheduled, and %ju are in its lines: some "
                    "are %s",
                    w->path, scheduled, (uintmax_t)w->logged,
                    (double)w->logged > scheduled ? "there twice" : "missing");
}

/* ---- the load both really had */

static uint64_t offered(const struct ledger_row *row)
{
    return (uint64_t)row->requests + row->quota + row->own + row->unsent;
}

static void check_shares(const struct check *c, unsigned i)
{
    const struct pairing_side *side = &c->p->sides[i];
    double n = (double)offered(&side->sum);
    double own = (double)side->sum.own + (double)side->sum.unsent;
    if ((double)side->sum.quota > c->limits->quota_share * n)
        caveats_add(c->out, CAVEAT_CODE_QUOTA, side_names[i],
                    "%.3g %% of the %s's requests met the rate limit",
                    (double)side->sum.quota / n * 100, side_names[i]);
    if (own > c->limits->own_share * n)
        caveats_add(c->out, CAVEAT_CODE_GENERATOR_LIMIT, side_names[i],
                    "%.3g %% of the %s's requests were not sent", own / n * 100,
                    side_names[i]);
    if ((double)side->late > c->limits->late_share * (double)side->measured)
        caveats_add(c->out, CAVEAT_CODE_GENERATOR_LAG, side_names[i],
                    "the generator was late in %zu of %zu seconds", side->late,
                    side->measured);
    else if (side->late > 0)
        caveats_add(c->out, CAVEAT_CODE_LATE_SECONDS, side_names[i],
                    "%zu of %zu seconds are left out: the generator was late",
                    side->late, side->measured);
}

static void check_equal_load(const struct check *c)
{
    const struct pairing_side *b = &c->p->sides[SIDE_BASELINE];
    const struct pairing_side *s = &c->p->sides[SIDE_CANARY];
    double n_b = (double)offered(&b->sum), n_c = (double)offered(&s->sum);
    if (!(n_b > 0) || !(n_c > 0))
        return;
    double per_s_b = n_b / (double)b->count, per_s_c = n_c / (double)s->count;
    double ratio = per_s_c / per_s_b / c->planned_ratio;
    double chance = c->p->is_same_schedule ? 0 : CHANCE_Z * sqrt(1 / n_b + 1 / n_c);
    if (fabs(ratio - 1) > c->limits->unequal_load + chance)
        caveats_add(c->out, CAVEAT_CODE_UNEQUAL_LOAD, "",
                    "the canary had %.3g requests a second, the baseline %.3g: %.3g "
                    "times what was planned",
                    per_s_c, per_s_b, ratio);
}

/* Seconds in which one arm has nothing although the other has, or although its
 * rate makes an empty second unlikely. */
static size_t count_missing(const struct pairing *p, unsigned i)
{
    const struct pairing_side *side = &p->sides[i], *other = &p->sides[SIDES - 1 - i];
    bool is_twin = p->mode == PAIRING_MIRROR;
    bool is_steady = (double)offered(&side->sum) >= RATE_SPEAKS * (double)side->count;
    size_t missing = 0;
    for (size_t s = 0; s < side->count; s++)
        if (offered(&side->rows[s]) == 0)
            missing += is_twin ? offered(&other->rows[s]) > 0 : is_steady;
    return missing;
}

static void check_missing(const struct check *c, unsigned i)
{
    const struct pairing_side *side = &c->p->sides[i];
    size_t missing = count_missing(c->p, i);
    bool is_hole = (double)side->gap_most > c->limits->gap_s && missing > 0;
    if (is_hole || (double)missing > c->limits->missing_share * (double)side->count)
        caveats_add(c->out, CAVEAT_CODE_MISSING_SLICES, side_names[i],
                    "the %s has no request in %zu of %zu seconds, up to %zu in a row",
                    side_names[i], missing, side->count, side->gap_most);
}

/* Requests by stratum, all seconds. */
static void count_strata(struct pairing *p, enum side side, double out[SLICES_STRATA])
{
    const struct slices *s = pairing_series(p, side, METRIC_E2E);
    size_t n = 0;
    const struct slice_cell *cells = slices_cells(s, 0, slices_count(s), &n);
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        out[cells[i].stratum] += cells[i].requests;
        sum += cells[i].requests;
    }
    for (size_t h = 0; h < SLICES_STRATA && sum > 0; h++)
        out[h] /= sum;
}

/* The share of requests that would have to be of another prompt length for both
 * mixes to agree (total variation). */
static double mix_distance(struct pairing *p)
{
    double shares[SIDES][SLICES_STRATA] = {{0}}, sum = 0;
    for (unsigned i = 0; i < SIDES; i++)
        count_strata(p, (enum side)i, shares[i]);
    for (size_t h = 0; h < SLICES_STRATA; h++)
        sum += fabs(shares[SIDE_CANARY][h] - shares[SIDE_BASELINE][h]);
    return sum / 2;
}

static void check_mix(const struct check *c)
{
    struct pairing *p = c->p;
    if (p->is_same_schedule)
        return;
    double distance = mix_distance(p);
    if (distance > c->limits->mix)
        caveats_add(
            c->out, CAVEAT_CODE_MIX_MISMATCH, "",
            "the arms were asked different prompts: %.3g %% of the requests have "
            "no counterpart of their length",
            distance * 100);
    else if (distance > MIX_NOTE)
        caveats_add(
            c->out, CAVEAT_CODE_STRATIFIED, "",
            "prompt lengths of %.3g %% of the requests differ, and were weighed "
            "alike",
            distance * 100);
}

static double cached_share(const struct ledger_row *sum)
{
    return sum->prompt_tokens > 0 ? sum->cached_tokens / sum->prompt_tokens : 0;
}

static void check_tokens(const struct check *c)
{
    double b = cached_share(&c->p->sides[SIDE_BASELINE].sum);
    double s = cached_share(&c->p->sides[SIDE_CANARY].sum);
    if (fabs(b - s) > CACHE_NOTE)
        caveats_add(c->out, CAVEAT_CODE_CACHE, "",
                    "%.3g %% of the canary's prompt tokens were cached, %.3g %% of the "
                    "baseline's",
                    s * 100, b * 100);
    for (unsigned i = 0; i < SIDES; i++)
        if (c->p->sides[i].testimony->runs[0]->facts.counted_tokens > 0)
            caveats_add(c->out, CAVEAT_CODE_COUNTED_TOKENS, side_names[i],
                        "output tokens of the %s are counted events", side_names[i]);
}

/* Attempts on the wire, of all runs of a side. */
struct tries {
    double sent, attempts;
};

static struct tries tries_of(const struct testimony *t)
{
    struct tries sum = {0, 0};
    for (size_t i = 0; i < t->count; i++) {
        const struct witness_facts *f = &t->runs[i]->facts;
        if (!(f->sent > 0) || !(f->attempts >= f->sent))
            continue;
        sum.sent += f->sent;
        sum.attempts += f->attempts;
    }
    return sum;
}

/* Requests are judged: an attempt that failed, and was made good by the next, counts
 * as nothing but time. A canary that needs more attempts fails more than it shows. */
static void check_retries(const struct check *c)
{
    struct tries b = tries_of(c->p->sides[SIDE_BASELINE].testimony);
    struct tries s = tries_of(c->p->sides[SIDE_CANARY].testimony);
    bool has_any = b.attempts > b.sent || s.attempts > s.sent;
    if (!has_any || !(b.sent > 0) || !(s.sent > 0))
        return;
    double per_b = b.attempts / b.sent, per_s = s.attempts / s.sent;
    caveats_add(c->out, CAVEAT_CODE_RETRIES, "",
                "requests are judged over all their attempts: the baseline took %.4g a "
                "request, the canary %.4g",
                per_b, per_s);
    double chance = CHANCE_Z * sqrt((per_b - 1) / b.sent + (per_s - 1) / s.sent);
    if (per_s - per_b > c->limits->retry_excess + chance)
        caveats_add(c->out, CAVEAT_CODE_HIDDEN_FAILURES, "",
                    "the canary took %.3g %% more attempts than the baseline: retries "
                    "hide what it fails",
                    (per_s - per_b) * 100);
}

/* The first start of a side; NAN: no run tells. */
static double started_of(const struct testimony *t)
{
    double first = (double)NAN;
    for (size_t i = 0; i < t->count; i++)
        first = fmin(first, t->runs[i]->facts.started_wall_s); /* of NaN: the other */
    return first;
}

static void check_age(const struct check *c)
{
    double age_h = (started_of(c->p->sides[SIDE_CANARY].testimony) -
                    started_of(c->p->sides[SIDE_BASELINE].testimony)) /
                   3600;
    if (age_h > c->limits->baseline_age_h)
        caveats_add(c->out, CAVEAT_CODE_STALE_BASELINE, "baseline",
                    "the baseline is %.3g days older than the canary: whatever changed "
                    "since is counted as the canary's",
                    age_h / 24);
}

static void check_modes(const struct check *c)
{
    const struct testimony *b = c->p->sides[SIDE_BASELINE].testimony;
    const struct testimony *s = c->p->sides[SIDE_CANARY].testimony;
    if (c->p->mode == PAIRING_STORED && (b->count < 3 || s->count < 3))
        caveats_add(
            c->out, CAVEAT_CODE_SINGLE_RUNS, "",
            "single-run comparison: runs at different times differ by more than "
            "either shows");
    if (strcmp(b->runs[0]->facts.load_kind, "closed") == 0)
        caveats_add(c->out, CAVEAT_CODE_CLOSED_LOOP, "",
                    "in a closed loop the load depends on the server");
}

static void check_run(const struct check *c, const struct witness *w)
{
    check_config(c, c->p->sides[SIDE_BASELINE].testimony->runs[0], w);
    check_end(c, w);
    check_generator(c, w);
    check_books(c, w);
}

void comparability_check(struct pairing *p, double planned_ratio, bool is_live,
                         struct caveats *out)
{
    struct check c = {p, &p->policy->limits, planned_ratio, is_live, out};
    for (unsigned i = 0; i < SIDES; i++)
        for (size_t k = 0; k < p->sides[i].testimony->count; k++)
            check_run(&c, p->sides[i].testimony->runs[k]);
    check_data(&c);
    for (unsigned i = 0; i < SIDES; i++) {
        check_shares(&c, i);
        check_missing(&c, i);
    }
    check_equal_load(&c);
    check_mix(&c);
    check_tokens(&c);
    check_retries(&c);
    check_age(&c);
    check_modes(&c);
}
