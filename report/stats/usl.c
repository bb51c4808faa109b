/*
 * The universal scalability law, fitted.
 *
 * N / X is linear in (1, N - 1, N (N - 1)) / lambda: a first solution. Then Levenberg
 * and Marquardt's steps on X itself, as the large throughputs must fit, not their
 * inverses. Where sigma or kappa comes out negative it is held at 0 and the others are
 * fitted again; of such fits the one with the least error counts.
 */
#include "stats/usl.h"

#include <math.h>

#define PARAMETERS 3 /* lambda, sigma, kappa */
#define STEPS 200

/* Which of the parameters are fitted. */
struct free_of {
    bool is_free[PARAMETERS];
};

static double at(const double p[PARAMETERS], double n)
{
    return p[0] * n / (1.0 + p[1] * (n - 1.0) + p[2] * n * (n - 1.0));
}

static double squares(const struct usl_point *points, size_t count,
                      const double p[PARAMETERS])
{
    double sum = 0.0;
    for (size_t i = 0; i < count; i++) {
        double off = at(p, points[i].n) - points[i].x;
        sum += off * off;
    }
    return sum;
}

/* Solves a x = b by elimination with pivots; a parameter whose row is 0 stays 0. */
static void solve(double a[PARAMETERS][PARAMETERS], double b[PARAMETERS],
                  double x[PARAMETERS])
{
    for (size_t k = 0; k < PARAMETERS; k++) {
        size_t pivot = k;
        for (size_t i = k + 1; i < PARAMETERS; i++)
            if (fabs(a[i][k]) > fabs(a[pivot][k]))
                pivot = i;
        for (size_t j = 0; j < PARAMETERS; j++) {
            double kept = a[k][j];
            a[k][j] = a[pivot][j];
            a[pivot][j] = kept;
        }
        double kept = b[k];
        b[k] = b[pivot];
        b[pivot] = kept;
        for (size_t i = k + 1; i < PARAMETERS && fabs(a[k][k]) > 0.0; i++) {
            double factor = a[i][k] / a[k][k];
            for (size_t j = k; j < PARAMETERS; j++)
                a[i][j] -= factor * a[k][j];
            b[i] -= factor * b[k];
        }
    }
    for (size_t k = PARAMETERS; k-- > 0;) {
        double sum = b[k];
        for (size_t j = k + 1; j < PARAMETERS; j++)
            sum -= a[k][j] * x[j];
        x[k] = fabs(a[k][k]) > 0.0 ? sum / a[k][k] : 0.0;
    }
}

/* One step from p with damping mu; *next is where it leads. */
static void step(const struct usl_point *points, size_t count, const struct free_of *f,
                 const double p[PARAMETERS], double mu, double next[PARAMETERS])
{
    double a[PARAMETERS][PARAMETERS] = {{0}}, b[PARAMETERS] = {0}, x[PARAMETERS] = {0};
    for (size_t i = 0; i < count; i++) {
        double n = points[i].n;
        double below = 1.0 + p[1] * (n - 1.0) + p[2] * n * (n - 1.0);
        double fitted = p[0] * n / below;
        const double slope[PARAMETERS] = {n / below, -fitted * (n - 1.0) / below,
                                          -fitted * n * (n - 1.0) / below};
        for (size_t j = 0; j < PARAMETERS; j++) {
            for (size_t k = 0; k < PARAMETERS; k++)
                if (f->is_free[j] && f->is_free[k])
                    a[j][k] += slope[j] * slope[k];
            if (f->is_free[j])
                b[j] += slope[j] * (points[i].x - fitted);
        }
    }
    for (size_t j = 0; j < PARAMETERS; j++)
        a[j][j] *= 1.0 + mu;
    solve(a, b, x);
    for (size_t j = 0; j < PARAMETERS; j++)
        next[j] = p[j] + x[j];
}

/* A start: the linear law through the greatest X / N, bent a little. */
static void begin(const struct usl_point *points, size_t count, const struct free_of *f,
                  double p[PARAMETERS])
{
    p[0] = 0.0;
    for (size_t i = 0; i < count; i++)
        p[0] = fmax(p[0], points[i].x / points[i].n);
    p[1] = f->is_free[1] ? 0.01 : 0.0;
    p[2] = f->is_free[2] ? 1e-4 : 0.0;
}

/* Returns the sum of squares. */
static double fit_free(const struct usl_point *points, size_t count,
                       const struct free_of *f, double p[PARAMETERS])
{
    double mu = 1e-3, next[PARAMETERS];
    begin(points, count, f, p);
    double best = squares(points, count, p);
    for (unsigned i = 0; i < STEPS && mu < 1e12; i++) {
        step(points, count, f, p, mu, next);
        double sum = squares(points, count, next);
        if (sum < best && next[0] > 0.0 && next[1] > -0.9 && next[2] > -0.9) {
            best = sum;
            for (size_t j = 0; j < PARAMETERS; j++)
                p[j] = next[j];
            mu /= 10.0;
        } else {
            mu *= 10.0;
        }
    }
    return best;
}

/* Are there enough different n? Points need not be sorted. */
static bool is_enough(const struct usl_point *points, size_t count)
{
    size_t different = 0;
    for (size_t i = 0; i < count; i++) {
        if (!(points[i].n > 0.0) || !(points[i].x > 0.0) || !isfinite(points[i].n) ||
            !isfinite(points[i].x))
            return false;
        bool is_new = true;
        for (size_t j = 0; j < i; j++)
            is_new &= fabs(log(points[i].n / points[j].n)) >= 0.02;
        different += is_new;
    }
    return different >= USL_POINTS_LEAST;
}

static void fill(const struct usl_point *points, size_t count,
                 const double p[PARAMETERS], struct usl *out)
{
    *out = (struct usl){.lambda = p[0], .sigma = p[1], .kappa = p[2]};
    out->n_low = out->n_high = points[0].n;
    double sum = 0.0;
    for (size_t i = 0; i < count; i++) {
        double off = at(p, points[i].n) / points[i].x - 1.0;
        sum += off * off;
        out->n_low = fmin(out->n_low, points[i].n);
        out->n_high = fmax(out->n_high, points[i].n);
    }
    out->error = sqrt(sum / (double)count);
    out->peak = p[2] > 0.0 ? sqrt(fmax(1.0 - p[1], 0.0) / p[2]) : HUGE_VAL;
}

bool usl_fit(const struct usl_point *points, size_t count, struct usl *out)
{
    static const struct free_of choices[] = {{{true, true, true}},
                                             {{true, true, false}},
                                             {{true, false, true}},
                                             {{true, false, false}}};
    double best = HUGE_VAL, p[PARAMETERS];
    if (!is_enough(points, count))
        return false;
    for (size_t i = 0; i < ARRAY_LEN(choices); i++) {
        double sum = fit_free(points, count, &choices[i], p);
        if (sum < best && p[1] >= 0.0 && p[2] >= 0.0) {
            best = sum;
            fill(points, count, p, out);
        }
    }
    return isfinite(best);
}

double usl_throughput(const struct usl *u, double n)
{
    const double p[PARAMETERS] = {u->lambda, u->sigma, u->kappa};
    return at(p, n);
}
