/* The search for a capacity; see search.h. */
#include "judge/search.h"

#include <math.h>

#define LEAST_SHARE 16 /* of the start */
#define RECHECKS_MAX 4

void search_init(struct search *s, const struct search_rules *rules)
{
    assert(rules->factor > 1 && rules->width > 0 && rules->step > 0 &&
           rules->step < 1 && rules->confirms > 0 && rules->most > 0);
    *s = (struct search){.rules = *rules,
                         .load = 1,
                         .lo = (double)NAN,
                         .hi = (double)NAN,
                         .verdict = CAPACITY_INCOMPLETE};
}

/* --- endings ------------------------------------------------------------------------- */

static void end_search(struct search *s, enum capacity_verdict verdict, const char *why)
{
    s->stage = SEARCH_OVER;
    s->verdict = verdict;
    s->end = why;
}

static void end_found(struct search *s)
{
    if (isnan(s->hi))
        end_search(s, CAPACITY_AT_LEAST,
                   "the greatest load that was asked for is confirmed");
    else
        end_search(s, CAPACITY_FOUND, "the bracket is narrow, its lower end confirmed");
}

void search_stop(struct search *s, const char *why)
{
    if (s->stage == SEARCH_OVER)
        return;
    if (s->is_confirmed)
        end_found(s);
    else
        end_search(s, CAPACITY_INCOMPLETE, why);
}

/* --- steps ---------------------------------------------------------------------------- */

static bool is_narrow(const struct search *s)
{
    bool is_close = s->hi <= s->lo * (1 + s->rules.width);
    return is_close || (s->rules.is_whole && s->hi - s->lo < 1.5);
}

/* Loads that failed, each below the one before; hi is the last. */
static void set_failed(struct search *s, double load)
{
    assert(s->failed_count < SEARCH_FAILED_MAX);
    s->failed[s->failed_count++] = load;
    s->hi = load;
}

static void take_back_failed(struct search *s)
{
    assert(s->failed_count > 0);
    s->failed_count--;
    s->hi = s->failed_count > 0 ? s->failed[s->failed_count - 1] : (double)NAN;
}

static double middle(const struct search *s)
{
    double load = sqrt(s->lo * s->hi);
    if (!s->rules.is_whole)
        return load;
    load = round(load);
    return fmin(fmax(load, s->lo + 1), s->hi - 1);
}

static void start_confirm(struct search *s)
{
    s->stage = SEARCH_CONFIRM;
    s->load = s->lo;
    s->confirmed = 0;
    s->is_confirmed = false;
    for (size_t i = 0; i < s->rules.slo_count; i++)
        s->pooled[i] = (struct capacity_count){0};
}

/* The bracket has both ends. */
static void narrow_down(struct search *s)
{
    s->stage = SEARCH_BISECT;
    if (!is_narrow(s)) {
        s->load = middle(s);
    } else if (!s->is_rechecked && s->rechecks < RECHECKS_MAX) {
        s->stage = SEARCH_RECHECK;
        s->load = s->hi;
    } else {
        start_confirm(s);
    }
}

static double whole(const struct search *s, double load)
{
    return s->rules.is_whole ? fmax(round(load), 1) : load;
}

static void go_up(struct search *s)
{
    s->stage = SEARCH_BRACKET;
    if (s->lo >= s->rules.most)
        start_confirm(s);
    else
        s->load = fmin(whole(s, s->lo * s->rules.factor), s->rules.most);
}

static void go_down(struct search *s)
{
    if (s->hi <= s->rules.least)
        end_search(s, CAPACITY_NEVER, "the least load misses the objectives");
    else
        s->load = fmax(whole(s, s->hi / s->rules.factor), s->rules.least);
}

/* The candidate is not confirmed: a step that grows with their number. */
static void step_down(struct search *s)
{
    double share = s->rules.step * floor(1 + (double)s->steps_down / 3);
    double next = s->lo * (1 - fmin(share, 0.5));
    set_failed(s, s->lo);
    s->steps_down++;
    if (s->rules.is_whole)
        next = fmin(floor(next), s->hi - 1);
    if (next < s->rules.least) {
        s->lo = (double)NAN;
        end_search(s, CAPACITY_NEVER,
                   "trials met the objectives, but no load does so every time");
        return;
    }
    s->lo = next;
    start_confirm(s);
}

static void after_soak(struct search *s)
{
    s->is_confirmed = true;
    s->stage = SEARCH_OVERLOAD;
    if (!s->rules.has_overload)
        end_found(s);
}

static void after_confirm(struct search *s)
{
    if (s->rules.has_soak)
        s->stage = SEARCH_SOAK;
    else
        after_soak(s);
}

/* --- answers by stage ------------------------------------------------------------------ */

/* Did not fail, and is met by the count alone: a trial that is unsure goes by its
 * count, as what it leads to is confirmed or stepped down from. */
static bool holds(const struct search *s, const struct search_answer *a)
{
    bool is_met = a->state != CAPACITY_FAIL;
    for (size_t i = 0; i < s->rules.slo_count; i++)
        is_met = is_met && attainment_is_met(&a->counts[i], s->rules.targets[i]);
    return is_met;
}

static void take_unloaded(struct search *s, const struct search_answer *a)
{
    struct search_rules *r = &s->rules;
    if (a->state == CAPACITY_FAIL) {
        end_search(s, CAPACITY_NEVER, "one request at a time misses the objectives");
        return;
    }
    double unloaded = r->is_whole ? 1 : a->rate;
    if (!(r->start > 0))
        r->start = unloaded > 0 ? unloaded : 1;
    if (!(r->least > 0))
        r->least = whole(s, (unloaded > 0 ? fmin(r->start, unloaded) : r->start) /
                                LEAST_SHARE);
    s->stage = SEARCH_BRACKET;
    s->load = fmin(fmax(r->start, r->least), r->most);
}

static void take_bracket(struct search *s, const struct search_answer *a)
{
    bool has_held = holds(s, a);
    if (has_held)
        s->lo = s->load;
    else
        set_failed(s, s->load);
    if (!isnan(s->lo) && !isnan(s->hi))
        narrow_down(s);
    else if (has_held)
        go_up(s);
    else
        go_down(s);
}

static void take_bisect(struct search *s, const struct search_answer *a)
{
    if (holds(s, a))
        s->lo = s->load;
    else
        set_failed(s, s->load);
    narrow_down(s);
}

static void take_recheck(struct search *s, const struct search_answer *a)
{
    s->rechecks++;
    s->is_rechecked = !holds(s, a);
    if (!s->is_rechecked) {
        s->lo = s->hi;
        take_back_failed(s);
    }
    if (isnan(s->hi))
        go_up(s);
    else
        narrow_down(s);
}

static bool is_pooled_pass(const struct search *s)
{
    bool passes = true;
    for (size_t i = 0; i < s->rules.slo_count; i++)
        passes = passes && attainment_judge(&s->pooled[i], s->rules.targets[i],
                                            s->rules.alpha) == CAPACITY_PASS;
    return passes;
}

static bool is_pooled_met(const struct search *s)
{
    bool is_met = true;
    for (size_t i = 0; i < s->rules.slo_count; i++)
        is_met = is_met && attainment_is_met(&s->pooled[i], s->rules.targets[i]);
    return is_met;
}

/* The trials of a candidate together; while they are too close to say and might still
 * pass, more of them are asked for. */
static void take_confirm(struct search *s, const struct search_answer *a)
{
    for (size_t i = 0; i < s->rules.slo_count; i++) {
        s->pooled[i].within += a->counts[i].within;
        s->pooled[i].n += a->counts[i].n;
        s->pooled[i].effective += a->counts[i].effective;
    }
    s->confirmed++;
    bool is_enough = s->confirmed >= s->rules.confirms;
    bool is_hopeless = a->state == CAPACITY_FAIL || !is_pooled_met(s);
    if (!is_hopeless && is_enough && is_pooled_pass(s))
        after_confirm(s);
    else if (is_hopeless || s->confirmed >= 2 * s->rules.confirms)
        step_down(s);
}

static void take_soak(struct search *s, const struct search_answer *a)
{
    if (holds(s, a))
        after_soak(s);
    else
        step_down(s);
}

static void take_overload(struct search *s, const struct search_answer *a)
{
    (void)a; /* tells of recovery, and decides nothing */
    end_found(s);
}

static const struct {
    enum capacity_phase phase;
    unsigned seed; /* added to the rules', with the number of confirmations before */
    void (*take)(struct search *s, const struct search_answer *a);
} stage_rows[SEARCH_OVER] = {
    [SEARCH_UNLOADED] = {CAPACITY_UNLOADED, 0, take_unloaded},
    [SEARCH_BRACKET] = {CAPACITY_BRACKET, 0, take_bracket},
    [SEARCH_BISECT] = {CAPACITY_BISECT, 0, take_bisect},
    [SEARCH_RECHECK] = {CAPACITY_RECHECK, 1, take_recheck},
    [SEARCH_CONFIRM] = {CAPACITY_CONFIRM, 1, take_confirm},
    [SEARCH_SOAK] = {CAPACITY_SOAK, 1, take_soak},
    [SEARCH_OVERLOAD] = {CAPACITY_OVERLOAD, 2, take_overload},
};

bool search_next(const struct search *s, struct search_order *out)
{
    if (s->stage == SEARCH_OVER)
        return false;
    bool is_late = s->stage == SEARCH_SOAK || s->stage == SEARCH_OVERLOAD;
    unsigned more = s->stage == SEARCH_CONFIRM ? s->confirmed : 0;
    more = s->stage == SEARCH_RECHECK ? s->rechecks : more;
    *out = (struct search_order){
        .phase = stage_rows[s->stage].phase,
        .load = s->load,
        .seed = s->rules.seed + stage_rows[s->stage].seed +
                (is_late ? s->rules.confirms : more),
    };
    return true;
}

void search_take(struct search *s, const struct search_answer *a)
{
    assert(s->stage != SEARCH_OVER);
    if (a->state != CAPACITY_INVALID) {
        s->invalid = 0;
        stage_rows[s->stage].take(s, a);
        return;
    }
    if (++s->invalid <= s->rules.repeats)
        return;
    if (s->is_confirmed)
        end_found(s);
    else
        end_search(s, CAPACITY_GENERATOR, "the generator is the limit");
}
