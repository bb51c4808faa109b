/*
 * A demand is met when the value is within its limit: the limits of the rows contain
 * the chance of a thousand runs. Own formulas, nothing of the judge's.
 */
#include "tests/study/estimate.h"

#include "base/base.h"

#include <math.h>

#define Z_95 1.959963984540054

static const struct {
    const char *name;
    bool is_share;
} figures[] = {
    [FIGURE_NONE] = {"", true},          [FIGURE_GO] = {"GO", true},
    [FIGURE_NOGO] = {"NO-GO", true},     [FIGURE_PASS] = {"pass", true},
    [FIGURE_SAME] = {"identical", true}, [FIGURE_STOP_S] = {"stopped at", false},
};
_Static_assert(ARRAY_LEN(figures) == FIGURE_COUNT, "a row for every figure");

const char *figure_name(enum figure figure)
{
    return figures[figure].name;
}

bool figure_is_share(enum figure figure)
{
    return figures[figure].is_share;
}

static double value_of(enum figure figure, const struct result *result)
{
    switch (figure) {
    case FIGURE_GO:
        return result->is_go;
    case FIGURE_NOGO:
        return result->is_nogo;
    case FIGURE_PASS:
        return result->is_pass;
    case FIGURE_SAME:
        return result->is_same;
    case FIGURE_STOP_S:
        return result->stop_s;
    case FIGURE_NONE:
    case FIGURE_COUNT:
        break;
    }
    bug("not a figure");
}

static bool is_counted(enum figure figure, const struct result *result)
{
    return result->is_counted && (figure != FIGURE_STOP_S || result->is_nogo);
}

static void bound_share(struct estimate *e)
{
    double n = (double)e->counted, p = e->value, z2 = Z_95 * Z_95;
    double middle = p + z2 / (2 * n);
    double reach = Z_95 * sqrt(p * (1 - p) / n + z2 / (4 * n * n));
    e->low = fmax((middle - reach) / (1 + z2 / n), 0);
    e->high = fmin((middle + reach) / (1 + z2 / n), 1);
}

static void bound_mean(struct estimate *e, double mean_square)
{
    double variance = fmax(mean_square - e->value * e->value, 0);
    double reach = Z_95 * sqrt(variance / (double)e->counted);
    e->low = e->value - reach;
    e->high = e->value + reach;
}

struct estimate estimate_of(const struct demand *demand, const struct result *results,
                            size_t n)
{
    struct estimate e = {0};
    double sum = 0, squares = 0;
    for (size_t i = 0; i < n; i++) {
        if (!is_counted(demand->figure, &results[i]))
            continue;
        double value = value_of(demand->figure, &results[i]);
        sum += value;
        squares += value * value;
        e.counted++;
    }
    if (e.counted == 0)
        return e;
    e.value = sum / (double)e.counted;
    if (figure_is_share(demand->figure))
        bound_share(&e);
    else
        bound_mean(&e, squares / (double)e.counted);
    e.is_met = demand->is_least ? e.value >= demand->limit : e.value <= demand->limit;
    return e;
}
