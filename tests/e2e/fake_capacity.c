/*
 * Writes DIR/capacity.json as a search would leave it, made from the study's server on
 * paper: loads of known truth, so that what is said about them can be checked.
 *
 *   fake_capacity DIR found|never|generator|users [REPLICAS]
 */
#include "base/base.h"
#include "base/buf.h"
#include "judge/capacity.h"
#include "tests/study/queueworld.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REQUESTS 3000
#define LIMIT_S 0.5

struct seen {
    double value[3][REQUESTS]; /* ttft, tpot, e2e */
    size_t n, within;
};

static bool see(void *context, const struct visit *v)
{
    struct seen *s = context;
    s->within += v->ttft <= LIMIT_S;
    s->value[0][s->n] = v->ttft;
    s->value[1][s->n] = v->tpot;
    s->value[2][s->n++] = v->e2e;
    return true;
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static struct capacity_latency quantiles(double *values)
{
    qsort(values, REQUESTS, sizeof *values, ascending);
    return (struct capacity_latency){values[REQUESTS / 2], values[REQUESTS * 95 / 100],
                                     values[REQUESTS * 99 / 100]};
}

/* 8 slots, prompts of 500 and replies of 40 tokens. */
static void add(struct capacity *c, enum capacity_phase phase, double load,
                enum capacity_state state, const char *why)
{
    static struct seen s;
    struct worldview view = {0};
    bool is_alone = phase == CAPACITY_UNLOADED;
    struct queueworld w = {.slots = 8,
                           .queue = 100000,
                           .ttft_s = 0.02,
                           .prefill_s = 1e-4,
                           .tpot_s = 0.005,
                           .slope_s = 2e-4,
                           .jitter = 0.1,
                           .prompt = {.a = 500},
                           .output = {.a = 40},
                           .rate = is_alone ? 1e-3 : load,
                           .warm_up = 300,
                           .requests = REQUESTS,
                           .seed = 1 + c->point_count};
    struct capacity_point p = {.load = load, .phase = phase, .state = state};
    s.n = s.within = 0;
    (void)queueworld_run(&w, see, &s, &view);
    (void)snprintf(p.trial, sizeof p.trial, "trials/%03zu", c->point_count + 1);
    (void)snprintf(p.reason, sizeof p.reason, "%s", why);
    p.requests = REQUESTS;
    p.good = s.within;
    p.rate = is_alone ? 1 / view.sojourn : view.completions;
    p.in_flight_mean = is_alone ? 1 : view.in_flight;
    p.seconds = REQUESTS / p.rate;
    p.goodput = p.rate * (double)s.within / REQUESTS;
    p.success = 1;
    p.prompt_tokens_mean = 500;
    p.output_tokens_mean = 40;
    p.output_tokens_per_s = p.rate * 40;
    p.littles_residual = 0.01;
    p.server_running = p.server_waiting = p.spent = (double)NAN;
    p.generator_headroom = 0.9;
    p.ttft_s = quantiles(s.value[0]);
    p.tpot_s = quantiles(s.value[1]);
    p.e2e_s = quantiles(s.value[2]);
    p.slos[0] = (struct capacity_count){.within = s.within, .n = REQUESTS};
    if (!capacity_add(c, &p))
        exit(1);
}

static void found(struct capacity *c)
{
    static const struct {
        enum capacity_phase phase;
        double load;
        enum capacity_state state;
        const char *why;
    } rows[] = {
        {CAPACITY_BRACKET, 5, CAPACITY_PASS, "all within"},
        {CAPACITY_BRACKET, 10, CAPACITY_PASS, "all within"},
        {CAPACITY_BRACKET, 20, CAPACITY_FAIL, "in flight grows without end: 9 to 99"},
        {CAPACITY_BISECT, 14, CAPACITY_PASS, "99 % within"},
        {CAPACITY_BISECT, 17, CAPACITY_FAIL, "<script>alert(1)</script>"},
        {CAPACITY_BISECT, 15.4, CAPACITY_UNSURE, "95.1 % within, too close to say"},
        {CAPACITY_BISECT, 12, CAPACITY_INVALID, "the generator was late"},
        {CAPACITY_CONFIRM, 14, CAPACITY_PASS, "99 % within"},
        {CAPACITY_CONFIRM, 14, CAPACITY_PASS, "99 % within"},
    };
    c->verdict = CAPACITY_FOUND;
    c->feasible_max = 14;
    c->infeasible_min = 15.4;
    c->confidence = 0.95;
    c->knee = 10;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        add(c, rows[i].phase, rows[i].load, rows[i].state, rows[i].why);
}

int main(int argc, char **argv)
{
    struct capacity c;
    struct buf out;
    capacity_init(&c);
    if (argc < 3)
        return 2;
    const char *kind = argv[2];
    c.profile = xstrdup("paper");
    c.target = xstrdup("http://127.0.0.1:8001");
    c.model = xstrdup("gust-mock");
    c.started = xstrdup("2026-11-21T12:00:00Z");
    c.slos[0] = xstrdup("ttft p95 <= 500ms");
    c.is_binding[0] = true;
    c.slo_count = 1;
    c.elapsed_s = 600;
    c.replicas = argc > 3 ? strtod(argv[3], NULL) : (double)NAN;
    c.axis = strcmp(kind, "users") == 0 ? CAPACITY_USERS : CAPACITY_RATE;
    add(&c, CAPACITY_UNLOADED, 1,
        strcmp(kind, "never") == 0 ? CAPACITY_FAIL : CAPACITY_PASS, "one user");
    if (strcmp(kind, "found") == 0 || strcmp(kind, "users") == 0)
        found(&c);
    else
        c.verdict = strcmp(kind, "never") == 0 ? CAPACITY_NEVER : CAPACITY_GENERATOR;
    (void)snprintf(c.end, sizeof c.end, "the search is over");
    buf_init(&out, 1u << 20);
    capacity_write(&c, &out);
    char path[4096];
    (void)snprintf(path, sizeof path, "%s/%s", argv[1], CAPACITY_FILE);
    FILE *file = fopen(path, "w");
    if (!file || fwrite(out.data, 1, out.len, file) != out.len || fclose(file) != 0)
        return 1;
    buf_release(&out);
    capacity_release(&c);
    return 0;
}
