/*
 * The server of a fleet, fitted; see fleet_fit.h.
 *
 * The start is arithmetic: time to the first token of the least load, split by how it
 * grows with the prompt; a line through time per token over the slots taken; slots from
 * a load that did not keep up, where there is one. From there a compass search walks:
 * both times as sums, how each is split, and the slots, each step judged by the simulation itself at every
 * point with the same random numbers: what counts is the root of the mean square of
 * ln(paper / measured), where no figure counts for more than a factor of two.
 */
#include "judge/fleet_fit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define EVALUATIONS 200
#define STEP_FIRST 0.4
#define STEP_LAST 0.01
#define REQUESTS 3000       /* of a point, while searching ... */
#define REQUESTS_LAST 20000 /* ... and when it is over */
#define LEAST_S 1e-7
#define FAR_OFF 0.7 /* ln 2 */

struct problem {
    const struct fleet_point *points;
    size_t count;
    uint64_t replicas;
    const struct fleet_length *lengths;
    size_t length_count;
    unsigned left; /* evaluations */
};

/* --- the start ---------------------------------------------------------------------------- */

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double prompt_quantile(const struct problem *p, double share)
{
    double *all = xcalloc(p->length_count, sizeof *all);
    for (size_t i = 0; i < p->length_count; i++)
        all[i] = p->lengths[i].prompt;
    qsort(all, p->length_count, sizeof *all, ascending);
    double found = all[(size_t)(share * (double)(p->length_count - 1))];
    free(all);
    return found;
}

static double output_mean(const struct problem *p)
{
    double sum = 0.0;
    for (size_t i = 0; i < p->length_count; i++)
        sum += p->lengths[i].output;
    return sum / (double)p->length_count;
}

static bool is_figure(double x)
{
    return isfinite(x) && x > 0.0;
}

/* The point of the least TTFT. */
static const struct fleet_point *calmest(const struct problem *p)
{
    const struct fleet_point *best = NULL;
    for (size_t i = 0; i < p->count; i++) {
        const struct fleet_point *x = &p->points[i];
        if (x->is_steady && is_figure(x->metric[FLEET_TTFT].p50) &&
            (best == NULL || x->metric[FLEET_TTFT].p50 < best->metric[FLEET_TTFT].p50))
            best = x;
    }
    return best;
}

/* Slots that are taken at a point in the mean, of one replica. */
static double taken_at(const struct problem *p, const struct fleet_point *x,
                       double ttft_s)
{
    double time_s = ttft_s + (output_mean(p) - 1.0) * x->metric[FLEET_TPOT].p50;
    return x->completed_per_s / (double)p->replicas * time_s;
}

/* Least squares of TPOT over the other slots taken; the slope is not negative. */
static void start_decoding(const struct problem *p, double ttft_s,
                           struct fleet_server *s)
{
    double n = 0, sx = 0, sy = 0, sxx = 0, sxy = 0;
    for (size_t i = 0; i < p->count; i++) {
        double y = p->points[i].metric[FLEET_TPOT].p50;
        if (!is_figure(y))
            continue;
        double x = fmax(taken_at(p, &p->points[i], ttft_s) - 1.0, 0.0);
        n += 1;
        sx += x;
        sy += y;
        sxx += x * x;
        sxy += x * y;
    }
    double spread = n * sxx - sx * sx;
    s->slope_s = spread > 1e-12 ? fmax((n * sxy - sx * sy) / spread, 0.0) : 0.0;
    s->tpot_s = n > 0 ? fmax((sy - s->slope_s * sx) / n, LEAST_S) : LEAST_S;
}

static bool start(const struct problem *p, struct fleet_fit *out)
{
    struct fleet_server *s = &out->server;
    const struct fleet_point *calm = calmest(p);
    if (calm == NULL)
        return false;
    const struct fleet_quantiles *t = &calm->metric[FLEET_TTFT];
    double middle = prompt_quantile(p, 0.5), high = prompt_quantile(p, 0.95);
    double per_token = 0.3 * t->p50 / fmax(middle, 1.0);
    if (high > 1.2 * middle && is_figure(t->p95))
        per_token = fmax((t->p95 - t->p50) / (high - middle), 0.0);
    s->prefill_s = fmin(per_token, 0.9 * t->p50 / fmax(middle, 1.0));
    s->ttft_s = fmax(t->p50 - s->prefill_s * middle, LEAST_S);
    start_decoding(p, t->p50, s);
    double most = 1.0, full = 0.0;
    for (size_t i = 0; i < p->count; i++) {
        if (!is_figure(p->points[i].metric[FLEET_TPOT].p50))
            continue;
        double taken = taken_at(p, &p->points[i], t->p50);
        most = fmax(most, taken);
        if (!p->points[i].is_steady)
            full = fmax(full, taken);
    }
    out->is_full_seen = full > 0.0;
    s->slots = fmin(ceil(out->is_full_seen ? full : 2.0 * most), FLEET_SLOTS_MAX);
    return true;
}

/* --- how far off ---------------------------------------------------------------------------- */

static void look(const struct problem *p, const struct fleet_server *s,
                 const struct fleet_point *x, uint64_t requests,
                 struct fleet_check *out)
{
    double rate = x->rate_per_s > 0.0 ? x->rate_per_s : 1e-6;
    struct fleet_spec spec = {
        .server = *s,
        .replicas = p->replicas,
        .route = FLEET_ROUND_ROBIN,
        .rate_per_s = rate,
        .lengths = p->lengths,
        .length_count = p->length_count,
        .warm_up = x->rate_per_s > 0.0 ? requests / 5 : 0,
        .requests = requests,
        .seed = 1,
    };
    struct fleet_result r;
    fleet_run(&spec, &r);
    for (int m = 0; m < FLEET_METRICS; m++)
        out->metric[m] = r.metric[m];
    out->completed_per_s = r.completed_per_s * (double)p->replicas;
}

/* Of ln(paper / measured), and how many there are. */
struct misfit {
    double squares, weight;
};

static void compare(struct misfit *m, double paper, double measured, double weight)
{
    if (!is_figure(measured) || !(paper > 0.0))
        return;
    double off = fmin(fabs(log(paper / measured)), FAR_OFF);
    m->squares += weight * off * off;
    m->weight += weight;
}

static void compare_point(struct misfit *m, const struct fleet_point *x,
                          const struct fleet_check *c)
{
    double w = x->weight;
    compare(m, c->metric[FLEET_TPOT].p50, x->metric[FLEET_TPOT].p50, w);
    if (!x->is_steady) {
        compare(m, c->completed_per_s, x->completed_per_s, 2 * w);
        return;
    }
    for (int k = 0; k < FLEET_METRICS; k++) {
        compare(m, c->metric[k].p50, x->metric[k].p50, w);
        compare(m, c->metric[k].p95, x->metric[k].p95, w);
    }
    compare(m, c->metric[FLEET_TTFT].p99, x->metric[FLEET_TTFT].p99, w / 2);
}

static double misfit_of(struct problem *p, const struct fleet_server *s)
{
    struct misfit m = {0};
    for (size_t i = 0; i < p->count; i++) {
        struct fleet_check c;
        look(p, s, &p->points[i], REQUESTS, &c);
        compare_point(&m, &p->points[i], &c);
    }
    p->left -= p->left > 0;
    return m.weight > 0.0 ? sqrt(m.squares / m.weight) : HUGE_VAL;
}

/* --- the search ------------------------------------------------------------------------------ */

enum way { WAY_TTFT, WAY_PREFILL, WAY_TPOT, WAY_SLOPE, WAY_SLOTS, WAYS };

/* Moves part's share of the sum by a step of its logit; the sum stays. */
static void shift(double *part, double *rest, double weight, double step)
{
    double sum = *part * weight + *rest;
    double share = fmin(fmax(*part * weight / sum, 0.001), 0.999);
    double odds = share / (1.0 - share) * exp(2.0 * step);
    *part = sum * odds / (1.0 + odds) / weight;
    *rest = sum / (1.0 + odds);
}

/* One way of the five a step up or down; slots by one at least. Two are sums, two are
 * how a sum is split: the parts alone would have to move against each other. */
static struct fleet_server moved(const struct fleet_server *s, enum way way,
                                 double step, double prompt)
{
    struct fleet_server to = *s;
    double by = fmax(round(s->slots * (exp(fabs(step)) - 1.0)), 1.0);
    switch (way) {
    case WAY_TTFT:
        to.ttft_s *= exp(step);
        to.prefill_s *= exp(step);
        break;
    case WAY_PREFILL:
        shift(&to.prefill_s, &to.ttft_s, prompt, step);
        break;
    case WAY_TPOT:
        to.tpot_s *= exp(step);
        to.slope_s *= exp(step);
        break;
    case WAY_SLOPE:
        shift(&to.slope_s, &to.tpot_s, fmax(s->slots / 2.0, 1.0), step);
        break;
    case WAY_SLOTS:
    case WAYS:
        to.slots = fmin(fmax(s->slots + (step > 0 ? by : -by), 1.0), FLEET_SLOTS_MAX);
        break;
    }
    return to;
}

/* Tries every way up and down; true: one was better. */
static bool walk(struct problem *p, struct fleet_server *best, double *least,
                 double step)
{
    bool is_better = false;
    double prompt = fmax(prompt_quantile(p, 0.5), 1.0);
    for (int way = 0; way < WAYS; way++)
        for (int sign = -1; sign <= 1 && p->left > 0; sign += 2) {
            struct fleet_server to = moved(best, (enum way)way, sign * step, prompt);
            double off = misfit_of(p, &to);
            if (off < *least * 0.999) {
                *least = off;
                *best = to;
                is_better = true;
                break;
            }
        }
    return is_better;
}

/* The last word: longer simulations, and how far they are from what was measured. */
static void check_all(const struct problem *p, struct fleet_fit *out)
{
    double all[FLEET_POINTS_MAX * 2 * FLEET_METRICS] = {0};
    size_t n = 0;
    out->worst = 0.0;
    for (size_t i = 0; i < p->count; i++) {
        const struct fleet_point *x = &p->points[i];
        struct fleet_check *c = &out->checks[i];
        look(p, &out->server, x, REQUESTS_LAST, c);
        for (int k = 0; x->is_steady && k < FLEET_METRICS; k++) {
            const double pairs[][2] = {{c->metric[k].p50, x->metric[k].p50},
                                       {c->metric[k].p95, x->metric[k].p95}};
            for (size_t j = 0; j < ARRAY_LEN(pairs); j++) {
                if (!is_figure(pairs[j][1]))
                    continue;
                double off = fabs(pairs[j][0] / pairs[j][1] - 1.0);
                all[n++] = off;
                if (off > out->worst) {
                    out->worst = off;
                    out->worst_rate = x->rate_per_s;
                }
            }
        }
    }
    qsort(all, n, sizeof *all, ascending);
    out->typical = n > 0 ? all[n / 2] : HUGE_VAL;
}

bool fleet_fit(const struct fleet_point *points, size_t count, uint64_t replicas,
               const struct fleet_length *lengths, size_t length_count,
               struct fleet_fit *out)
{
    struct problem p = {points, count, replicas, lengths, length_count, EVALUATIONS};
    size_t steady = 0;
    assert(count <= FLEET_POINTS_MAX && replicas >= 1);
    for (size_t i = 0; i < count; i++)
        steady += points[i].is_steady && is_figure(points[i].metric[FLEET_TPOT].p50);
    *out = (struct fleet_fit){0};
    if (steady < FLEET_POINTS_LEAST || !start(&p, out))
        return false;
    double least = misfit_of(&p, &out->server);
    for (double step = STEP_FIRST; step > STEP_LAST && p.left > 0;)
        if (!walk(&p, &out->server, &least, step))
            step /= 2.0;
    check_all(&p, out);
    return true;
}
