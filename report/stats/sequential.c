/*
 * Always-valid tests (canary-statistics 2.8).
 *
 * Latency: each look's p becomes a z; under the hypothesis z sqrt(v) is nearly a
 * Brownian motion in the share of time v, and the likelihood ratio mixed over all
 * drifts to one side is a martingale. Failures: seconds, not requests, are
 * counted, so that an outage is a few events; the likelihood ratio of the canary's
 * share of them is mixed over the shares above theta.
 */
#include "stats/sequential.h"

#include "stats/bisect.h"
#include "stats/distribution.h"

#include <math.h>

#define BEST_AT 0.5 /* the share of the plan the mixture is tuned for */
#define Z_FAR 40.0
#define Z_STEPS 60

static double mixture_rho(double alpha)
{
    double l = 2 * log(1 / (2 * alpha));
    return BEST_AT / (l + log1p(l));
}

double mixture_log_martingale(double z, double v, double alpha)
{
    assert(v > 0 && alpha > 0 && alpha < 0.5);
    if (isinf(z))
        return z > 0 ? HUGE_VAL : -HUGE_VAL;
    double rho = mixture_rho(alpha), sum = v + rho;
    return 0.5 * log(4 * rho / sum) + z * z * v / (2 * sum) +
           log(normal_cdf(z * sqrt(v / sum)));
}

bool mixture_is_proven(double p, double v, double alpha)
{
    return mixture_log_martingale(-normal_quantile(p), v, alpha) >= -log(alpha);
}

struct look {
    double v, alpha;
};

static bool is_proof(const void *context, double z)
{
    const struct look *look = context;
    return mixture_log_martingale(z, look->v, look->alpha) >= -log(look->alpha);
}

double mixture_threshold(double v, double alpha)
{
    struct look look = {v, alpha};
    return bisect(0, Z_FAR, Z_STEPS, is_proof, &look);
}

static double spent(double share, double alpha)
{
    return alpha * log1p((exp(1) - 1) * share);
}

double spending_increment(double before, double now, double alpha)
{
    assert(before >= 0 && before <= now && now <= 1);
    return spent(now, alpha) - spent(before, alpha);
}

double bad_seconds_log_e(uint64_t canary, uint64_t baseline, double theta)
{
    assert(theta > 0 && theta < 1);
    double c = (double)canary, b = (double)baseline;
    return log_beta(c + 1, b + 1) + log(beta_tail(theta, c + 1, b + 1)) -
           log1p(-theta) * (b + 1) - log(theta) * c;
}
