/* Knee and scalability law; see scaling.h. */
#include "judge/scaling.h"

#include <math.h>
#include <stdlib.h>

#define KNEE_POINTS 4
#define KNEE_LEAST 0.1
#define USL_POINTS 6
#define TERMS 3

/* A point that says how much was done with how much in flight. */
struct sight {
    double in_flight, rate, load;
};

static bool is_usable(const struct capacity_point *p)
{
    bool is_load = p->phase != CAPACITY_UNLOADED && p->phase != CAPACITY_OVERLOAD;
    return is_load && p->state != CAPACITY_INVALID && isfinite(p->in_flight_mean) &&
           isfinite(p->rate) && p->in_flight_mean > 0 && p->rate > 0;
}

static int by_in_flight(const void *a, const void *b)
{
    const struct sight *x = a, *y = b;
    return (x->in_flight > y->in_flight) - (x->in_flight < y->in_flight);
}

/* Ascending by in flight; free(*out). */
static size_t gather(const struct capacity_point *points, size_t n, struct sight **out)
{
    size_t count = 0;
    *out = xcalloc(n + 1, sizeof **out);
    for (size_t i = 0; i < n; i++)
        if (is_usable(&points[i]))
            (*out)[count++] = (struct sight){points[i].in_flight_mean, points[i].rate,
                                             points[i].load};
    qsort(*out, count, sizeof **out, by_in_flight);
    return count;
}

double scaling_knee(const struct capacity_point *points, size_t n, double most)
{
    struct sight *s = NULL;
    size_t count = gather(points, n, &s);
    double best = KNEE_LEAST, knee = (double)NAN, top = 0;
    for (size_t i = 0; i < count; i++)
        top = fmax(top, s[i].rate);
    double width = count > 0 ? s[count - 1].in_flight - s[0].in_flight : 0;
    double height = count > 0 ? top - s[0].rate : 0;
    bool is_curve = count >= KNEE_POINTS && width > 0 && height > 0;
    for (size_t i = 0; i < count && is_curve; i++) {
        double above = (s[i].rate - s[0].rate) / height -
                       (s[i].in_flight - s[0].in_flight) / width;
        if (above <= best)
            continue;
        best = above;
        knee = s[i].load;
    }
    free(s);
    return isfinite(most) && knee > most ? most : knee;
}

/* --- least squares --------------------------------------------------------------------- */

/* Normal equations of up to three terms. */
struct normal {
    double a[TERMS][TERMS + 1];
};

static void add_row(struct normal *m, const double terms[TERMS], double y,
                    double weight)
{
    for (size_t i = 0; i < TERMS; i++) {
        for (size_t k = 0; k < TERMS; k++)
            m->a[i][k] += weight * terms[i] * terms[k];
        m->a[i][TERMS] += weight * terms[i] * y;
    }
}

/* Gauss and Jordan over the terms in use; others are 0. False: singular. */
static bool solve(struct normal m, const bool used[TERMS], double out[TERMS])
{
    for (size_t i = 0; i < TERMS; i++) {
        if (!used[i])
            continue;
        if (!(fabs(m.a[i][i]) > 1e-12))
            return false;
        for (size_t r = 0; r < TERMS; r++) {
            double factor = r == i || !used[r] ? 0 : m.a[r][i] / m.a[i][i];
            for (size_t k = 0; k <= TERMS; k++)
                m.a[r][k] -= factor * m.a[i][k];
        }
    }
    for (size_t i = 0; i < TERMS; i++)
        out[i] = used[i] ? m.a[i][TERMS] / m.a[i][i] : 0;
    return true;
}

/* The term that cannot be: negative contention or coherency; 0: none. */
static size_t drop_of(const double x[TERMS])
{
    size_t worst = 0;
    for (size_t i = 1; i < TERMS; i++)
        if (x[i] < 0 && (worst == 0 || x[i] < x[worst]))
            worst = i;
    return worst;
}

struct capacity_usl scaling_usl(const struct capacity_point *points, size_t n)
{
    double none = (double)NAN, x[TERMS] = {0};
    struct capacity_usl out = {none, none, none, none};
    struct normal m = {{{0}}};
    struct sight *s = NULL;
    bool used[TERMS] = {true, true, true};
    size_t count = gather(points, n, &s);
    for (size_t i = 0; i < count; i++) {
        double in_flight = fmax(s[i].in_flight, 1), y = in_flight / s[i].rate;
        double terms[TERMS] = {1, in_flight - 1, in_flight * (in_flight - 1)};
        add_row(&m, terms, y, 1 / (y * y));
    }
    free(s);
    bool is_solved = count >= USL_POINTS && solve(m, used, x);
    for (size_t i = drop_of(x); is_solved && i > 0; i = drop_of(x)) {
        used[i] = false;
        is_solved = solve(m, used, x);
    }
    if (!is_solved || !(x[0] > 0))
        return out;
    out = (struct capacity_usl){1 / x[0], x[1] / x[0], x[2] / x[0], (double)INFINITY};
    if (out.kappa > 0 && out.sigma < 1)
        out.peak = sqrt((1 - out.sigma) / out.kappa);
    return out;
}
