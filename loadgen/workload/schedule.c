/*
 * The schedule; see schedule.h. Due times of open loops come from walk.c, the
 * lengths of a turn from lengths.c, traces from trace.c.
 *
 * Everything about request k is drawn from streams named by (seed, purpose, k).
 * The gaps of the arrival process are one stream, which every owner walks from
 * the start; what only the owner of a request needs (turns, prefix) is not drawn
 * by the others. One global arrival costs 0.08 to 0.2 us, by its distributions.
 */
#include "workload/schedule.h"

#include "workload/lengths.h"
#include "workload/walk.h"

#include <stdlib.h>

#define START_SPREAD_S_MAX 1.0
#define START_SPREAD_S_MIN 0.1

/* High bits that keep a group's draws apart from those of a request. */
#define GROUP_STREAM (UINT64_C(1) << 62)

struct schedule {
    struct schedule_spec spec;
    struct walk walk;    /* open loops without a trace */
    struct trace *trace; /* NULL: none */
    int64_t duration_ns; /* of the phases */
    uint32_t users_max;  /* > 0: a closed loop */
    bool is_done;
    uint64_t number; /* of the next global arrival */
    uint64_t digest;
};

/* ---- what an arrival is */

static void take_images(const struct schedule *s, struct arrival *a, uint32_t images)
{
    a->images = images;
    a->image_bytes =
        lengths_image_bytes(&s->spec.profile->classes[a->class_index], images);
}

/* A request of the corpus: its lengths stand for the profile's or the trace's. */
static void take_text(const struct schedule *s, struct arrival *a)
{
    const struct corpus *c = s->spec.corpus;
    if (c == NULL)
        return;
    a->text_index = corpus_pick(c, s->spec.seed, a->number);
    const struct corpus_prompt *p = &c->prompts[a->text_index];
    a->has_text = true;
    a->text_bytes = p->bytes;
    a->prompt_tokens = p->tokens;
    a->suffix_tokens = 0;
    a->batch = 1;
    a->blocks = NULL;
    a->block_count = 0;
    take_images(s, a, 0);
    a->is_capped = p->is_cap;
    if (p->output_tokens > 0 && a->output_tokens > 0)
        a->output_tokens = p->output_tokens;
}

/* What every owner must know of an arrival that the profile describes. */
static void describe(const struct schedule *s, struct arrival *a)
{
    a->class_index = lengths_class(s->spec.profile, s->spec.seed, a->number);
    struct lengths l = lengths_draw(&s->spec.profile->classes[a->class_index],
                                    s->spec.seed, a->number, a->turn);
    a->prompt_tokens = l.prompt;
    a->output_tokens = l.output;
    a->suffix_tokens = l.suffix;
    a->batch = l.batch;
    take_images(s, a, l.images);
    take_text(s, a);
}

static void draw_prefix(const struct schedule *s, struct arrival *a)
{
    struct rng r;
    const struct prefix_plan *p = &s->spec.profile->classes[a->class_index].prefix;
    if (p->groups == 0)
        return;
    rng_init(&r, s->spec.seed, RNG_PREFIX, a->number);
    if (rng_unit(&r) >= p->share)
        return;
    a->prefix_group = (uint32_t)dist_zipf(&r, p->skew, p->groups) - 1;
    uint64_t group = (uint64_t)a->class_index << 32 | a->prefix_group;
    rng_init(&r, s->spec.seed, RNG_LENGTHS, GROUP_STREAM | group);
    uint32_t tokens = dist_draw_count(&p->tokens, &r, 0);
    a->prefix_tokens = tokens < a->prompt_tokens ? tokens : a->prompt_tokens - 1;
}

static void draw_turns(const struct schedule *s, struct arrival *a)
{
    struct rng r;
    const struct conversation_plan *c =
        &s->spec.profile->classes[a->class_index].conversation;
    a->turns = 1;
    if (!c->is_set)
        return;
    rng_init(&r, s->spec.seed, RNG_SESSION, a->number);
    a->turns = (uint16_t)dist_draw_count(&c->turns, &r, 1);
    assert(a->turns <= PROFILE_TURNS_MAX);
}

/* What only the owner needs. */
static void complete(const struct schedule *s, struct arrival *a)
{
    a->turns = 1;
    if (a->has_text)
        return;
    draw_turns(s, a);
    draw_prefix(s, a);
}

static int64_t draw_think_ns(const struct schedule *s, const struct dist *think_s,
                             uint64_t number, uint16_t turn)
{
    struct rng r;
    rng_init(&r, s->spec.seed, RNG_THINK, lengths_stream(number, turn));
    return (int64_t)(dist_draw(think_s, &r) * 1e9 + 0.5);
}

/* Lengths and blocks of a row. A request of no tokens cannot be sent: at least 1. */
static void take_row(const struct schedule *s, struct arrival *a,
                     const struct trace_row *row)
{
    enum api api = s->spec.profile->classes[a->class_index].api;
    a->is_traced = true;
    a->prompt_tokens = row->prompt_tokens > 0 ? row->prompt_tokens : 1;
    a->output_tokens = row->output_tokens > 0 ? row->output_tokens : 1;
    if (!api_generates(api))
        a->output_tokens = 0;
    a->batch = 1;
    take_images(s, a,
                lengths_draw(&s->spec.profile->classes[a->class_index], s->spec.seed,
                             a->number, 0)
                    .images);
    a->blocks = row->blocks;
    a->block_count = row->block_count;
    a->block_tokens = row->block_tokens;
    take_text(s, a);
}

/* ---- the global sequence */

static int next_open(struct schedule *s, struct arrival *a)
{
    size_t phase;
    if (!walk_next(&s->walk, &a->due_ns, &phase))
        return 0;
    a->phase = (uint16_t)phase;
    a->is_measured = s->spec.phases[phase].is_measured;
    describe(s, a);
    return 1;
}

static int next_traced(struct schedule *s, struct arrival *a, struct err *e)
{
    struct trace_row row;
    int got = trace_next(s->trace, &row, e);
    if (got <= 0)
        return got;
    if (s->spec.phase_count > 0 && row.due_ns >= s->duration_ns)
        return 0;
    a->due_ns = row.due_ns;
    a->phase = schedule_phase_at(s, row.due_ns, &a->is_measured);
    a->class_index = lengths_class(s->spec.profile, s->spec.seed, a->number);
    take_row(s, a, &row);
    return 1;
}

static void fold(struct schedule *s, uint64_t x)
{
    s->digest = rng_hash(s->digest, RNG_ARRIVAL, x);
}

static void fold_arrival(struct schedule *s, const struct arrival *a)
{
    fold(s, a->number);
    fold(s, (uint64_t)a->due_ns);
    fold(s, (uint64_t)a->class_index << 32 | a->batch);
    fold(s, (uint64_t)a->prompt_tokens << 32 | a->output_tokens);
    if (a->images > 0)
        fold(s, a->images);
}

/* The next arrival of all. 1, 0 or -1. */
static int next_global(struct schedule *s, struct arrival *a, struct err *e)
{
    if (s->is_done || (s->spec.limit > 0 && s->number == s->spec.limit))
        return 0;
    *a = (struct arrival){.number = s->number, .turns = 1};
    int got = s->trace != NULL ? next_traced(s, a, e) : next_open(s, a);
    s->is_done = got <= 0;
    if (got <= 0)
        return got;
    fold_arrival(s, a);
    s->number++;
    return 1;
}

int schedule_next(struct schedule *s, struct arrival *out, struct err *e)
{
    assert(s->users_max == 0);
    for (;;) {
        int got = next_global(s, out, e);
        if (got <= 0)
            return got;
        if (rng_owner(s->spec.seed, out->number, s->spec.owners) != s->spec.owner)
            continue;
        if (s->trace == NULL)
            complete(s, out);
        return 1;
    }
}

void schedule_turn(const struct schedule *s, const struct arrival *prev,
                   struct arrival *out)
{
    const struct request_class *c = &s->spec.profile->classes[prev->class_index];
    assert(prev->turn + 1 < prev->turns);
    assert(!prev->is_traced);
    uint32_t history = prev->history_tokens + prev->prompt_tokens + prev->output_tokens;
    uint16_t turn = (uint16_t)(prev->turn + 1);
    struct lengths l = lengths_draw(c, s->spec.seed, prev->number, turn);
    *out = *prev; /* also when out is prev */
    out->turn = turn;
    out->history_tokens = history;
    out->prompt_tokens = l.prompt;
    out->output_tokens = l.output;
    take_images(s, out, l.images);
    out->think_ns = draw_think_ns(s, &c->conversation.think_s, prev->number, turn);
}

/* ---- closed loops */

static int64_t start_spread_ns(const struct schedule *s, uint32_t user)
{
    struct rng r;
    const struct arrival_plan *a = &s->spec.profile->arrival;
    double most_s = a->has_think ? dist_mean(&a->think_s) : START_SPREAD_S_MIN;
    if (most_s > START_SPREAD_S_MAX)
        most_s = START_SPREAD_S_MAX;
    rng_init(&r, s->spec.seed, RNG_SPREAD, user);
    return (int64_t)(rng_unit(&r) * most_s * 1e9);
}

void schedule_user(const struct schedule *s, uint32_t user, uint64_t i,
                   struct arrival *out)
{
    const struct arrival_plan *a = &s->spec.profile->arrival;
    assert(user < s->users_max);
    *out = (struct arrival){.number = i * s->users_max + user};
    describe(s, out);
    complete(s, out);
    if (i == 0)
        out->think_ns = start_spread_ns(s, user);
    else if (a->has_think)
        out->think_ns = draw_think_ns(s, &a->think_s, out->number, 0);
}

static uint32_t scaled_users(const struct schedule *s, double factor)
{
    double users = factor * (double)s->spec.users + 0.5;
    return users < (double)UINT32_MAX ? (uint32_t)users : UINT32_MAX;
}

static double factor_at(const struct schedule *s, int64_t now_ns)
{
    int64_t start_ns;
    size_t i = curve_phase_at(s->spec.phases, s->spec.phase_count, now_ns, &start_ns);
    int64_t past_ns = now_ns - start_ns;
    int64_t end_ns = s->spec.phases[i].duration_ns;
    past_ns = past_ns < 0 ? 0 : past_ns > end_ns ? end_ns : past_ns;
    return curve_factor(&s->spec.phases[i], past_ns);
}

uint32_t schedule_users_at(const struct schedule *s, int64_t now_ns)
{
    return s->users_max == 0 ? 0 : scaled_users(s, factor_at(s, now_ns));
}

uint32_t schedule_users_max(const struct schedule *s)
{
    return s->users_max;
}

/* ---- the object */

static bool is_closed(const struct schedule_spec *spec)
{
    return spec->trace == NULL && spec->profile->arrival.kind == ARRIVAL_CLOSED;
}

static int check_spec(const struct schedule_spec *spec, struct err *e)
{
    assert(spec->owners >= 1 && spec->owner < spec->owners);
    assert(spec->phase_count <= PROFILE_PHASES_MAX);
    assert(spec->phase_count >= 1 || spec->trace != NULL);
    enum arrival_kind kind = spec->profile->arrival.kind;
    if (spec->trace != NULL)
        return 0;
    if (kind == ARRIVAL_TRACE)
        return err_set(e, "profile %s: arrivals come from a trace, and none was given",
                       spec->profile->name);
    if (kind == ARRIVAL_CLOSED && spec->users < 1)
        return err_set(e, "a closed loop needs at least one user");
    if (kind != ARRIVAL_CLOSED && !(spec->rate_per_s > 0.0 && spec->rate_per_s <= 1e9))
        return err_set(e, "a rate of %.12g per second cannot be scheduled",
                       spec->rate_per_s);
    return 0;
}

static int measure_users(struct schedule *s, struct err *e)
{
    s->users_max = s->spec.users;
    for (size_t i = 0; i < s->spec.phase_count; i++) {
        uint32_t peak = scaled_users(s, curve_peak(&s->spec.phases[i]));
        if (peak > s->users_max)
            s->users_max = peak;
    }
    if (s->users_max > PROFILE_USERS_MAX)
        return err_set(e, "the phases ask for %u users; allowed are 1 to %d",
                       s->users_max, PROFILE_USERS_MAX);
    return 0;
}

struct schedule *schedule_new(const struct schedule_spec *spec, struct err *e)
{
    if (check_spec(spec, e) < 0)
        return NULL;
    struct schedule *s = xcalloc(1, sizeof *s);
    s->spec = *spec;
    s->digest = spec->seed;
    if (spec->corpus != NULL) {
        fold(s, spec->corpus->digest);
        fold(s, spec->corpus->order);
    }
    s->duration_ns = curve_duration_ns(spec->phases, spec->phase_count);
    if (spec->trace != NULL) {
        s->trace = trace_open(spec->trace, e);
        if (s->trace == NULL)
            goto fail;
    } else if (is_closed(spec)) {
        if (measure_users(s, e) < 0)
            goto fail;
    } else {
        walk_init(&s->walk, &spec->profile->arrival, spec->phases, spec->phase_count,
                  spec->rate_per_s, spec->seed);
    }
    return s;
fail:
    schedule_free(s);
    return NULL;
}

void schedule_free(struct schedule *s)
{
    if (s == NULL)
        return;
    trace_close(s->trace);
    free(s);
}

int64_t schedule_duration_ns(const struct schedule *s)
{
    return s->duration_ns;
}

uint16_t schedule_phase_at(const struct schedule *s, int64_t due_ns, bool *is_measured)
{
    int64_t start_ns;
    *is_measured = true;
    if (s->spec.phase_count == 0)
        return 0;
    size_t i = curve_phase_at(s->spec.phases, s->spec.phase_count, due_ns, &start_ns);
    *is_measured = s->spec.phases[i].is_measured;
    return (uint16_t)i;
}

uint64_t schedule_digest(const struct schedule *s)
{
    return s->digest;
}

int schedule_head(const struct schedule_spec *spec, uint64_t *digest, struct err *e)
{
    struct arrival a;
    struct err later = {0}; /* whoever comes to that row says it */
    struct schedule *s = schedule_new(spec, e);
    if (s == NULL)
        return -1;
    int got = s->users_max > 0 ? 0 : 1;
    while (got > 0 && s->number < SCHEDULE_HEAD)
        got = next_global(s, &a, &later);
    *digest = s->digest;
    schedule_free(s);
    return 0;
}

double schedule_rate_at(const struct schedule *s, int64_t now_ns)
{
    if (s->trace != NULL || s->users_max > 0)
        return 0.0;
    return s->spec.rate_per_s * factor_at(s, now_ns);
}
