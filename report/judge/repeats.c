/* Two-sample t on run-level log quantiles; see repeats.h. */
#include "judge/repeats.h"

#include "stats/distribution.h"

#include <math.h>

struct moments {
    double mean, sum_squares;
    size_t n;
    bool is_finite;
};

double repeats_log_quantile(struct pairing *p, enum side side, size_t run,
                            const struct gate *gate, const struct strata *strata)
{
    struct pairing_run part = p->sides[side].runs[run];
    struct arm *a =
        arm_new(pairing_series(p, side, gate->metric), part.first, part.count, strata);
    double value = arm_requests(a) > 0 ? log(arm_quantile(a, gate->p)) : (double)NAN;
    arm_free(a);
    return value;
}

static struct moments moments_of(struct pairing *p, enum side side,
                                 const struct gate *gate, const struct strata *strata)
{
    struct moments m = {.n = p->sides[side].testimony->count, .is_finite = true};
    for (size_t i = 0; i < m.n; i++) {
        double x = repeats_log_quantile(p, side, i, gate, strata), d = x - m.mean;
        m.is_finite &= isfinite(x) != 0;
        m.mean += d / (double)(i + 1); /* Welford */
        m.sum_squares += d * (x - m.mean);
    }
    return m;
}

static double t_of(double difference, double se)
{
    return fabs(difference) > 0 ? difference / se : 0;
}

void repeats_quantile(struct pairing *p, const struct strata *strata,
                      struct gate_result *out)
{
    size_t n_b = p->sides[SIDE_BASELINE].testimony->count;
    size_t n_c = p->sides[SIDE_CANARY].testimony->count;
    if (n_b < REPEATS_MIN || n_c < REPEATS_MIN || !out->is_defined)
        return;
    struct moments b = moments_of(p, SIDE_BASELINE, out->gate, strata);
    struct moments c = moments_of(p, SIDE_CANARY, out->gate, strata);
    if (!b.is_finite || !c.is_finite)
        return;
    double nu = (double)(n_b + n_c - 2);
    double variance = (b.sum_squares + c.sum_squares) / nu;
    double se = sqrt(variance * (1 / (double)n_b + 1 / (double)n_c));
    double reach = student_quantile(0.95, nu) * se;
    out->is_run_level = true;
    out->noise = (struct noise){1, 0};
    out->nu = (unsigned)nu;
    out->estimate = c.mean - b.mean;
    out->baseline = exp(b.mean);
    out->canary = exp(c.mean);
    out->low = out->estimate - reach;
    out->high = out->estimate + reach;
    out->se = se;
    out->p_go = student_tail(t_of(out->margin - out->estimate, se), nu);
    out->p_beyond = student_cdf(t_of(out->margin - out->estimate, se), nu);
    out->p_nogo = student_tail(t_of(out->estimate, se), nu);
    out->is_beyond = out->estimate > out->margin;
}
