/* Rate and burstiness of arrivals in one pass; see arrivals.h. */
#include "workload/arrivals.h"

#include <math.h>

const int64_t arrivals_window_ns[ARRIVALS_WINDOWS] = {NS_PER_S, 10 * NS_PER_S,
                                                      60 * NS_PER_S};

#define CV_CONSTANT 0.1
#define CV_POISSON_MARGIN 0.1

/* Empty windows that are passed over add nothing to either sum. */
static void window_add(struct arrivals_window *w, int64_t index)
{
    if (index != w->index) {
        w->sum += (double)w->open;
        w->sum_of_squares += (double)w->open * (double)w->open;
        w->open = 0;
        w->index = index;
    }
    w->open++;
    w->peak = w->open > w->peak ? w->open : w->peak;
}

void arrivals_add(struct arrivals *a, int64_t due_ns)
{
    if (a->count == 0)
        a->first_ns = a->last_ns = due_ns;
    assert(due_ns >= a->last_ns);
    double gap_s = (double)(due_ns - a->last_ns) / 1e9;
    a->gap_sum_of_squares += gap_s * gap_s;
    a->last_ns = due_ns;
    a->count++;
    for (size_t i = 0; i < ARRIVALS_WINDOWS; i++)
        window_add(&a->windows[i], (due_ns - a->first_ns) / arrivals_window_ns[i]);
}

/* The open window is not whole, and stays out; index windows are before it. */
static double dispersion(const struct arrivals_window *w)
{
    double n = (double)w->index;
    if (w->index < 2 || !(w->sum > 0.0))
        return nan("");
    double mean = w->sum / n;
    return (w->sum_of_squares - n * mean * mean) / (n - 1.0) / mean;
}

void arrivals_summarise(const struct arrivals *a, struct arrivals_summary *out)
{
    *out = (struct arrivals_summary){
        .count = a->count,
        .duration_s = (double)(a->last_ns - a->first_ns) / 1e9,
        .rate_per_s = nan(""),
        .cv = nan(""),
        .peak_per_s = a->windows[0].peak,
    };
    if (a->last_ns > a->first_ns) {
        double gaps = (double)(a->count - 1), mean = out->duration_s / gaps;
        double variance = a->gap_sum_of_squares / gaps - mean * mean;
        out->rate_per_s = 1.0 / mean;
        out->cv = sqrt(fmax(variance, 0.0)) / mean;
    }
    for (size_t i = 0; i < ARRIVALS_WINDOWS; i++)
        out->idc[i] = dispersion(&a->windows[i]);
}

struct arrival_plan arrivals_plan(const struct arrivals_summary *s)
{
    struct arrival_plan plan = {
        .kind = ARRIVAL_POISSON,
        .rate_per_s = isnan(s->rate_per_s) ? 1.0 : s->rate_per_s,
        .cv = 1.0,
    };
    if (isnan(s->cv) || fabs(s->cv - 1.0) <= CV_POISSON_MARGIN)
        return plan;
    plan.kind = s->cv < CV_CONSTANT ? ARRIVAL_CONSTANT : ARRIVAL_GAMMA;
    plan.cv = s->cv < CV_CONSTANT ? 0.0 : fmin(s->cv, ARRIVALS_CV_MAX);
    return plan;
}
