/*
 * First come, first served: a request starts when it is due and a slot is free. The
 * busy slots are a heap of the times at which they become free. Occupancy and speed
 * count as they are when prefill and decode begin.
 *
 * LIMIT: decode does not follow a speed that changes while it runs, except for
 * stalls.
 */
#include "tests/study/endpoint.h"

#include "base/base.h"
#include "base/rng.h"

#include <math.h>
#include <stdlib.h>

#define PROMPT_MEDIAN 300
#define PROMPT_SIGMA 1.0
#define PROMPT_MAX 16000
#define OUTPUT_MEDIAN 150
#define OUTPUT_SIGMA 0.7
#define OUTPUT_MIN 2 /* of which a time per token is defined */
#define OUTPUT_MAX 2048
#define PREFILL_S 0.04
#define PREFILL_TOKEN_S 0.0002
#define PREFILL_SIGMA 0.2
#define PREFILL_CROWD 0.3 /* slower by this when all slots are busy */
#define DECODE_TOKEN_S 0.015
#define DECODE_SIGMA 0.08
#define DECODE_CROWD 0.6

static double draw_log_normal(struct rng *rng, double sigma)
{
    return rng_exp(sigma * rng_normal(rng));
}

static double mean_log_normal(double sigma)
{
    return rng_exp(sigma * sigma / 2);
}

static unsigned draw_tokens(struct rng *rng, double median, double sigma,
                            unsigned least, unsigned most)
{
    double tokens = median * draw_log_normal(rng, sigma);
    return (unsigned)fmin(fmax(tokens + 0.5, least), most);
}

void request_draw_lengths(struct request *r, double stretch, struct rng *rng)
{
    r->prompt_tokens =
        draw_tokens(rng, stretch * PROMPT_MEDIAN, PROMPT_SIGMA, 1, PROMPT_MAX);
    r->output_tokens =
        draw_tokens(rng, OUTPUT_MEDIAN, OUTPUT_SIGMA, OUTPUT_MIN, OUTPUT_MAX);
}

/* Mean time in a slot at this occupancy; the caps on lengths are too rare to
 * matter. */
static double mean_service_s(double occupancy)
{
    double prompt = PROMPT_MEDIAN * mean_log_normal(PROMPT_SIGMA);
    double output = OUTPUT_MEDIAN * mean_log_normal(OUTPUT_SIGMA);
    double prefill = (PREFILL_S + PREFILL_TOKEN_S * prompt) *
                     mean_log_normal(PREFILL_SIGMA) * (1 + PREFILL_CROWD * occupancy);
    double decode = output * DECODE_TOKEN_S * mean_log_normal(DECODE_SIGMA) *
                    (1 + DECODE_CROWD * occupancy);
    return prefill + decode;
}

size_t endpoint_slots(double rate_per_s, double utilisation)
{
    return (size_t)ceil(rate_per_s * mean_service_s(utilisation) / utilisation);
}

/* Times at which busy slots become free, the least at the top. */
struct slots {
    double *free_s;
    size_t busy, count;
};

static void slots_take(struct slots *s, double free_s)
{
    size_t i = s->busy++;
    for (; i > 0 && s->free_s[(i - 1) / 2] > free_s; i = (i - 1) / 2)
        s->free_s[i] = s->free_s[(i - 1) / 2];
    s->free_s[i] = free_s;
}

static void slots_release_first(struct slots *s)
{
    double last = s->free_s[--s->busy];
    size_t i = 0;
    for (size_t child = 1; child < s->busy; child = 2 * i + 1) {
        if (child + 1 < s->busy && s->free_s[child + 1] < s->free_s[child])
            child++;
        if (s->free_s[child] >= last)
            break;
        s->free_s[i] = s->free_s[child];
        i = child;
    }
    s->free_s[i] = last;
}

/* When a request due then gets a slot; releases those free by that time. */
static double slots_wait(struct slots *s, double due_s)
{
    double start = s->busy < s->count ? due_s : fmax(due_s, s->free_s[0]);
    while (s->busy > 0 && s->free_s[0] <= start)
        slots_release_first(s);
    return start;
}

/* Serves from start_s on; returns when the slot is free again. */
static double serve(const struct environment *e, const struct request *request,
                    double start_s, double occupancy, struct rng *rng,
                    struct reply *out)
{
    double prefill = (PREFILL_S + PREFILL_TOKEN_S * request->prompt_tokens) *
                     draw_log_normal(rng, PREFILL_SIGMA) *
                     (1 + PREFILL_CROWD * occupancy) / environment_speed(e, start_s);
    double first = environment_end(e, start_s, prefill);
    double decode = request->output_tokens * DECODE_TOKEN_S *
                    draw_log_normal(rng, DECODE_SIGMA) *
                    (1 + DECODE_CROWD * occupancy) / environment_speed(e, first);
    double end = environment_end(e, first, decode);
    *out = (struct reply){
        .ttft_s = first - request->due_s,
        .tpot_s = (end - first) / request->output_tokens,
        .e2e_s = end - request->due_s,
    };
    return end;
}

void endpoint_serve(size_t slots, const struct environment *environment,
                    const struct request *requests, size_t n, struct rng *rng,
                    struct reply *out)
{
    struct slots s = {.free_s = xcalloc(slots, sizeof(double)), .count = slots};
    for (size_t i = 0; i < n; i++) {
        double start = slots_wait(&s, requests[i].due_s + requests[i].lag_s);
        double occupancy = (double)(s.busy + 1) / (double)slots;
        slots_take(&s,
                   serve(environment, &requests[i], start, occupancy, rng, &out[i]));
    }
    free(s.free_s);
}
