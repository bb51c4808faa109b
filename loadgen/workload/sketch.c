/* Counts of prompt and output lengths in buckets; see sketch.h. */
#include "workload/sketch.h"

#include <math.h>
#include <stdlib.h>

#define OCTAVE_SHIFT 6 /* log2 of SKETCH_PER_OCTAVE */
_Static_assert(1 << OCTAVE_SHIFT == SKETCH_PER_OCTAVE, "buckets are picked by shifts");
_Static_assert(SKETCH_EXACT == 2 * SKETCH_PER_OCTAVE, "widths go on from 1 to 2");

/* Octave k >= 1 holds 64 * 2^k .. 128 * 2^k - 1 in buckets 2^k wide. */
size_t sketch_bucket(uint32_t tokens)
{
    assert(tokens <= SKETCH_TOKENS_MAX);
    if (tokens < SKETCH_EXACT)
        return tokens;
    unsigned octave = (unsigned)(31 - __builtin_clz(tokens)) - OCTAVE_SHIFT;
    return (size_t)octave * SKETCH_PER_OCTAVE + (tokens >> octave);
}

uint32_t sketch_bucket_first(size_t bucket)
{
    assert(bucket < SKETCH_BUCKETS);
    if (bucket < SKETCH_EXACT)
        return (uint32_t)bucket;
    size_t octave = bucket / SKETCH_PER_OCTAVE - 1;
    return (uint32_t)((SKETCH_PER_OCTAVE + bucket % SKETCH_PER_OCTAVE) << octave);
}

uint32_t sketch_bucket_last(size_t bucket)
{
    return bucket + 1 < SKETCH_BUCKETS ? sketch_bucket_first(bucket + 1) - 1
                                       : SKETCH_TOKENS_MAX;
}

void sketch_init(struct sketch *s)
{
    *s = (struct sketch){.min = {UINT32_MAX, UINT32_MAX}};
    for (int axis = 0; axis < 2; axis++)
        s->margin[axis] = xcalloc(SKETCH_BUCKETS, sizeof *s->margin[axis]);
    s->table = xcalloc((size_t)SKETCH_BUCKETS * SKETCH_BUCKETS, sizeof *s->table);
}

void sketch_release(struct sketch *s)
{
    free(s->table);
    free(s->margin[SKETCH_OUTPUT]);
    free(s->margin[SKETCH_PROMPT]);
    *s = (struct sketch){0};
}

static size_t add_to_axis(struct sketch *s, enum sketch_axis axis, uint32_t tokens)
{
    size_t bucket = sketch_bucket(tokens);
    s->margin[axis][bucket]++;
    s->sum[axis] += tokens;
    s->sum_of_squares[axis] += (double)tokens * tokens;
    s->min[axis] = tokens < s->min[axis] ? tokens : s->min[axis];
    s->max[axis] = tokens > s->max[axis] ? tokens : s->max[axis];
    return bucket;
}

void sketch_add(struct sketch *s, uint32_t prompt, uint32_t output)
{
    assert(s->count < UINT32_MAX);
    size_t row = add_to_axis(s, SKETCH_PROMPT, prompt);
    size_t column = add_to_axis(s, SKETCH_OUTPUT, output);
    s->table[row * SKETCH_BUCKETS + column]++;
    s->sum_of_products += (double)prompt * output;
    s->count++;
}

double sketch_mean(const struct sketch *s, enum sketch_axis axis)
{
    assert(s->count > 0);
    return s->sum[axis] / (double)s->count;
}

double sketch_quantile(const struct sketch *s, enum sketch_axis axis, double p)
{
    assert(s->count > 0);
    assert(p >= 0.0 && p <= 1.0);
    double rank = p * (double)s->count, before = 0.0;
    for (size_t i = 0; i < SKETCH_BUCKETS; i++) {
        double n = (double)s->margin[axis][i];
        if (n > 0.0 && before + n >= rank) {
            double first = sketch_bucket_first(i), last = sketch_bucket_last(i);
            double x = first + (rank - before) / n * (last - first);
            return fmin(fmax(x, s->min[axis]), s->max[axis]);
        }
        before += n;
    }
    return s->max[axis];
}

static double correlation(double covariance, double variance_a, double variance_b)
{
    if (!(variance_a > 0.0 && variance_b > 0.0))
        return 0.0;
    return covariance / sqrt(variance_a * variance_b);
}

double sketch_pearson(const struct sketch *s)
{
    assert(s->count > 0);
    double n = (double)s->count, variance[2];
    double mean[2] = {sketch_mean(s, SKETCH_PROMPT), sketch_mean(s, SKETCH_OUTPUT)};
    for (int axis = 0; axis < 2; axis++) {
        variance[axis] = s->sum_of_squares[axis] / n - mean[axis] * mean[axis];
        if (s->min[axis] == s->max[axis])
            variance[axis] = 0.0; /* and not what rounding left of it */
    }
    double covariance = s->sum_of_products / n - mean[0] * mean[1];
    return correlation(covariance, variance[0], variance[1]);
}

/* Middle rank of each bucket, centred on 0; returns their variance. */
static double middle_ranks(const struct sketch *s, enum sketch_axis axis,
                           double ranks[SKETCH_BUCKETS])
{
    double centre = (double)s->count / 2.0, before = 0.0, squares = 0.0;
    for (size_t i = 0; i < SKETCH_BUCKETS; i++) {
        double n = (double)s->margin[axis][i];
        ranks[i] = before + n / 2.0 - centre;
        squares += n * ranks[i] * ranks[i];
        before += n;
    }
    return squares / (double)s->count;
}

double sketch_spearman(const struct sketch *s)
{
    assert(s->count > 0);
    double rows[SKETCH_BUCKETS], columns[SKETCH_BUCKETS];
    double variance_rows = middle_ranks(s, SKETCH_PROMPT, rows);
    double variance_columns = middle_ranks(s, SKETCH_OUTPUT, columns);
    double products = 0.0;
    for (size_t i = 0; i < SKETCH_BUCKETS; i++) {
        const uint32_t *row = s->table + i * SKETCH_BUCKETS;
        if (s->margin[SKETCH_PROMPT][i] == 0)
            continue;
        for (size_t k = 0; k < SKETCH_BUCKETS; k++)
            products += rows[i] * columns[k] * row[k];
    }
    return correlation(products / (double)s->count, variance_rows, variance_columns);
}

double sketch_distance(const struct sketch *a, const struct sketch *b,
                       enum sketch_axis axis)
{
    assert(a->count > 0 && b->count > 0);
    double below_a = 0.0, below_b = 0.0, greatest = 0.0;
    for (size_t i = 0; i < SKETCH_BUCKETS; i++) {
        below_a += (double)a->margin[axis][i];
        below_b += (double)b->margin[axis][i];
        double d = fabs(below_a / (double)a->count - below_b / (double)b->count);
        greatest = fmax(greatest, d);
    }
    return greatest;
}
