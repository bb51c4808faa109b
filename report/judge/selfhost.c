/* What own hardware costs; see selfhost.h. */
#include "judge/selfhost.h"

#include <math.h>

#define HOUR_S 3600.0
#define MILLION 1e6

static double ratio(double part, double whole)
{
    return whole > 0 ? part / whole : (double)NAN;
}

void selfhost_cost(const struct selfhost *s, const struct selfhost_load *load,
                   struct selfhost_cost *out)
{
    assert(s->split > 0 && s->utilisation > 0 && s->utilisation <= 1);
    assert(s->replicas > 0 && s->gpu_hour >= 0);
    double gpus = s->gpus * s->gpu_hour;
    out->hour_replica = gpus * (1 + s->overhead_share) + s->overhead_hour;
    out->hour = out->hour_replica * s->replicas;
    double second = out->hour / HOUR_S;
    double outputs = load->prompt_tokens / s->split + load->output_tokens;
    out->output_million = ratio(second, outputs) * MILLION;
    out->prompt_million = out->output_million / s->split;
    out->output_alone_million = ratio(second, load->output_tokens) * MILLION;
    out->request_1000 = ratio(second, load->requests) * 1000;
    out->good_1000 = ratio(second, load->good) * 1000;
    out->good_1000_used = out->good_1000 / s->utilisation;
    out->tax_1000 = out->good_1000_used - out->good_1000;
    out->good_per_replica = load->good / s->replicas;
}

double selfhost_replicas(const struct selfhost *s, const struct selfhost_cost *c,
                         double rate_per_s)
{
    double needed = ceil(ratio(rate_per_s, c->good_per_replica) - 1e-9);
    return fmax(needed, 1) + s->spare;
}

double selfhost_hour_at(const struct selfhost *s, const struct selfhost_cost *c,
                        double rate_per_s)
{
    return selfhost_replicas(s, c, rate_per_s) * c->hour_replica;
}

/* With n replicas in use, rates ((n - 1) cap, n cap], an hour costs (n + spare) h; the
 * API, a an hour for 1/s, is cheaper in that step below r = (n + spare) h / a. There is
 * such a rate only where the step begins below the API: (n - 1) cap a < (n + spare) h,
 * which ends at n - 1 < (1 + spare) h / (cap a - h). The last such step decides. */
double selfhost_break_even(const struct selfhost *s, const struct selfhost_cost *c,
                           double api_request)
{
    double api = api_request * HOUR_S, cap = c->good_per_replica, h = c->hour_replica;
    if (!(cap > 0) || !(api * cap > h))
        return HUGE_VAL;
    double n = fmax(ceil((1 + s->spare) * h / (api * cap - h) - 1e-9), 1);
    return (n + s->spare) * h / api;
}
