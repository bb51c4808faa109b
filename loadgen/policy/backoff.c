/* Backoff; see backoff.h. */
#include "policy/backoff.h"

#include <math.h>

const char *const jitter_names[JITTER_COUNT] = {
    [JITTER_NONE] = "none",     [JITTER_FULL] = "full",
    [JITTER_EQUAL] = "equal",   [JITTER_DECORRELATED] = "decorrelated",
    [JITTER_ADD] = "add",       [JITTER_BELOW] = "below",
    [JITTER_AROUND] = "around",
};

/* base * factor^n; past max it does not matter how far. */
static double grown(const struct backoff *b, unsigned n)
{
    double v = (double)b->base_ns;
    for (; n > 0 && v < (double)b->max_ns; n--)
        v *= b->factor;
    return v;
}

static double decorrelated(const struct backoff *b, int64_t previous_ns, double unit)
{
    double base = (double)b->base_ns;
    double previous = previous_ns > 0 ? (double)previous_ns : base;
    double top = fmax(base, 3 * previous);
    return base + unit * (top - base);
}

static double jittered(const struct backoff *b, unsigned n, int64_t previous_ns,
                       double unit)
{
    double raw = grown(b, n);
    double v = fmin(raw, (double)b->max_ns);
    switch (b->jitter) {
    case JITTER_NONE:
        return v;
    case JITTER_FULL:
        return unit * v;
    case JITTER_EQUAL:
        return v / 2 + unit * v / 2;
    case JITTER_DECORRELATED:
        return decorrelated(b, previous_ns, unit);
    case JITTER_ADD:
        return raw + unit * (double)b->spread_ns;
    case JITTER_BELOW:
        return v * (1 - b->share * unit);
    case JITTER_AROUND:
        return v * (1 - b->share + 2 * b->share * unit);
    case JITTER_COUNT:
        break;
    }
    bug("no such jitter");
}

int64_t backoff_delay_ns(const struct backoff *b, unsigned n, int64_t previous_ns,
                         double unit)
{
    assert(unit >= 0 && unit <= 1);
    assert(b->base_ns >= 0 && b->max_ns >= b->base_ns);
    if (b->base_ns == 0)
        return 0;
    double v = jittered(b, n, previous_ns, unit);
    /* around may pass the cap: gRPC applies its jitter last */
    double top = b->jitter == JITTER_AROUND ? (double)b->max_ns * (1 + b->share)
                                            : (double)b->max_ns;
    return llround(fmin(v, top));
}
