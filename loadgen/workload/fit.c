/* A profile from a trace; see fit.h. */
#include "workload/fit.h"

#include <math.h>
#include <stdlib.h>

#define DRAWS (1u << 20) /* against their own law: a distance of 0.001 by chance */

void fit_init(struct fit *f)
{
    *f = (struct fit){.arrivals = {0}};
    sketch_init(&f->lengths);
    sharing_init(&f->sharing);
}

void fit_release(struct fit *f)
{
    sharing_release(&f->sharing);
    sketch_release(&f->lengths);
}

void fit_add(struct fit *f, const struct trace_row *row)
{
    sketch_add(&f->lengths, row->prompt_tokens, row->output_tokens);
    arrivals_add(&f->arrivals, row->due_ns);
    sharing_add(&f->sharing, row);
}

/* Length at a rank within a bucket of n; its lengths are taken as even. */
static double at_rank(size_t bucket, double rank, double n)
{
    double first = sketch_bucket_first(bucket), last = sketch_bucket_last(bucket);
    return first + (last - first) * (n > 0.0 ? fmin(rank / n, 1.0) : 0.0);
}

/* Sum of the lengths above a rank, over the number of them. */
static double mean_above(const double *counts, double rank, double total)
{
    double before = 0.0, sum = 0.0;
    for (size_t i = 0; i < SKETCH_BUCKETS; i++) {
        double skipped = fmin(fmax(rank - before, 0.0), counts[i]);
        double middle = at_rank(i, (skipped + counts[i]) / 2.0, counts[i]);
        sum += (counts[i] - skipped) * middle;
        before += counts[i];
    }
    return sum / (total - rank);
}

/* The end of the last step, so that its mean is that of the counts: a straight
 * line from q to top has the mean (q + top) / 2. */
static double top_knot(const double *counts, double rank, double total, double q,
                       double max)
{
    double top = 2.0 * mean_above(counts, rank, total) - q;
    return fmin(fmax(top, q), max);
}

/* n >= 2 equidistant quantiles of bucket counts that add up to total > 0. */
static void knots(const double *counts, double total, double max, uint32_t *out,
                  size_t n)
{
    double before = 0.0, q = 0.0, rank = 0.0;
    size_t bucket = 0;
    for (size_t i = 0; i + 1 < n; i++) {
        rank = total * (double)i / (double)(n - 1);
        while (bucket + 1 < SKETCH_BUCKETS && before + counts[bucket] <= rank)
            before += counts[bucket++];
        q = fmin(at_rank(bucket, rank - before, counts[bucket]), max);
        out[i] = (uint32_t)(q + 0.5);
    }
    out[n - 1] = (uint32_t)(top_knot(counts, rank, total, q, max) + 0.5);
}

/* Output counts of the prompts whose ranks are first..last; a bucket of prompts
 * that lies across a border counts with its share. */
static void outputs_between(const struct sketch *s, double first, double last,
                            double *counts)
{
    double before = 0.0;
    for (size_t k = 0; k < SKETCH_BUCKETS; k++)
        counts[k] = 0.0;
    for (size_t i = 0; i < SKETCH_BUCKETS && before < last; i++) {
        double n = (double)s->margin[SKETCH_PROMPT][i];
        double inside = fmin(last, before + n) - fmax(first, before);
        const uint32_t *row = s->table + i * SKETCH_BUCKETS;
        for (size_t k = 0; inside > 0.0 && k < SKETCH_BUCKETS; k++)
            counts[k] += row[k] * inside / n;
        before += n;
    }
}

static double sum_of(const double *counts)
{
    double sum = 0.0;
    for (size_t i = 0; i < SKETCH_BUCKETS; i++)
        sum += counts[i];
    return sum;
}

void fit_grid(const struct sketch *s, size_t bins, size_t points, struct grid *out)
{
    assert(s->count > 0);
    assert(bins >= 1 && bins <= FIT_BINS_MAX);
    assert(points >= 2 && points <= FIT_POINTS_MAX);
    *out = (struct grid){
        .bins = bins,
        .points = points,
        .prompt = xcalloc(bins + 1, sizeof *out->prompt),
        .output = xcalloc(bins * points, sizeof *out->output),
    };
    double *counts = xcalloc(SKETCH_BUCKETS, sizeof *counts);
    double total = (double)s->count, share = total / (double)bins;
    for (size_t i = 0; i < SKETCH_BUCKETS; i++)
        counts[i] = (double)s->margin[SKETCH_PROMPT][i];
    knots(counts, total, s->max[SKETCH_PROMPT], out->prompt, bins + 1);
    for (size_t b = 0; b < bins; b++) {
        double first = share * (double)b;
        outputs_between(s, first, b + 1 < bins ? first + share : total, counts);
        knots(counts, sum_of(counts), s->max[SKETCH_OUTPUT], out->output + b * points,
              points);
    }
    free(counts);
}

static void draw(const struct grid *g, struct sketch *out)
{
    struct rng r;
    rng_init(&r, 0, RNG_LENGTHS, 0);
    for (unsigned i = 0; i < DRAWS; i++) {
        uint32_t prompt, output;
        grid_draw(g, &r, &prompt, &output);
        sketch_add(out, prompt, output);
    }
}

void fit_model(const struct fit *f, size_t bins, size_t points, struct fit_model *out)
{
    *out = (struct fit_model){.plan = {0}};
    uint64_t filled = f->lengths.count / points; /* bins with a row per quantile */
    bins = filled < bins ? (size_t)filled : bins;
    fit_grid(&f->lengths, bins > 0 ? bins : 1, points, &out->grid);
    arrivals_summarise(&f->arrivals, &out->arrivals);
    out->plan = arrivals_plan(&out->arrivals);
    sharing_fit(&f->sharing, &out->grid, &out->sharing);
    sketch_init(&out->drawn);
    draw(&out->grid, &out->drawn);
}

void fit_model_release(struct fit_model *m)
{
    sketch_release(&m->drawn);
    grid_release(&m->grid);
}
