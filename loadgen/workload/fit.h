/*
 * A profile from a trace: one pass over the rows, bounded memory (at most about
 * 40 MB, whatever the trace), then a joint quantile grid of the lengths, an
 * arrival process and a plan of shared prefixes, and how well they fit.
 *
 * The quality is measured, not derived: as many draws as grid_draw would give a
 * long run are sketched and compared with the sketch of the trace.
 *
 * LIMIT: knots of the grid are equidistant, so the top step of each scale runs
 * straight from its last inner quantile. Its end is set so that the mean comes
 * out right, not the maximum: the longest few of a trace are not in its profile.
 * LIMIT: the profile has one rate; how it drifts over a day is only reported.
 */
#ifndef GUST_FIT_H
#define GUST_FIT_H

#include "workload/arrivals.h"
#include "workload/sharing.h"
#include "workload/sketch.h"

#define FIT_BINS_MAX GRID_BINS_MAX
#define FIT_POINTS_MAX 257

/* What is known of the rows so far. */
struct fit {
    struct sketch lengths;
    struct arrivals arrivals;
    struct sharing sharing;
};

void fit_init(struct fit *f);
void fit_release(struct fit *f);
void fit_add(struct fit *f, const struct trace_row *row);

/* A prompt bin per row of the grid, each with `points` output quantiles; bins
 * 1..FIT_BINS_MAX, points 2..FIT_POINTS_MAX; s is not empty. grid_release it. */
void fit_grid(const struct sketch *s, size_t bins, size_t points, struct grid *out);

struct fit_model {
    struct grid grid;
    struct arrivals_summary arrivals; /* of the trace */
    struct arrival_plan plan;
    struct sharing_plan sharing;
    struct sketch drawn; /* lengths as the grid gives them */
};

/* f must hold at least one row; a trace of few rows gets fewer bins, so that each
 * has a row per quantile. fit_model_release it. */
void fit_model(const struct fit *f, size_t bins, size_t points, struct fit_model *out);
void fit_model_release(struct fit_model *m);

/* What the profile says of itself; each may be NULL: left out. */
struct fit_labels {
    const char *name, *title, *description, *source, *licence, *date;
};

/* Appends the profile document, ending in a newline. */
void fit_write_profile(const struct fit_model *m, const struct fit_labels *labels,
                       struct buf *out);

/* Appends the report: trace against profile, one line a figure. */
void fit_write_report(const struct fit *f, const struct fit_model *m, struct buf *out);

#endif
