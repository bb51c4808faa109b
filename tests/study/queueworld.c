/* The server on paper; see queueworld.h. */
#include "queueworld.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

#define PI 3.14159265358979323846

/* --- chance: splitmix64 (Steele, Lea, Flood 2014), Box and Muller -------------------- */

struct dice {
    uint64_t state;
};

static uint64_t throw_dice(struct dice *d)
{
    uint64_t z = d->state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

/* In (0, 1). */
static double fraction(struct dice *d)
{
    return ((double)(throw_dice(d) >> 11) + 0.5) / 9007199254740992.0;
}

static double gaussian(struct dice *d)
{
    double radius = sqrt(-2.0 * log(fraction(d)));
    return radius * cos(2.0 * PI * fraction(d));
}

/* Mean 1. */
static double lognormal(struct dice *d, double cv)
{
    double variance = log(1.0 + cv * cv);
    return cv > 0.0 ? exp(gaussian(d) * sqrt(variance) - variance / 2.0) : 1.0;
}

static uint64_t tokens(struct dice *d, const struct length *l)
{
    double x = l->a;
    double u = fraction(d); /* one draw more than needed keeps the rows in step */
    if (l->kind == LENGTH_UNIFORM)
        x = l->a + (l->b - l->a) * u;
    else if (l->kind == LENGTH_GEOMETRIC)
        x = l->a > 1.0 ? 1.0 + floor(log(u) / log1p(-1.0 / l->a)) : 1.0;
    else if (l->kind == LENGTH_LOGNORMAL)
        x = fmin(l->a * lognormal(d, l->b),
                 l->most > 0.0 ? l->most : l->a * (1.0 + 12.0 * l->b));
    return x < 1.0 ? 1 : (uint64_t)(x + 0.5);
}

/* --- the world ------------------------------------------------------------------------ */

struct job {
    double arrived, first;
    uint64_t number, prompt, output, made;
    struct dice dice;
    size_t next; /* in the queue, or of the unused */
};

struct event {
    double at;
    size_t job; /* whose token is due; NOBODY: someone arrives */
};

#define NOBODY SIZE_MAX

struct world {
    const struct queueworld *spec;
    struct event *events; /* a binary heap, the earliest at [1] */
    size_t event_count, event_cap;
    struct job *jobs;
    size_t job_cap, unused;
    size_t head, tail; /* of the queue */
    uint64_t running, waiting, arrived, ended;
    double now, prompt_free;
    struct dice gaps, lengths, thinking;
    bool (*see)(void *, const struct visit *);
    void *context;
    bool has_stopped;
    bool has_begun; /* the warm-up is over; since then: */
    double began, held, sojourn;
    uint64_t served, counted;
};

static void put_event(struct world *w, double at, size_t job)
{
    if (w->event_count + 1 >= w->event_cap) {
        w->event_cap = 2 * w->event_cap + 64;
        w->events = realloc(w->events, w->event_cap * sizeof *w->events);
        assert(w->events);
    }
    size_t i = ++w->event_count;
    for (; i > 1 && w->events[i / 2].at > at; i /= 2)
        w->events[i] = w->events[i / 2];
    w->events[i] = (struct event){at, job};
}

static struct event take_event(struct world *w)
{
    struct event first = w->events[1], last = w->events[w->event_count--];
    size_t i = 1;
    for (size_t child = 2; child <= w->event_count; child = 2 * i) {
        if (child < w->event_count && w->events[child + 1].at < w->events[child].at)
            child++;
        if (last.at <= w->events[child].at)
            break;
        w->events[i] = w->events[child];
        i = child;
    }
    w->events[i] = last;
    return first;
}

static size_t new_job(struct world *w)
{
    if (w->unused == NOBODY) {
        size_t cap = 2 * w->job_cap + 64;
        w->jobs = realloc(w->jobs, cap * sizeof *w->jobs);
        assert(w->jobs);
        for (size_t i = cap; i-- > w->job_cap;) {
            w->jobs[i].next = w->unused;
            w->unused = i;
        }
        w->job_cap = cap;
    }
    size_t id = w->unused;
    w->unused = w->jobs[id].next;
    return id;
}

/* The job has got a slot: its prompt follows those begun before it. */
static void begin(struct world *w, size_t id)
{
    struct job *j = &w->jobs[id];
    const struct queueworld *s = w->spec;
    double from = fmax(w->now, w->prompt_free);
    w->running++;
    w->prompt_free = from + s->prefill_s * (double)j->prompt;
    put_event(w, w->prompt_free + s->ttft_s * lognormal(&j->dice, s->jitter), id);
}

static void enqueue(struct world *w, size_t id)
{
    w->jobs[id].next = NOBODY;
    if (w->waiting++ == 0)
        w->head = id;
    else
        w->jobs[w->tail].next = id;
    w->tail = id;
}

/* A request is over, or refused: it is counted, and its user thinks of another. */
static void end(struct world *w, size_t id, bool is_served)
{
    struct job *j = &w->jobs[id];
    const struct queueworld *s = w->spec;
    struct visit v = {HUGE_VAL, HUGE_VAL, HUGE_VAL};
    if (is_served) {
        v.ttft = j->first - j->arrived;
        v.e2e = w->now - j->arrived;
        v.tpot =
            j->made > 1 ? (w->now - j->first) / (double)(j->made - 1) : (double)NAN;
    }
    if (j->number >= s->warm_up && j->number - s->warm_up < s->requests) {
        w->counted++;
        w->has_stopped = w->see && !w->see(w->context, &v);
    }
    if (w->has_begun && is_served) {
        w->served++;
        w->sojourn += v.e2e;
    }
    j->next = w->unused;
    w->unused = id;
    if (s->users > 0)
        put_event(w, w->now - s->think_s * log(fraction(&w->thinking)), NOBODY);
}

static void arrive(struct world *w)
{
    const struct queueworld *s = w->spec;
    size_t id = new_job(w);
    struct job *j = &w->jobs[id];
    *j = (struct job){.arrived = w->now, .number = w->arrived++};
    j->prompt = s->past ? s->past[j->number].prompt : tokens(&w->lengths, &s->prompt);
    j->output = s->past ? s->past[j->number].output : tokens(&w->lengths, &s->output);
    j->dice.state = throw_dice(&w->lengths);
    if (j->number == s->warm_up) {
        w->has_begun = true;
        w->began = w->now;
    }
    if (s->past && w->arrived < s->warm_up + s->requests)
        put_event(w, s->past[w->arrived].at_s, NOBODY);
    else if (s->rate > 0.0)
        put_event(w, w->now - log(fraction(&w->gaps)) / s->rate, NOBODY);
    if (w->running < s->slots)
        begin(w, id);
    else if (w->waiting < s->queue)
        enqueue(w, id);
    else
        end(w, id, false);
}

/* The token after this one, or the end and the next of the queue. */
static void token(struct world *w, size_t id)
{
    struct job *j = &w->jobs[id];
    const struct queueworld *s = w->spec;
    if (j->made++ == 0)
        j->first = w->now;
    if (j->made < j->output) {
        double step = s->tpot_s + s->slope_s * (double)(w->running - 1);
        put_event(w, w->now + step * lognormal(&j->dice, s->jitter), id);
        return;
    }
    w->running--;
    end(w, id, true);
    if (w->waiting == 0)
        return;
    size_t next = w->head;
    w->head = w->jobs[next].next;
    w->waiting--;
    begin(w, next);
}

static void start(struct world *w, const struct queueworld *spec)
{
    struct dice seeds = {spec->seed};
    w->spec = spec;
    w->unused = NOBODY;
    w->gaps.state = throw_dice(&seeds);
    w->lengths.state = throw_dice(&seeds);
    w->thinking.state = throw_dice(&seeds);
    uint64_t first = spec->users > 0 ? spec->users : 1;
    w->now = spec->past ? spec->past[0].at_s : 0.0;
    for (uint64_t i = 0; i < first; i++)
        put_event(w, w->now + spec->think_s * fraction(&w->thinking), NOBODY);
}

bool queueworld_run(const struct queueworld *spec,
                    bool (*see)(void *, const struct visit *), void *context,
                    struct worldview *out)
{
    struct world w = {.see = see, .context = context};
    assert(spec->slots >= 1 && spec->requests >= 1);
    assert((spec->rate > 0.0) + (spec->users > 0) + (spec->past != NULL) == 1);
    start(&w, spec);
    while (!w.has_stopped && w.counted < spec->requests) {
        struct event e = take_event(&w);
        if (w.has_begun)
            w.held += (double)(w.running + w.waiting) * (e.at - w.now);
        w.now = e.at;
        if (e.job == NOBODY)
            arrive(&w);
        else
            token(&w, e.job);
    }
    double span = w.now - w.began;
    if (out && span > 0.0)
        *out = (struct worldview){.in_flight = w.held / span,
                                  .completions = (double)w.served / span,
                                  .sojourn = w.sojourn / (double)w.served};
    free(w.events);
    free(w.jobs);
    return w.counted == spec->requests;
}
