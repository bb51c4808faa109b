/*
 * Due times of an open loop; see walk.h.
 *
 * The running sum of gaps is kept relative to the current piece of the curve: on
 * leaving a piece its area is subtracted. It therefore stays small, and neither
 * it nor the time within a piece loses digits however long the run is.
 *
 * A constant process starts with half a gap, so that no arrival sits on the
 * border of two phases, where rounding would decide.
 *
 * LIMIT: gamma arrivals start as if a request had come right before t0; with a
 * CV far above 1 the first mean gap is busier than the rest. Warm-up hides it.
 */
#include "workload/walk.h"

#include <math.h>

static double gap_constant(struct walk *w)
{
    return w->is_first ? 0.5 : 1.0;
}

static double gap_poisson(struct walk *w)
{
    return rng_exponential(&w->gaps);
}

static double gap_gamma(struct walk *w)
{
    double cv = w->arrival->cv;
    return rng_gamma(&w->gaps, 1.0 / (cv * cv));
}

static double (*const gap_rows[])(struct walk *w) = {
    [ARRIVAL_CONSTANT] = gap_constant,
    [ARRIVAL_POISSON] = gap_poisson,
    [ARRIVAL_GAMMA] = gap_gamma,
    [ARRIVAL_CLOSED] = NULL, /* schedule_user */
    [ARRIVAL_TRACE] = NULL,  /* trace_next */
};
_Static_assert(ARRAY_LEN(gap_rows) == ARRAY_LEN(arrival_names) - 1, "one row a kind");

static void enter_piece(struct walk *w, int64_t start_ns)
{
    w->piece = curve_piece(&w->phases[w->phase], start_ns);
    double length_s = (double)w->piece.length_ns / 1e9;
    double from = w->piece.from, to = w->piece.to;
    w->rate_from = w->rate_per_s * from;
    w->slope = w->rate_per_s * (to - from) / length_s;
    w->area = w->rate_per_s * ((from + to) / 2.0) * length_s;
}

void walk_init(struct walk *w, const struct arrival_plan *arrival,
               const struct phase *phases, size_t count, double rate_per_s,
               uint64_t seed)
{
    assert(count >= 1);
    assert(gap_rows[arrival->kind] != NULL);
    *w = (struct walk){.arrival = arrival,
                       .phases = phases,
                       .phase_count = count,
                       .rate_per_s = rate_per_s,
                       .is_first = true};
    rng_init(&w->gaps, seed, RNG_ARRIVAL, 0);
    enter_piece(w, 0);
}

/* False at the end of the last phase. */
static bool next_piece(struct walk *w)
{
    int64_t end_ns = w->piece.start_ns + w->piece.length_ns;
    if (end_ns >= w->phases[w->phase].duration_ns) {
        w->phase_start_ns += end_ns;
        end_ns = 0;
        w->phase++;
        if (w->phase == w->phase_count)
            return false;
    }
    enter_piece(w, end_ns);
    return true;
}

/* When the integral of rate_from + slope * t reaches passed, by the form of the
 * quadratic's root that never cancels. passed < area. */
static int64_t invert_ns(const struct walk *w)
{
    if (w->passed <= 0.0)
        return 0;
    double square = w->rate_from * w->rate_from + 2.0 * w->slope * w->passed;
    double root = square > 0.0 ? sqrt(square) : 0.0;
    double at_ns = 2.0 * w->passed / (w->rate_from + root) * 1e9 + 0.5;
    int64_t last_ns = w->piece.length_ns - 1; /* still in this piece */
    return at_ns < (double)last_ns ? (int64_t)at_ns : last_ns;
}

bool walk_next(struct walk *w, int64_t *due_ns, size_t *phase)
{
    if (w->phase == w->phase_count)
        return false;
    w->passed += gap_rows[w->arrival->kind](w);
    w->is_first = false;
    while (w->passed >= w->area) {
        w->passed -= w->area;
        if (!next_piece(w))
            return false;
    }
    int64_t at_ns = w->phase_start_ns + w->piece.start_ns + invert_ns(w);
    if (at_ns > w->due_ns)
        w->due_ns = at_ns; /* else rounding put it before the last */
    *due_ns = w->due_ns;
    *phase = w->phase;
    return true;
}
