/*
 * Phases as linear pieces; see curve.h.
 *
 * The sine is cut into chords between nodes on a grid of a 64th of the period;
 * a chord is at most 0.12 % of the amplitude below the arc, and over a whole
 * period the mean is exact. Own sine: libm's may differ in the last bit between
 * machines, and the schedule must not.
 */
#include "workload/curve.h"

#define PIECE_NS_MAX (INT64_C(600) * NS_PER_S)
#define PIECES_PER_PERIOD 64

/* sin(z) for 0 <= z <= pi/2: Taylor to z^21, error below 1e-17. */
static double sine_of_quarter(double z)
{
    double square = z * z, sum = 1.0;
    for (int n = 20; n >= 2; n -= 2)
        sum = 1.0 - sum * square / (double)(n * (n + 1));
    return z * sum;
}

/* sin(2 pi x) for 0 <= x < 1. */
static double sine_of_turn(double x)
{
    double sign = 1.0;
    if (x >= 0.5) {
        x -= 0.5;
        sign = -1.0;
    }
    if (x > 0.25)
        x = 0.5 - x;
    return sign * sine_of_quarter(x * 6.283185307179586);
}

static int64_t sine_grid_ns(const struct phase *p)
{
    return p->period_ns / PIECES_PER_PERIOD;
}

/* Between the two nodes around at_ns. */
static double sine_factor(const struct phase *p, int64_t at_ns)
{
    int64_t grid = sine_grid_ns(p);
    int64_t node = at_ns / grid * grid, past = at_ns - node;
    double period = (double)p->period_ns;
    double a = sine_of_turn((double)(node % p->period_ns) / period);
    double b = sine_of_turn((double)((node + grid) % p->period_ns) / period);
    double share = (double)past / (double)grid;
    return 1.0 + p->amplitude * (a + (b - a) * share);
}

/* Length of a step, rounded up, so that the last is never a sliver. */
static int64_t step_ns(const struct phase *p)
{
    return (p->duration_ns + p->steps - 1) / p->steps;
}

static double steps_factor(const struct phase *p, int64_t at_ns)
{
    int64_t last = (int64_t)p->steps - 1;
    int64_t i = at_ns / step_ns(p);
    if (i > last)
        i = last;
    return p->from + (p->to - p->from) * (double)i / (double)last;
}

double curve_factor(const struct phase *p, int64_t at_ns)
{
    switch (p->kind) {
    case PHASE_WARMUP:
    case PHASE_STEADY:
        return 1.0;
    case PHASE_RAMP:
        return p->from + (p->to - p->from) * ((double)at_ns / (double)p->duration_ns);
    case PHASE_STEPS:
        return steps_factor(p, at_ns);
    case PHASE_SPIKE:
        return p->factor;
    case PHASE_SINE:
        return sine_factor(p, at_ns);
    }
    bug("phase kind");
}

/* Where the piece that holds at_ns ends by the phase's shape alone. */
static int64_t natural_end_ns(const struct phase *p, int64_t at_ns)
{
    if (p->kind == PHASE_STEPS)
        return (at_ns / step_ns(p) + 1) * step_ns(p);
    if (p->kind == PHASE_SINE)
        return (at_ns / sine_grid_ns(p) + 1) * sine_grid_ns(p);
    return p->duration_ns;
}

struct piece curve_piece(const struct phase *p, int64_t start_ns)
{
    assert(start_ns >= 0 && start_ns < p->duration_ns);
    int64_t end_ns = natural_end_ns(p, start_ns);
    if (end_ns > p->duration_ns)
        end_ns = p->duration_ns;
    if (end_ns > start_ns + PIECE_NS_MAX)
        end_ns = start_ns + PIECE_NS_MAX;
    double from = curve_factor(p, start_ns);
    bool is_flat = p->kind == PHASE_STEPS;
    return (struct piece){.start_ns = start_ns,
                          .length_ns = end_ns - start_ns,
                          .from = from,
                          .to = is_flat ? from : curve_factor(p, end_ns)};
}

double curve_peak(const struct phase *p)
{
    switch (p->kind) {
    case PHASE_WARMUP:
    case PHASE_STEADY:
        return 1.0;
    case PHASE_RAMP:
    case PHASE_STEPS:
        return p->from > p->to ? p->from : p->to;
    case PHASE_SPIKE:
        return p->factor;
    case PHASE_SINE:
        return 1.0 + p->amplitude;
    }
    bug("phase kind");
}

int64_t curve_duration_ns(const struct phase *phases, size_t count)
{
    int64_t sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += phases[i].duration_ns;
    return sum;
}

size_t curve_phase_at(const struct phase *phases, size_t count, int64_t at_ns,
                      int64_t *start_ns)
{
    int64_t start = 0;
    size_t i = 0;
    assert(count >= 1);
    while (i + 1 < count && at_ns >= start + phases[i].duration_ns)
        start += phases[i++].duration_ns;
    *start_ns = start;
    return i;
}
