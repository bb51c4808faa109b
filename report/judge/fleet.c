/*
 * Replicas on paper; see fleet.h.
 *
 * All sequences of a replica advance at one pace, so its decoding is one number: v,
 * the tokens a sequence would have made since the start. A sequence that has its first
 * token at v ends at v + its other tokens, whatever the pace does between; the next to
 * end is the top of a heap by that end. Three events a request, each O(log slots).
 */
#include "judge/fleet.h"

#include "base/rng.h"
#include "measure/hist.h"

#include <math.h>
#include <stdlib.h>

const char *const fleet_routes[FLEET_ROUTES] = {
    [FLEET_ROUND_ROBIN] = "round robin",
    [FLEET_LEAST_LOADED] = "least loaded",
    [FLEET_RANDOM] = "random",
};

#define NONE UINT32_MAX
#define NEVER HUGE_VAL

struct sequence {
    double arrived_s, first_s, end_v; /* end_v: in tokens of its replica */
    double prompt, output;
    uint64_t number;
    uint32_t next; /* of its list */
};

struct list {
    uint32_t head, tail;
};

struct replica {
    double v, v_at_s; /* decoding, and when it stood there */
    double prefill_free_s;
    double next_s;    /* its next event */
    double arrival_s; /* of its own stream, NEVER: the fleet's */
    uint64_t taken, waiting;
    struct list queue, prefilling; /* by arrival, by first token */
    uint32_t *heap;                /* decoding, [0..decoding - 1], by end_v */
    size_t decoding;
};

struct fleet {
    const struct fleet_spec *spec;
    struct replica *replicas;
    size_t count;
    struct sequence *pool;
    uint32_t unused, fresh; /* of it: a list, and the first never used */
    uint32_t *order;        /* heap of replicas by next_s */
    uint32_t *place;        /* of each replica in it */
    struct rng arrivals, draws, routes;
    double now_s, arrival_s, began_s, taken_s;
    uint64_t arrived, counted, waiting, turn, completed;
    struct hist *hists[FLEET_METRICS];
    struct fleet_result *out;
};

/* --- lists, and the heaps ------------------------------------------------------------- */

static void append(struct fleet *f, struct list *l, uint32_t id)
{
    f->pool[id].next = NONE;
    if (l->head == NONE)
        l->head = id;
    else
        f->pool[l->tail].next = id;
    l->tail = id;
}

static uint32_t take_first(struct fleet *f, struct list *l)
{
    uint32_t id = l->head;
    l->head = f->pool[id].next;
    return id;
}

static void heap_put(struct fleet *f, struct replica *r, uint32_t id)
{
    size_t i = r->decoding++;
    for (; i > 0; i = (i - 1) / 2) {
        uint32_t up = r->heap[(i - 1) / 2];
        if (f->pool[up].end_v <= f->pool[id].end_v)
            break;
        r->heap[i] = up;
    }
    r->heap[i] = id;
}

static uint32_t heap_take(struct fleet *f, struct replica *r)
{
    uint32_t first = r->heap[0], last = r->heap[--r->decoding];
    size_t i = 0;
    for (size_t child = 1; child < r->decoding; child = 2 * i + 1) {
        if (child + 1 < r->decoding &&
            f->pool[r->heap[child + 1]].end_v < f->pool[r->heap[child]].end_v)
            child++;
        if (f->pool[last].end_v <= f->pool[r->heap[child]].end_v)
            break;
        r->heap[i] = r->heap[child];
        i = child;
    }
    r->heap[i] = last;
    return first;
}

static void order_set(struct fleet *f, size_t i, uint32_t replica)
{
    f->order[i] = replica;
    f->place[replica] = (uint32_t)i;
}

/* The replica's next_s has changed. */
static void order_move(struct fleet *f, uint32_t replica)
{
    double at_s = f->replicas[replica].next_s;
    size_t i = f->place[replica];
    for (; i > 0 && f->replicas[f->order[(i - 1) / 2]].next_s > at_s; i = (i - 1) / 2)
        order_set(f, i, f->order[(i - 1) / 2]);
    for (size_t child = 2 * i + 1; child < f->count; child = 2 * i + 1) {
        if (child + 1 < f->count && f->replicas[f->order[child + 1]].next_s <
                                        f->replicas[f->order[child]].next_s)
            child++;
        if (at_s <= f->replicas[f->order[child]].next_s)
            break;
        order_set(f, i, f->order[child]);
        i = child;
    }
    order_set(f, i, replica);
}

/* --- one replica ------------------------------------------------------------------------ */

static double step_s(const struct fleet *f, const struct replica *r)
{
    double others = r->taken > 1 ? (double)r->taken - 1.0 : 0.0;
    return f->spec->server.tpot_s + others * f->spec->server.slope_s;
}

/* Decoding has come so far; before anything about the slots changes. */
static void advance(struct fleet *f, struct replica *r)
{
    double step = step_s(f, r);
    if (r->decoding > 0 && step > 0.0)
        r->v += (f->now_s - r->v_at_s) / step;
    r->v_at_s = f->now_s;
}

static void plan_next(struct fleet *f, struct replica *r)
{
    r->next_s = r->arrival_s;
    if (r->prefilling.head != NONE)
        r->next_s = fmin(r->next_s, f->pool[r->prefilling.head].first_s);
    if (r->decoding > 0) {
        double left = fmax(f->pool[r->heap[0]].end_v - r->v, 0.0);
        r->next_s = fmin(r->next_s, r->v_at_s + left * step_s(f, r));
    }
    order_move(f, (uint32_t)(r - f->replicas));
}

static void begin(struct fleet *f, struct replica *r, uint32_t id)
{
    struct sequence *s = &f->pool[id];
    const struct fleet_server *server = &f->spec->server;
    r->taken++;
    r->prefill_free_s =
        fmax(r->prefill_free_s, f->now_s) + server->prefill_s * s->prompt;
    s->first_s = r->prefill_free_s + server->ttft_s;
    append(f, &r->prefilling, id);
}

/* A request has ended, or was refused: its figures, if it counts. */
static void count(struct fleet *f, const struct sequence *s, bool is_served)
{
    const struct fleet_spec *spec = f->spec;
    struct fleet_result *out = f->out;
    if (s->number < spec->warm_up || s->number - spec->warm_up >= spec->requests)
        return;
    f->counted++;
    if (!is_served) {
        out->refused++;
        return;
    }
    double value[FLEET_METRICS] = {
        [FLEET_TTFT] = s->first_s - s->arrived_s,
        [FLEET_TPOT] =
            s->output > 1.0 ? (f->now_s - s->first_s) / (s->output - 1.0) : 0,
        [FLEET_E2E] = f->now_s - s->arrived_s};
    for (int m = 0; m < FLEET_METRICS; m++)
        if (m != FLEET_TPOT || s->output > 1.0)
            (void)hist_record(f->hists[m], (int64_t)(value[m] * 1e6 + 0.5), 1);
    bool is_good = true;
    for (size_t i = 0; i < spec->limit_count; i++) {
        bool is_within = value[spec->limits[i].metric] <= spec->limits[i].limit_s;
        out->within[i] += is_within;
        is_good &= is_within;
    }
    out->good += is_good;
}

static uint32_t take_unused(struct fleet *f)
{
    if (f->unused == NONE)
        return f->fresh++;
    uint32_t id = f->unused;
    f->unused = f->pool[id].next;
    return id;
}

static void drop(struct fleet *f, uint32_t id)
{
    f->pool[id].next = f->unused;
    f->unused = id;
}

static void end(struct fleet *f, struct replica *r, uint32_t id)
{
    count(f, &f->pool[id], true);
    f->completed += f->arrived > f->spec->warm_up;
    drop(f, id);
    r->taken--;
    if (r->queue.head == NONE)
        return;
    r->waiting--;
    f->waiting--;
    begin(f, r, take_first(f, &r->queue));
}

static void first_token(struct fleet *f, struct replica *r)
{
    uint32_t id = take_first(f, &r->prefilling);
    struct sequence *s = &f->pool[id];
    s->end_v = r->v + s->output - 1.0;
    if (s->output > 1.0)
        heap_put(f, r, id);
    else
        end(f, r, id);
}

/* --- the fleet -------------------------------------------------------------------------- */

static void arrive(struct fleet *f, struct replica *r)
{
    const struct fleet_spec *spec = f->spec;
    const struct fleet_length *l =
        &spec->lengths[rng_below(&f->draws, spec->length_count)];
    struct sequence one = {.arrived_s = f->now_s,
                           .prompt = l->prompt,
                           .output = l->output,
                           .number = f->arrived++};
    if (one.number == spec->warm_up)
        f->began_s = f->now_s;
    bool has_slot = (double)r->taken < spec->server.slots;
    if (!has_slot && f->waiting >= FLEET_WAITING_MAX) {
        count(f, &one, false);
        return;
    }
    uint32_t id = take_unused(f);
    f->pool[id] = one;
    if (has_slot) {
        begin(f, r, id);
        return;
    }
    r->waiting++;
    f->waiting++;
    append(f, &r->queue, id);
}

/* By what the fleet has sent each, or by what each has in flight. */
static struct replica *choose(struct fleet *f)
{
    size_t best = 0;
    switch (f->spec->route) {
    case FLEET_RANDOM:
        best = rng_below(&f->routes, f->count);
        break;
    case FLEET_LEAST_LOADED:
        best = rng_below(&f->routes, f->count); /* ties fall anywhere */
        for (size_t i = 0, from = best; i < f->count; i++) {
            size_t k = (from + i) % f->count;
            if (f->replicas[k].taken + f->replicas[k].waiting <
                f->replicas[best].taken + f->replicas[best].waiting)
                best = k;
        }
        break;
    case FLEET_ROUND_ROBIN:
    case FLEET_ROUTES:
        best = f->turn++ % f->count;
        break;
    }
    return &f->replicas[best];
}

static bool has_own_streams(const struct fleet_spec *spec, size_t count)
{
    return spec->route == FLEET_ROUND_ROBIN && count < spec->replicas;
}

/* Time between arrivals of the fleet's stream, or of one replica's own. Those that
 * count must not be alone when they end; but an overloaded fleet must not be sent more
 * for as long as that takes. */
static double gap_s(struct fleet *f)
{
    const struct fleet_spec *spec = f->spec;
    if (f->arrived >= spec->warm_up + 2 * spec->requests)
        return NEVER;
    double mean = (double)spec->replicas / spec->rate_per_s; /* of one replica */
    return has_own_streams(spec, f->count)
               ? mean * rng_gamma(&f->arrivals, (double)spec->replicas)
               : mean / (double)f->count * rng_exponential(&f->arrivals);
}

static void set_up(struct fleet *f, const struct fleet_spec *spec)
{
    size_t slots = (size_t)spec->server.slots;
    f->spec = spec;
    f->count = spec->replicas < FLEET_SAMPLE ? (size_t)spec->replicas : FLEET_SAMPLE;
    size_t pool = f->count * slots + FLEET_WAITING_MAX + 1;
    f->replicas = xcalloc(f->count, sizeof *f->replicas);
    f->order = xcalloc(f->count, sizeof *f->order);
    f->place = xcalloc(f->count, sizeof *f->place);
    f->pool = xcalloc(pool, sizeof *f->pool);
    f->unused = NONE;
    for (size_t m = 0; m < FLEET_METRICS; m++)
        f->hists[m] = hist_new();
    rng_init(&f->arrivals, spec->seed, RNG_ARRIVAL, 0);
    rng_init(&f->draws, spec->seed, RNG_LENGTHS, 0);
    rng_init(&f->routes, spec->seed, RNG_SERVICE, 0);
    bool is_own = has_own_streams(spec, f->count);
    f->arrival_s = is_own ? NEVER : gap_s(f);
    for (size_t i = 0; i < f->count; i++) {
        struct replica *r = &f->replicas[i];
        r->heap = xcalloc(slots, sizeof *r->heap);
        r->queue = r->prefilling = (struct list){NONE, NONE};
        r->arrival_s = is_own ? gap_s(f) * rng_unit(&f->routes) : NEVER;
        r->next_s = NEVER;
        order_set(f, i, (uint32_t)i);
    }
    for (size_t i = 0; i < f->count; i++)
        plan_next(f, &f->replicas[i]);
}

static void tear_down(struct fleet *f)
{
    for (size_t i = 0; i < f->count; i++)
        free(f->replicas[i].heap);
    for (size_t m = 0; m < FLEET_METRICS; m++)
        hist_free(f->hists[m]);
    free(f->pool);
    free(f->place);
    free(f->order);
    free(f->replicas);
}

/* All that is due at one replica, now. */
static void wake(struct fleet *f, struct replica *r)
{
    advance(f, r);
    if (r->arrival_s <= f->now_s) {
        arrive(f, r);
        r->arrival_s += gap_s(f);
    } else if (r->prefilling.head != NONE &&
               f->pool[r->prefilling.head].first_s <= f->now_s) {
        first_token(f, r);
    } else if (r->decoding > 0) {
        r->v = fmax(r->v, f->pool[r->heap[0]].end_v); /* rounding */
        end(f, r, heap_take(f, r));
    }
    plan_next(f, r);
}

static double seconds_at(const struct fleet *f, enum fleet_metric m, double percent)
{
    if (f->hists[m]->total + f->out->refused == 0)
        return (double)NAN;
    int64_t us = hist_percentile_with_us(f->hists[m], f->out->refused, percent);
    return us < 0 ? HUGE_VAL : (double)us / 1e6;
}

static void conclude(struct fleet *f)
{
    struct fleet_result *out = f->out;
    double span_s = (f->now_s - f->began_s) * (double)f->count;
    out->requests = f->counted;
    out->simulated = f->count;
    out->completed_per_s = span_s > 0.0 ? (double)f->completed / span_s : 0.0;
    out->running = span_s > 0.0 ? f->taken_s / span_s : 0.0;
    for (int m = 0; m < FLEET_METRICS; m++)
        out->metric[m] =
            (struct fleet_quantiles){.p50 = seconds_at(f, (enum fleet_metric)m, 50),
                                     .p95 = seconds_at(f, (enum fleet_metric)m, 95),
                                     .p99 = seconds_at(f, (enum fleet_metric)m, 99)};
}

void fleet_run(const struct fleet_spec *spec, struct fleet_result *out)
{
    struct fleet f = {.out = out};
    assert(spec->replicas >= 1 && spec->rate_per_s > 0.0 && spec->length_count >= 1);
    assert(spec->server.slots >= 1.0 && spec->server.slots <= FLEET_SLOTS_MAX);
    assert(spec->requests <= FLEET_REQUESTS_MAX &&
           spec->limit_count <= FLEET_LIMITS_MAX);
    *out = (struct fleet_result){0};
    set_up(&f, spec);
    uint64_t taken = 0;
    while (f.counted < spec->requests) {
        struct replica *r = &f.replicas[f.order[0]];
        double next_s = fmin(f.arrival_s, r->next_s);
        if (f.arrived > spec->warm_up)
            f.taken_s += (double)taken * (next_s - f.now_s);
        f.now_s = next_s;
        if (f.arrival_s < r->next_s) {
            r = choose(&f);
            taken -= r->taken;
            advance(&f, r);
            arrive(&f, r);
            plan_next(&f, r);
            f.arrival_s += gap_s(&f);
        } else {
            taken -= r->taken;
            wake(&f, r);
        }
        taken += r->taken;
    }
    conclude(&f);
    tear_down(&f);
}
