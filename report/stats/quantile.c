/*
 * The scaled-quantile score test.
 *
 * A hypothesis is a map from the baseline's values to the canary's: times a ratio,
 * or plus an offset where the absolute floor is the wider margin. A score is the
 * difference F_C(x) - F_B(x mapped back) at one point x, and its t. Positive: the
 * canary is faster than the hypothesis says.
 *
 * Which point? The pooled one, where both together have share p, keeps the level
 * when the canary's distribution has another shape. But its difference cannot
 * exceed 2 (1 - p), so that a gross shift may go unproven: "not worse at all" is
 * therefore tested at the lesser of both quantiles, and so is everything once the
 * arms no longer overlap.
 *
 * LIMIT: noise slower than the run is invisible from within it; kappa and tau,
 * measured on A/A runs, are the remedy.
 */
#include "stats/quantile.h"

#include "stats/bisect.h"
#include "stats/distribution.h"
#include "stats/longrun.h"

#include <math.h>
#include <stdlib.h>

#define INTERVAL_STEPS 28
#define LEVEL 0.95
#define GUARD_SHARE 0.1 /* of the binomial variance: the least we believe */
#define LAG_BLOCK 10
#define ALL_BELOW (1 - 1e-12)

/* canary = baseline * ratio + offset_us */
struct map {
    double ratio, offset_us;
};

struct score {
    double difference;
    double t;
    double variance;     /* as estimated, before the guard */
    double variance_iid; /* were requests independent */
    double share_baseline, share_canary;
};

/* A comparison under way; d_* are scratch, one value per slice. */
struct pair {
    const struct arm *baseline, *canary;
    const struct quantile_gate *gate;
    double quantile_baseline, quantile_canary;
    unsigned nu;
    double t_critical;
    double *d_baseline, *d_canary;
};

static double map_forth(struct map map, double baseline_us)
{
    return baseline_us * map.ratio + map.offset_us;
}

static double map_back(struct map map, double canary_us)
{
    return (canary_us - map.offset_us) / map.ratio;
}

static struct map map_ratio(double ratio)
{
    return (struct map){ratio, 0};
}

static double pooled(const struct pair *pair, double share_baseline,
                     double share_canary)
{
    double n_b = (double)arm_requests(pair->baseline);
    double n_c = (double)arm_requests(pair->canary);
    return (n_b * share_baseline + n_c * share_canary) / (n_b + n_c);
}

struct pooled_search {
    const struct pair *pair;
    struct map map;
};

static bool is_pooled_reached(const void *context, double log_us)
{
    const struct pooled_search *search = context;
    const struct pair *pair = search->pair;
    double x = exp(log_us);
    double f_b = arm_share(pair->baseline, map_back(search->map, x));
    return pooled(pair, f_b, arm_share(pair->canary, x)) >= pair->gate->p;
}

/* The right end of the range, beyond all values, when failures leave no point. */
static double pooled_point(const struct pair *pair, struct map map)
{
    struct pooled_search search = {pair, map};
    return exp(
        bisect(ARM_LOG_LOW, ARM_LOG_HIGH, ARM_STEPS, is_pooled_reached, &search));
}

static double lesser_point(const struct pair *pair, struct map map)
{
    return fmin(pair->quantile_canary, map_forth(map, pair->quantile_baseline));
}

/* Variance of the difference of the influences in d_canary and d_baseline. */
static double pair_variance(const struct pair *pair)
{
    size_t n = arm_slices(pair->canary);
    if (!pair->gate->is_aligned)
        return longrun_variance(pair->d_canary, n, pair->nu) +
               longrun_variance(pair->d_baseline, arm_slices(pair->baseline), pair->nu);
    for (size_t s = 0; s < n; s++)
        pair->d_canary[s] -= pair->d_baseline[s];
    return longrun_variance(pair->d_canary, n, pair->nu);
}

/* difference / sqrt(variance), where 0 over 0 is no evidence. */
static double t_ratio(double difference, double variance)
{
    return fabs(difference) > 0 ? difference / sqrt(variance) : 0;
}

static struct score score_at(const struct pair *pair, struct map map, double x)
{
    double y = map_back(map, x);
    struct score score = {
        .share_baseline = arm_share(pair->baseline, y),
        .share_canary = arm_share(pair->canary, x),
    };
    double f = pooled(pair, score.share_baseline, score.share_canary);
    double n_b = (double)arm_requests(pair->baseline);
    double n_c = (double)arm_requests(pair->canary);
    arm_influence(pair->baseline, y, pair->d_baseline);
    arm_influence(pair->canary, x, pair->d_canary);
    score.difference = score.share_canary - score.share_baseline;
    score.variance = pair_variance(pair);
    score.variance_iid = f * (1 - f) * (1 / n_c + 1 / n_b);
    double variance = fmax(score.variance, GUARD_SHARE * score.variance_iid);
    score.t = t_ratio(score.difference, variance) / pair->gate->kappa;
    return score;
}

/* No value of an arm exceeds the pooled point: its difference is saturated. */
static bool is_separate(const struct score *score)
{
    return score->share_canary >= ALL_BELOW || score->share_baseline >= ALL_BELOW;
}

static struct score score_pooled(const struct pair *pair, struct map map)
{
    struct score score = score_at(pair, map, pooled_point(pair, map));
    return is_separate(&score) ? score_at(pair, map, lesser_point(pair, map)) : score;
}

static struct score score_lesser(const struct pair *pair, struct map map)
{
    return score_at(pair, map, lesser_point(pair, map));
}

static bool is_low_end(const void *context, double log_ratio)
{
    const struct pair *pair = context;
    return score_pooled(pair, map_ratio(exp(log_ratio))).t >= -pair->t_critical;
}

static bool is_high_end(const void *context, double log_ratio)
{
    const struct pair *pair = context;
    return score_pooled(pair, map_ratio(exp(log_ratio))).t > pair->t_critical;
}

/* {r : |t(r)| <= t critical}, searched between 1/5 and 5, or by as much around an
 * estimate. An infinite estimate has one end: the other arm bounds nothing. */
static void find_interval(const struct pair *pair, struct quantile_result *out)
{
    const double reach = log(5), estimate = out->log_ratio;
    double center = isinf(estimate) ? 0 : estimate;
    double low = fmin(-reach, center - reach), high = fmax(reach, center + reach);
    out->log_low = -HUGE_VAL;
    out->log_high = HUGE_VAL;
    out->is_low_open = out->is_high_open = true;
    if (estimate > low && !is_low_end(pair, low)) {
        double end = fmin(estimate, high);
        out->is_low_open = false;
        out->log_low = bisect(low, end, INTERVAL_STEPS, is_low_end, pair);
    }
    if (estimate < high && is_high_end(pair, high)) {
        double end = fmax(estimate, low);
        out->is_high_open = false;
        out->log_high = bisect(end, high, INTERVAL_STEPS, is_high_end, pair);
    }
    double t = pair->t_critical;
    out->se = (out->log_high - out->log_low) / (2 * t);
    out->se_low = out->is_low_open ? HUGE_VAL : (estimate - out->log_low) / t;
    out->se_high = out->is_high_open ? HUGE_VAL : (out->log_high - estimate) / t;
}

/* The canary may be this much slower: by the ratio, or by the floor if wider. */
static struct map margin_map(const struct pair *pair)
{
    const struct quantile_gate *gate = pair->gate;
    double quantile = pair->quantile_baseline;
    if (!isinf(quantile) && gate->floor_us > gate->margin * quantile)
        return (struct map){1, gate->floor_us};
    return map_ratio(1 + gate->margin);
}

static double log_margin(const struct pair *pair)
{
    double quantile = pair->quantile_baseline;
    if (isinf(quantile))
        return log1p(pair->gate->margin);
    return log(map_forth(margin_map(pair), quantile) / quantile);
}

static void test_scores(const struct pair *pair, struct quantile_result *out)
{
    struct map margin = margin_map(pair);
    out->p_go = student_tail(score_pooled(pair, margin).t, pair->nu);
    out->p_nogo = student_cdf(score_lesser(pair, map_ratio(1)).t, pair->nu);
    out->p_beyond = student_cdf(score_lesser(pair, margin).t, pair->nu);
}

/* With a run-to-run floor each arm's log quantile is off by tau besides; kappa is
 * already in the interval. */
static void test_wald(const struct pair *pair, struct quantile_result *out)
{
    double floor = sqrt(2) * pair->gate->tau;
    double wide_high = hypot(out->se_high, floor), wide_low = hypot(out->se_low, floor);
    double room = out->log_margin - out->log_ratio;
    out->p_go = student_tail(room / wide_high, pair->nu);
    out->p_nogo = student_tail(out->log_ratio / wide_low, pair->nu);
    out->p_beyond = student_cdf(room / wide_low, pair->nu);
}

/* How dependent the requests are, at the ratio that fits best. */
static void describe_noise(const struct pair *pair, struct quantile_result *out)
{
    double ratio = isinf(out->log_ratio) ? 1 : exp(out->log_ratio);
    struct map map = map_ratio(ratio);
    struct score score = score_at(pair, map, pooled_point(pair, map));
    out->deff = score.variance_iid > 0 ? score.variance / score.variance_iid : 0;
    out->lag1 = longrun_lag1(pair->d_canary, arm_slices(pair->canary), LAG_BLOCK);
}

static void compare(const struct pair *pair, struct quantile_result *out)
{
    out->log_ratio = log(pair->quantile_canary) - log(pair->quantile_baseline);
    out->log_margin = log_margin(pair);
    find_interval(pair, out);
    if (pair->gate->tau > 0 && !isinf(out->log_ratio))
        test_wald(pair, out);
    else
        test_scores(pair, out);
    describe_noise(pair, out);
}

static size_t lesser_slices(const struct arm *a, const struct arm *b)
{
    return arm_slices(a) < arm_slices(b) ? arm_slices(a) : arm_slices(b);
}

/* False: an arm is empty, or both quantiles lie among the failures. Release it all
 * the same. */
static bool pair_init(struct pair *pair, const struct arm *baseline,
                      const struct arm *canary, const struct quantile_gate *gate)
{
    assert(gate->p > 0 && gate->p < 1 && gate->margin > 0);
    assert(gate->floor_us >= 0 && gate->kappa >= 1 && gate->tau >= 0);
    assert(!gate->is_aligned || arm_slices(baseline) == arm_slices(canary));
    *pair = (struct pair){
        .baseline = baseline,
        .canary = canary,
        .gate = gate,
        .quantile_baseline = arm_quantile(baseline, gate->p),
        .quantile_canary = arm_quantile(canary, gate->p),
        .nu = longrun_nu(lesser_slices(baseline, canary)),
    };
    bool is_one_finite =
        !isinf(pair->quantile_baseline) || !isinf(pair->quantile_canary);
    if (arm_requests(baseline) == 0 || arm_requests(canary) == 0 || !is_one_finite)
        return false;
    pair->t_critical = student_quantile(LEVEL, pair->nu);
    pair->d_baseline = xcalloc(arm_slices(baseline), sizeof pair->d_baseline[0]);
    pair->d_canary = xcalloc(arm_slices(canary), sizeof pair->d_canary[0]);
    return true;
}

static void pair_release(struct pair *pair)
{
    free(pair->d_baseline);
    free(pair->d_canary);
}

void quantile_compare(const struct arm *baseline, const struct arm *canary,
                      const struct quantile_gate *gate, struct quantile_result *out)
{
    struct pair pair;
    bool is_defined = pair_init(&pair, baseline, canary, gate);
    *out = (struct quantile_result){
        .is_defined = is_defined,
        .baseline_us = pair.quantile_baseline,
        .canary_us = pair.quantile_canary,
        .nu = pair.nu,
        .p_go = 1,
        .p_nogo = 1,
        .p_beyond = 1,
        .log_low = -HUGE_VAL,
        .log_high = HUGE_VAL,
        .is_low_open = true,
        .is_high_open = true,
        .se = HUGE_VAL,
        .se_low = HUGE_VAL,
        .se_high = HUGE_VAL,
    };
    if (is_defined)
        compare(&pair, out);
    pair_release(&pair);
}

double quantile_p_nogo(const struct arm *baseline, const struct arm *canary,
                       const struct quantile_gate *gate)
{
    struct pair pair;
    double p = 1;
    assert(!(gate->tau > 0));
    if (pair_init(&pair, baseline, canary, gate))
        p = student_cdf(score_lesser(&pair, map_ratio(1)).t, pair.nu);
    pair_release(&pair);
    return p;
}

void quantile_guard(const struct arm *a, const struct quantile_limit *limit,
                    struct quantile_guard *out)
{
    assert(limit->p > 0 && limit->p < 1 && limit->limit_us > 0 && limit->kappa >= 1);
    size_t n = arm_slices(a);
    unsigned nu = longrun_nu(n);
    *out = (struct quantile_guard){.nu = nu, .p_exceeded = 1, .p_kept = 1, .high = 1};
    if (arm_requests(a) == 0)
        return;
    double *d = xcalloc(n, sizeof d[0]);
    arm_influence(a, limit->limit_us, d);
    double least = GUARD_SHARE * limit->p * (1 - limit->p) / (double)arm_requests(a);
    double variance = fmax(longrun_variance(d, n, nu), least);
    free(d);
    out->share = arm_share(a, limit->limit_us);
    out->is_exceeded = out->share < limit->p;
    double t = t_ratio(out->share - limit->p, variance) / limit->kappa;
    out->p_exceeded = student_cdf(t, nu);
    out->p_kept = student_tail(t, nu);
    double room = student_quantile(LEVEL, nu) * limit->kappa * sqrt(variance);
    out->low = fmax(out->share - room, 0);
    out->high = fmin(out->share + room, 1);
}
