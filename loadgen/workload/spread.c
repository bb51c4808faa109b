/* Rounded time stamps; see spread.h. */
#include "workload/spread.h"

#include "base/base.h"
#include "base/rng.h"

#include <stdbool.h>

#define SLACK_SHARE 200 /* stamps may miss their multiple by 1/200 of the step */

/* Smallest difference of two neighbours that differ; 0: all are the same. */
static int64_t smallest_difference(const int64_t *stamps_ns, size_t n)
{
    int64_t smallest = 0;
    for (size_t i = 1; i < n; i++) {
        int64_t d = stamps_ns[i] - stamps_ns[i - 1];
        d = d < 0 ? -d : d;
        if (d > SPREAD_STEP_MIN_NS / SLACK_SHARE && (smallest == 0 || d < smallest))
            smallest = d;
    }
    return smallest;
}

int64_t spread_index(int64_t offset_ns, int64_t step_ns)
{
    assert(step_ns > 0);
    int64_t shifted = offset_ns + step_ns / SLACK_SHARE;
    return shifted / step_ns - (shifted % step_ns < 0);
}

static bool is_on_grid(int64_t offset_ns, int64_t step_ns)
{
    int64_t miss = offset_ns - spread_index(offset_ns, step_ns) * step_ns;
    return miss <= step_ns / SLACK_SHARE;
}

int64_t spread_step_ns(const int64_t *stamps_ns, size_t n)
{
    if (n < SPREAD_ROWS_MIN)
        return 0;
    const int64_t tenth_ns = NS_PER_S / 10;
    int64_t smallest = smallest_difference(stamps_ns, n);
    int64_t step_ns = (smallest + tenth_ns / 2) / tenth_ns * tenth_ns;
    if (step_ns < SPREAD_STEP_MIN_NS || step_ns > SPREAD_STEP_MAX_NS)
        return 0;
    size_t shared = 0;
    for (size_t i = 0; i < n; i++) {
        if (!is_on_grid(stamps_ns[i] - stamps_ns[0], step_ns))
            return 0;
        shared += i > 0 && spread_index(stamps_ns[i] - stamps_ns[i - 1], step_ns) == 0;
    }
    return shared > 0 ? step_ns : 0;
}

double spread_place(double place, uint64_t left, uint64_t seed, uint64_t row)
{
    assert(place >= 0.0 && place <= 1.0);
    assert(left >= 1);
    struct rng r;
    rng_init(&r, seed, RNG_SPREAD, row);
    double smallest = 1.0 - rng_exp(rng_log(rng_unit(&r)) / (double)left);
    double next = place + (1.0 - place) * smallest;
    return next > place ? next : place;
}
