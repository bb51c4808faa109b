/* What a workload asks for, in tokens; see demand.h. */
#include "workload/demand.h"

#include "workload/lengths.h"

#include <stdlib.h>

/* Which groups of which class had their prefix sent already: one bit each. */
struct seen {
    uint8_t *bits[PROFILE_CLASSES_MAX];
    uint32_t groups[PROFILE_CLASSES_MAX];
};

static void seen_init(struct seen *s, const struct profile *p)
{
    *s = (struct seen){0};
    for (size_t i = 0; i < p->class_count; i++) {
        s->groups[i] = p->classes[i].prefix.groups;
        s->bits[i] = xcalloc((size_t)s->groups[i] / 8 + 1, 1);
    }
}

static void seen_release(struct seen *s)
{
    for (size_t i = 0; i < PROFILE_CLASSES_MAX; i++)
        free(s->bits[i]);
}

/* Was it there? It is from now on. */
static bool seen_before(struct seen *s, const struct arrival *a)
{
    if (a->prefix_group >= s->groups[a->class_index])
        return false;
    uint8_t *byte = &s->bits[a->class_index][a->prefix_group / 8];
    uint8_t bit = (uint8_t)(1u << a->prefix_group % 8);
    bool was = (*byte & bit) != 0;
    *byte |= bit;
    return was;
}

static uint32_t whole_blocks(uint32_t tokens)
{
    return tokens / DEMAND_CACHE_BLOCK * DEMAND_CACHE_BLOCK;
}

static uint32_t cached_of(struct seen *s, const struct arrival *a)
{
    if (a->turn > 0)
        return whole_blocks(a->history_tokens);
    return a->prefix_tokens > 0 && seen_before(s, a) ? whole_blocks(a->prefix_tokens)
                                                     : 0;
}

static void add_request(struct demand *d, struct seen *s,
                        const struct schedule_spec *spec,
                        const struct demand_options *o, const struct arrival *a,
                        double session[DEMAND_COLUMNS])
{
    const struct request_class *c = &spec->profile->classes[a->class_index];
    struct demand_class *out = &d->classes[a->class_index];
    uint32_t choices = c->choices > 0 ? c->choices : 1, cached = cached_of(s, a);
    bool generates = api_generates(c->api);
    double prompt =
        (double)a->history_tokens + (double)a->prompt_tokens + (double)a->suffix_tokens;
    double output = (double)a->output_tokens * choices;
    session[BILL_PROMPT] += prompt - (double)cached;
    session[BILL_CACHED] += (double)cached;
    session[BILL_OUTPUT] += generates ? output : 0;
    out->worst_prompt += prompt;
    if (generates) {
        out->worst_output +=
            o->max_tokens > 0 ? (double)o->max_tokens * choices : output;
        out->generating++;
    }
    out->requests++;
    d->requests++;
}

static void add_session(struct demand *d, struct seen *s,
                        const struct schedule *schedule,
                        const struct schedule_spec *spec,
                        const struct demand_options *o, const struct arrival *first)
{
    double sum[DEMAND_COLUMNS] = {0, 0, 0};
    struct demand_class *c = &d->classes[first->class_index];
    struct arrival a = *first;
    add_request(d, s, spec, o, &a, sum);
    while (a.turn + 1 < a.turns) {
        struct arrival next;
        schedule_turn(schedule, &a, &next);
        add_request(d, s, spec, o, &next, sum);
        a = next;
    }
    for (size_t i = 0; i < DEMAND_COLUMNS; i++) {
        c->tokens[i] += sum[i];
        for (size_t k = 0; k < DEMAND_COLUMNS; k++)
            c->cross[i][k] += sum[i] * sum[k];
    }
    d->sessions++;
    d->last_due_ns = first->due_ns;
}

int demand_walk(const struct schedule_spec *spec, const struct demand_options *o,
                struct demand *out, struct err *e)
{
    struct schedule_spec own = *spec;
    own.owner = 0;
    own.owners = 1;
    struct schedule *schedule = schedule_new(&own, e);
    if (schedule == NULL)
        return -1;
    struct seen seen;
    struct arrival a;
    seen_init(&seen, spec->profile);
    *out = (struct demand){.class_count = spec->profile->class_count};
    int rc = 1;
    while (rc > 0 && out->requests < o->requests_max) {
        rc = schedule_next(schedule, &a, e);
        if (rc > 0 && a.due_ns >= o->duration_ns)
            rc = 0;
        if (rc > 0)
            add_session(out, &seen, schedule, spec, o, &a);
    }
    out->is_whole = rc == 0;
    seen_release(&seen);
    schedule_free(schedule);
    return rc < 0 ? -1 : 0;
}

struct demand_price demand_price_of(const struct price *p)
{
    const double unit = (double)MONEY_UNIT;
    return (struct demand_price){{[BILL_PROMPT] = (double)p->prompt / unit,
                                  [BILL_CACHED] = (double)p->cached / unit,
                                  [BILL_OUTPUT] = (double)p->output / unit}};
}

double demand_expected(const struct demand *d, const struct demand_price *prices)
{
    double sum = 0;
    for (size_t c = 0; c < d->class_count; c++)
        for (size_t i = 0; i < DEMAND_COLUMNS; i++)
            sum += d->classes[c].tokens[i] * prices[c].per_token[i];
    return sum;
}

double demand_worst(const struct demand *d, const struct demand_price *prices)
{
    double sum = 0;
    for (size_t c = 0; c < d->class_count; c++)
        sum += d->classes[c].worst_prompt * prices[c].per_token[BILL_PROMPT] +
               d->classes[c].worst_output * prices[c].per_token[BILL_OUTPUT];
    return sum;
}

double demand_session_square(const struct demand *d, const struct demand_price *prices)
{
    double sum = 0;
    for (size_t c = 0; c < d->class_count; c++)
        for (size_t i = 0; i < DEMAND_COLUMNS; i++)
            for (size_t k = 0; k < DEMAND_COLUMNS; k++)
                sum += d->classes[c].cross[i][k] * prices[c].per_token[i] *
                       prices[c].per_token[k];
    return d->sessions > 0 ? sum / (double)d->sessions : 0;
}
