/*
 * The exact sign-flip test.
 *
 * If both arms fail alike, the difference of a block is as likely +e as -e. The
 * sum over all sign patterns is twice the sum of a random subset less a constant;
 * its distribution is built by adding one block at a time. Long runs with many
 * failures would need a table too long: there the Lugannani-Rice saddlepoint
 * formula (1980) is exact to more digits than matter.
 */
#include "stats/distribution.h"
#include "stats/proportion.h"

#include <math.h>
#include <stdlib.h>

#define EXACT_WORK_MAX 5e7
#define NEWTON_STEPS 60

/* |e| of the blocks that differ at all. */
struct flips {
    double *size;
    size_t n;
    double sum;  /* of size */
    double seen; /* the signed sum observed */
};

static struct flips flips_of(const int64_t *e, size_t n)
{
    struct flips f = {.size = xcalloc(n, sizeof f.size[0])};
    for (size_t k = 0; k < n; k++) {
        if (e[k] == 0)
            continue;
        f.size[f.n++] = fabs((double)e[k]);
        f.sum += fabs((double)e[k]);
        f.seen += (double)e[k];
    }
    return f;
}

/* chance[t]: P(random subset of the sizes adds up to t), t = 0..sum. */
static double exact_midp(const struct flips *f)
{
    size_t total = (size_t)f->sum, reach = 0;
    double *chance = xcalloc(total + 1, sizeof chance[0]);
    chance[0] = 1;
    for (size_t k = 0; k < f->n; k++) {
        size_t e = (size_t)f->size[k];
        reach += e;
        for (size_t t = reach + 1; t-- > 0;)
            chance[t] = 0.5 * (chance[t] + (t >= e ? chance[t - e] : 0));
    }
    size_t seen = (size_t)((f->seen + f->sum) / 2);
    double p = chance[seen] / 2;
    for (size_t t = seen + 1; t <= total; t++)
        p += chance[t];
    free(chance);
    return p;
}

/* ln cosh(x) without overflow. */
static double log_cosh(double x)
{
    return fabs(x) + log1p(exp(-2 * fabs(x))) - log(2);
}

/* Cumulant generating function of the signed sum, and its derivatives. */
struct cumulants {
    double value, first, second;
};

static struct cumulants cumulants_at(const struct flips *f, double s)
{
    struct cumulants k = {0};
    for (size_t i = 0; i < f->n; i++) {
        double e = f->size[i], slope = tanh(s * e);
        k.value += log_cosh(s * e);
        k.first += e * slope;
        k.second += e * e * (1 - slope * slope);
    }
    return k;
}

/* The s at which the tilted sum has the observed mean; Newton between bounds. */
static double saddlepoint(const struct flips *f)
{
    double low = -1, high = 1, s = 0;
    while (cumulants_at(f, low).first > f->seen)
        low *= 2;
    while (cumulants_at(f, high).first < f->seen)
        high *= 2;
    for (int i = 0; i < NEWTON_STEPS; i++) {
        struct cumulants k = cumulants_at(f, s);
        if (k.first < f->seen)
            low = s;
        else
            high = s;
        s -= (k.first - f->seen) / k.second;
        if (!(s >= low && s <= high))
            s = low + (high - low) / 2;
    }
    return s;
}

static double saddlepoint_midp(const struct flips *f)
{
    double s = saddlepoint(f);
    struct cumulants k = cumulants_at(f, s);
    double u = s * sqrt(k.second);
    double w = copysign(sqrt(fmax(2 * (s * f->seen - k.value), 0)), s);
    if (fabs(w) < 1e-4)
        return normal_tail(u);
    double density = normal_density(w);
    return normal_tail(w) + density * (1 / u - 1 / w);
}

double sign_flip_midp(const int64_t *e, size_t n)
{
    struct flips f = flips_of(e, n);
    double p;
    if (f.seen >= f.sum) /* no pattern adds up to more */
        p = exp2(-(double)f.n) / 2;
    else if (f.seen <= -f.sum)
        p = 1 - exp2(-(double)f.n) / 2;
    else if ((double)f.n * f.sum <= EXACT_WORK_MAX)
        p = exact_midp(&f);
    else
        p = saddlepoint_midp(&f);
    free(f.size);
    return p;
}
