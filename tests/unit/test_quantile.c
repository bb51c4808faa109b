/* The score test against itself written down plainly, against constructed truths,
 * and against simulated arms whose true ratio is known. */
#include "check.h"

#include "base/rng.h"
#include "stats/distribution.h"
#include "stats/longrun.h"
#include "stats/quantile.h"

#include <math.h>

#define SLICES 120
#define PER_SLICE 20

static const struct quantile_gate p95 = {
    .p = 0.95, .margin = 0.10, .kappa = 1, .is_aligned = true};

/* How an arm of the simulation behaves. */
struct arm_model {
    uint64_t seed;
    double factor;     /* of every latency */
    double sd, memory; /* of the slice-to-slice noise: an autoregression */
    double failures;   /* share that fails */
    double spread;     /* SD of the log latency within a slice */
};

static const struct arm_model calm = {
    .seed = 1, .factor = 1, .sd = 0, .failures = 0, .spread = 0.5};

static void add_slice(struct slices *s, size_t slice, struct rng *r,
                      const struct arm_model *m, double noise)
{
    for (int i = 0; i < PER_SLICE; i++) {
        double us = 2e5 * m->factor * exp(noise + m->spread * rng_normal(r));
        struct hist_bin bin = {(uint32_t)hist_slot((int64_t)us), 1};
        if (rng_unit(r) < m->failures)
            CHECK(slices_add_infinite(s, slice, 0, 1));
        else
            CHECK(slices_add(s, slice, 0, &bin, 1));
    }
}

/* The same n slices, repeated. */
static struct slices *repeated(const struct arm_model *m, size_t n, size_t times)
{
    struct slices *s = slices_new();
    for (size_t k = 0; k < times; k++) {
        struct rng r;
        rng_init(&r, m->seed, RNG_JITTER, 0);
        double noise = 0;
        for (size_t i = 0; i < n; i++) {
            noise = m->memory * noise +
                    m->sd * sqrt(1 - m->memory * m->memory) * rng_normal(&r);
            add_slice(s, k * n + i, &r, m, noise);
        }
    }
    slices_seal(s, n * times, NULL);
    return s;
}

static struct quantile_result compare_series(const struct slices *b,
                                             const struct slices *c,
                                             const struct quantile_gate *gate)
{
    struct arm *arm_b = arm_new(b, 0, slices_count(b), NULL);
    struct arm *arm_c = arm_new(c, 0, slices_count(c), NULL);
    struct quantile_result r;
    quantile_compare(arm_b, arm_c, gate, &r);
    if (!(gate->tau > 0))
        CHECK_NEAR(quantile_p_nogo(arm_b, arm_c, gate), r.p_nogo, 0);
    arm_free(arm_b);
    arm_free(arm_c);
    return r;
}

static struct quantile_result compare_models(const struct arm_model *b,
                                             const struct arm_model *c,
                                             const struct quantile_gate *gate)
{
    struct slices *series_b = repeated(b, SLICES, 1),
                  *series_c = repeated(c, SLICES, 1);
    struct quantile_result r = compare_series(series_b, series_c, gate);
    slices_free(series_b);
    slices_free(series_c);
    return r;
}

static void an_arm_against_itself(void)
{
    struct quantile_result r = compare_models(&calm, &calm, &p95);
    CHECK(r.is_defined);
    CHECK_NEAR(r.log_ratio, 0, 1e-12);
    CHECK_NEAR(r.log_margin, log(1.1), 1e-12);
    CHECK_NEAR(r.p_nogo, 0.5, 1e-9);
    CHECK(r.p_go < 0.05);
    CHECK(r.log_low < 0 && 0 < r.log_high);
    CHECK_NEAR(r.log_low, -r.log_high, 1e-6);
    CHECK_INT(r.nu, 4);
    CHECK_NEAR(r.deff, 0, 1e-12); /* the differences cancel: the guard stands in */
}

static void swapping_mirrors(void)
{
    struct arm_model other = {2, 1.15, 0.05, 0.8, 0.01, 0.4};
    struct quantile_result r = compare_models(&calm, &other, &p95);
    struct quantile_result m = compare_models(&other, &calm, &p95);
    CHECK(r.log_ratio > 0.02);
    CHECK_NEAR(m.log_ratio, -r.log_ratio, 1e-11);
    CHECK_NEAR(m.log_low, -r.log_high, 1e-6);
    CHECK_NEAR(m.log_high, -r.log_low, 1e-6);
    CHECK_NEAR(m.p_nogo, 1 - r.p_nogo, 1e-8);
    CHECK_NEAR(m.se, r.se, 1e-6);
    CHECK_NEAR(m.deff, r.deff, 1e-6);
}

static void identical_slices_only_narrow(void)
{
    struct arm_model noisy = {2, 1.02, 0.03, 0.5, 0.002, 0.5};
    double before = 1;
    for (size_t times = 1; times <= 4; times *= 2) {
        struct slices *b = repeated(&calm, SLICES, times);
        struct slices *c = repeated(&noisy, SLICES, times);
        struct quantile_result r = compare_series(b, c, &p95);
        CHECK(r.se < before);
        before = r.se;
        slices_free(b);
        slices_free(c);
    }
}

static void order_of_adding_does_not_matter(void)
{
    struct slices *forth = slices_new(), *back = slices_new();
    for (uint32_t i = 0; i < SLICES; i++) {
        uint32_t k = SLICES - 1 - i;
        CHECK(slices_add(forth, i, 0, &(struct hist_bin){3000 + i * i % 700, 9}, 1));
        CHECK(slices_add(back, k, 0, &(struct hist_bin){3000 + k * k % 700, 9}, 1));
    }
    slices_seal(forth, SLICES, NULL);
    slices_seal(back, SLICES, NULL);
    struct quantile_result a = compare_series(forth, back, &p95);
    struct quantile_result b = compare_series(back, forth, &p95);
    CHECK_NEAR(a.p_go, b.p_go, 0);
    CHECK_NEAR(a.p_nogo, b.p_nogo, 0);
    CHECK_NEAR(a.log_low, b.log_low, 0);
    CHECK_NEAR(a.log_high, b.log_high, 0);
    CHECK_NEAR(a.deff, b.deff, 0);
    slices_free(forth);
    slices_free(back);
}

/* Section 2.2 as written, for one ratio: no shared code but the distributions. */
struct plain {
    double counts[SLICES], total; /* up to the point */
};

static struct plain count_plain(const struct slices *s, double x)
{
    struct plain p = {.total = 0};
    size_t n;
    const struct slice_cell *cells = slices_cells(s, 0, SLICES, &n);
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < cells[i].bins; k++) {
            struct hist_bin bin = slices_bin(s, &cells[i], k);
            double low = (double)hist_slot_low(bin.slot);
            double width = (double)hist_slot_high(bin.slot) + 1 - low;
            double share = fmin(fmax((x - low) / width, 0), 1);
            p.counts[cells[i].slice] += share * (double)bin.count;
            p.total += share * (double)bin.count;
        }
    return p;
}

/* The least x where arm b up to x / ratio and arm c up to x hold count values. */
static double plain_point(const struct slices *b, double ratio, const struct slices *c,
                          double count)
{
    double low = 1, high = 1e8;
    for (int i = 0; i < 50; i++) {
        double x = sqrt(low * high), both = 0;
        both += c != NULL ? count_plain(c, x).total : 0;
        both += b != NULL ? count_plain(b, x / ratio).total : 0;
        if (both >= count)
            high = x;
        else
            low = x;
    }
    return high;
}

static double plain_t(const struct slices *b, const struct slices *c, double ratio,
                      double x)
{
    const double n = SLICES * PER_SLICE;
    struct plain in_c = count_plain(c, x), in_b = count_plain(b, x / ratio);
    double v = 0;
    for (int j = 1; j <= 4; j++) {
        double a = 0;
        for (size_t s = 0; s < SLICES; s++) {
            double d = (in_c.counts[s] - in_c.total / n * PER_SLICE) / n -
                       (in_b.counts[s] - in_b.total / n * PER_SLICE) / n;
            a += d * cos(3.14159265358979323846 * j * ((double)s + 0.5) / SLICES);
        }
        v += 2 * a * a / 4;
    }
    double f = (in_c.total + in_b.total) / (2 * n);
    v = fmax(v, 0.1 * f * (1 - f) * 2 / n);
    return (in_c.total - in_b.total) / n / sqrt(v);
}

static double plain_pooled_t(const struct slices *b, const struct slices *c,
                             double ratio)
{
    double x = plain_point(b, ratio, c, 0.95 * 2 * SLICES * PER_SLICE);
    return plain_t(b, c, ratio, x);
}

static void as_written(void)
{
    struct arm_model b = {3, 1, 0.1, 0.7, 0, 0.5}, c = {4, 1.08, 0.1, 0.7, 0, 0.5};
    struct slices *series_b = repeated(&b, SLICES, 1),
                  *series_c = repeated(&c, SLICES, 1);
    struct quantile_result r = compare_series(series_b, series_c, &p95);
    double count = 0.95 * SLICES * PER_SLICE, t = student_quantile(0.95, 4);
    double lesser = fmin(plain_point(series_b, 1, NULL, count),
                         plain_point(NULL, 1, series_c, count));
    CHECK_NEAR(r.p_go, student_tail(plain_pooled_t(series_b, series_c, 1.1), 4), 1e-8);
    CHECK_NEAR(r.p_nogo, student_cdf(plain_t(series_b, series_c, 1, lesser), 4), 1e-8);
    CHECK_NEAR(plain_pooled_t(series_b, series_c, exp(r.log_high)), t, 1e-4);
    CHECK_NEAR(plain_pooled_t(series_b, series_c, exp(r.log_low)), -t, 1e-4);
    slices_free(series_b);
    slices_free(series_c);
}

/* Nothing varies at all: the point that decides is complete separation. */
static void constants(void)
{
    static const struct {
        const char *name;
        double b, c, margin, floor;
        bool is_go, is_nogo;
    } rows[] = {
        {"the same", 100e3, 100e3, 0.1, 0, true, false},
        {"5 % slower, and so proven", 100e3, 105e3, 0.1, 0, true, true},
        {"20 % slower", 100e3, 120e3, 0.1, 0, false, true},
        {"far slower", 100e3, 9000e3, 0.1, 0, false, true},
        {"far faster", 9000e3, 100e3, 0.1, 0, true, false},
        {"40 % slower, within the floor", 20e3, 28e3, 0.1, 10e3, true, true},
        {"beyond the floor too", 20e3, 32e3, 0.1, 10e3, false, true},
        {"the floor is less than the margin", 20e3, 23e3, 0.2, 1e3, true, true},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        check_row = rows[i].name;
        struct arm_model b = calm, c = calm;
        b.factor = rows[i].b / 2e5;
        c.factor = rows[i].c / 2e5;
        b.spread = c.spread = 0;
        struct quantile_gate gate = p95;
        gate.margin = rows[i].margin;
        gate.floor_us = rows[i].floor;
        struct quantile_result r = compare_models(&b, &c, &gate);
        CHECK_INT(r.p_go < 1e-3, rows[i].is_go);
        CHECK_INT(r.p_nogo < 1e-3, rows[i].is_nogo);
        CHECK_NEAR(r.log_ratio, log(rows[i].c / rows[i].b), 2e-3);
        double rise = fmax(rows[i].margin * rows[i].b, rows[i].floor);
        CHECK_NEAR(r.log_margin, log1p(rise / rows[i].b), 2e-3);
        CHECK_INT(r.p_beyond < 1e-3, !rows[i].is_go);
    }
}

/* Without any variance the guard stands in, and its t can be written down: at the
 * canary's quantile F is 0.95 and 0, which is 0.475 together. */
static void the_least_variance_believed(void)
{
    struct arm_model constant = calm;
    constant.spread = 0;
    struct quantile_result r = compare_models(&constant, &constant, &p95);
    const double n = SLICES * PER_SLICE;
    double t = 0.95 / sqrt(0.1 * 0.475 * 0.525 * (1 / n + 1 / n));
    CHECK_NEAR(r.p_go / student_tail(t, 4), 1, 1e-6);
}

static void failures_are_infinite(void)
{
    struct arm_model failing = {2, 1, 0, 0, 0.1, 0.5};
    struct quantile_result r = compare_models(&calm, &failing, &p95);
    CHECK(r.is_defined && isinf(r.canary_us) && isfinite(r.baseline_us));
    CHECK(isinf(r.log_ratio) && r.log_ratio > 0);
    CHECK(r.p_nogo < 0.01 && r.p_go > 0.95);
    CHECK(isfinite(r.log_low) && r.log_low > 0 && r.is_high_open);
    r = compare_models(&failing, &calm, &p95);
    CHECK(isinf(r.log_ratio) && r.log_ratio < 0);
    CHECK(r.p_nogo > 0.95 && r.is_low_open && isfinite(r.log_high));
    r = compare_models(&failing, &failing, &p95);
    CHECK(!r.is_defined && r.p_go >= 1 && r.p_nogo >= 1);
    struct quantile_gate stored = p95;
    stored.is_aligned = false;
    stored.tau = 0.03; /* there is no ratio to put it on */
    r = compare_models(&calm, &failing, &stored);
    CHECK(r.p_nogo < 0.01 && r.p_go > 0.95);
}

/* Fails fast on a tenth: its survivors are faster, it is not. */
static void failing_fast_is_not_faster(void)
{
    struct arm_model fast = {2, 0.7, 0, 0, 0.1, 0.5};
    struct quantile_result r = compare_models(&calm, &fast, &p95);
    CHECK(r.p_nogo < 0.01 && r.p_go > 0.05);
}

static void nothing_to_compare(void)
{
    struct slices *none = slices_new();
    slices_seal(none, SLICES, NULL);
    struct slices *some = repeated(&calm, SLICES, 1);
    struct quantile_result r = compare_series(none, some, &p95);
    CHECK(!r.is_defined && r.p_go >= 1 && r.p_nogo >= 1);
    r = compare_series(some, none, &p95);
    CHECK(!r.is_defined && r.p_go >= 1 && r.p_nogo >= 1);
    slices_free(none);
    slices_free(some);
}

/* Too few slices for a variance: no evidence either way. */
static void too_short(void)
{
    struct slices *b = repeated(&calm, 4, 1), *c = repeated(&calm, 4, 1);
    struct quantile_result r = compare_series(b, c, &p95);
    CHECK(r.is_defined && r.is_low_open && r.is_high_open && isinf(r.se));
    CHECK_NEAR(r.p_go, 0.5, 1e-12);
    CHECK_NEAR(r.p_nogo, 0.5, 1e-12);
    slices_free(b);
    slices_free(c);
}

static void calibration_widens(void)
{
    struct arm_model c = {2, 1.02, 0.02, 0.5, 0, 0.5};
    struct quantile_gate gate = p95;
    gate.is_aligned = false;
    struct quantile_result plain = compare_models(&calm, &c, &gate);
    gate.kappa = 1.4;
    struct quantile_result kappa = compare_models(&calm, &c, &gate);
    gate.kappa = 1;
    gate.tau = 0.03;
    struct quantile_result tau = compare_models(&calm, &c, &gate);
    CHECK(kappa.se > 1.2 * plain.se && kappa.p_go > plain.p_go);
    CHECK_NEAR(student_quantile(1 - kappa.p_go, 4) * 1.4,
               student_quantile(1 - plain.p_go, 4), 1e-6);
    CHECK(tau.p_go > plain.p_go);
    double room = tau.log_margin - tau.log_ratio;
    double wide = sqrt(tau.se_high * tau.se_high + 2 * 0.03 * 0.03);
    CHECK_NEAR(tau.p_go, student_tail(room / wide, 4), 1e-12);
    wide = sqrt(tau.se_low * tau.se_low + 2 * 0.03 * 0.03);
    CHECK_NEAR(tau.p_nogo, student_cdf(-tau.log_ratio / wide, 4), 1e-12);
}

static void stored_runs_may_differ_in_length(void)
{
    struct slices *b = repeated(&calm, 300, 1), *c = repeated(&calm, 150, 2);
    struct slices *shorter = repeated(&calm, SLICES, 1);
    struct quantile_gate gate = p95;
    gate.is_aligned = false;
    CHECK_INT(compare_series(b, c, &gate).nu, 8);
    struct quantile_result r = compare_series(b, shorter, &gate);
    CHECK_INT(r.nu, 4);
    CHECK(r.deff > 0.1 && r.deff < 10);
    slices_free(b);
    slices_free(c);
    slices_free(shorter);
}

/* Autocorrelated noise in both arms; what is promised holds on average. */
static void promises(void)
{
    enum { RUNS = 150 };
    int covered = 0, false_go = 0, false_nogo = 0, found = 0;
    for (uint64_t k = 0; k < RUNS; k++) {
        struct arm_model b = {2 * k, 1, 0.05, 0.9, 0, 0.5};
        struct arm_model c = {2 * k + 1, 1.1, 0.05, 0.9, 0, 0.5};
        struct quantile_result at_margin = compare_models(&b, &c, &p95);
        covered += at_margin.log_low <= log(1.1) && log(1.1) <= at_margin.log_high;
        false_go += at_margin.p_go <= 0.05;
        CHECK_INT(at_margin.p_go < 0.05, at_margin.log_high < at_margin.log_margin);
        c.factor = 1;
        struct quantile_result same = compare_models(&b, &c, &p95);
        false_nogo += same.p_nogo <= 0.05 && same.log_ratio > same.log_margin;
        c.factor = 1.6;
        struct quantile_result worse = compare_models(&b, &c, &p95);
        found += worse.p_nogo <= 0.05 && worse.log_ratio > worse.log_margin;
    }
    CHECK(covered >= RUNS * 83 / 100 && covered <= RUNS * 96 / 100);
    CHECK(false_go <= RUNS * 10 / 100);
    CHECK(false_nogo <= RUNS * 3 / 100);
    CHECK(found >= RUNS * 97 / 100);
}

/* An end of the interval is the share that is just not rejected. Where nothing varies
 * the guard stands in, and depends on the share asked for. */
static void check_ends(const struct arm *a, const struct quantile_limit *limit,
                       const struct quantile_guard *g)
{
    struct quantile_limit end = *limit;
    struct quantile_guard at_end;
    if (g->share >= 1 || g->high >= 1)
        return;
    end.p = g->low;
    quantile_guard(a, &end, &at_end);
    CHECK_NEAR(at_end.p_kept, 0.05, 1e-9);
    end.p = g->high;
    quantile_guard(a, &end, &at_end);
    CHECK_NEAR(at_end.p_exceeded, 0.05, 1e-9);
}

static void guards(void)
{
    static const struct {
        const char *name;
        double of_quantile; /* the limit */
        bool is_exceeded, is_proven;
    } rows[] = {
        {"far above", 4, false, false},
        {"far below", 0.4, true, true},
        {"just above", 1.005, false, false},
        {"just below", 0.995, true, false},
    };
    struct slices *s = repeated(&calm, SLICES, 1);
    struct arm *a = arm_new(s, 0, SLICES, NULL);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        check_row = rows[i].name;
        struct quantile_limit limit = {0.95,
                                       rows[i].of_quantile * arm_quantile(a, 0.95), 1};
        struct quantile_guard g;
        quantile_guard(a, &limit, &g);
        CHECK_NEAR(g.share, arm_share(a, limit.limit_us), 0);
        CHECK_INT(g.is_exceeded, rows[i].is_exceeded);
        CHECK_INT(g.p_exceeded < 0.01, rows[i].is_proven);
        CHECK_NEAR(g.p_exceeded + g.p_kept, 1, 1e-12);
        CHECK(g.low < g.share && g.share <= g.high);
        check_ends(a, &limit, &g);
        double t = student_quantile(g.p_kept, g.nu);
        limit.kappa = 2;
        quantile_guard(a, &limit, &g);
        CHECK_NEAR(student_quantile(g.p_kept, g.nu), t / 2, 1e-6 * fabs(t));
    }
    arm_free(a);
    slices_free(s);
}

static void guard_of_nothing(void)
{
    struct slices *s = slices_new();
    slices_seal(s, SLICES, NULL);
    struct arm *a = arm_new(s, 0, SLICES, NULL);
    struct quantile_limit limit = {0.95, 1e6, 1};
    struct quantile_guard g;
    quantile_guard(a, &limit, &g);
    CHECK(!g.is_exceeded && g.p_exceeded >= 1 && g.p_kept >= 1);
    CHECK(g.low <= 0 && g.high >= 1);
    arm_free(a);
    slices_free(s);
}

int main(void)
{
    RUN(an_arm_against_itself);
    RUN(swapping_mirrors);
    RUN(identical_slices_only_narrow);
    RUN(order_of_adding_does_not_matter);
    RUN(as_written);
    RUN(constants);
    RUN(the_least_variance_believed);
    RUN(failures_are_infinite);
    RUN(failing_fast_is_not_faster);
    RUN(nothing_to_compare);
    RUN(too_short);
    RUN(calibration_widens);
    RUN(stored_runs_may_differ_in_length);
    RUN(promises);
    RUN(guards);
    RUN(guard_of_nothing);
    return check_report();
}
