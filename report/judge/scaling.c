/* Knee and scalability law; see scaling.h. */
#include "judge/scaling.h"

#include "stats/usl.h"

#include <math.h>
#include <stdlib.h>

#define KNEE_POINTS 4
#define KNEE_LEAST 0.1

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

struct capacity_usl scaling_usl(const struct capacity_point *points, size_t n)
{
    double none = (double)NAN;
    struct capacity_usl out = {none, none, none, none};
    struct sight *s = NULL;
    struct usl law;
    size_t count = gather(points, n, &s);
    struct usl_point *seen = xcalloc(count + 1, sizeof *seen);
    for (size_t i = 0; i < count; i++)
        seen[i] = (struct usl_point){fmax(s[i].in_flight, 1), s[i].rate};
    if (usl_fit(seen, count, &law))
        out = (struct capacity_usl){law.lambda, law.sigma, law.kappa, law.peak};
    free(seen);
    free(s);
    return out;
}
