/* Prefix sharing of a trace; see sharing.h. */
#include "workload/sharing.h"

#include <math.h>
#include <stdlib.h>

#define SLOTS (2 * SHARING_BLOCKS_MAX) /* a power of two, at most half full */
#define DISTANCES 64
#define SIMULATED_ROWS_MAX 100000
#define SCALE_STEPS 16
#define SCALE_MAX 64.0
#define SHORT_SHARE 0.1
#define GROUPS_MAX 1e6

/* A slot of the hash table; last_row 0: free, else the row's number + 1. */
struct sharing_block {
    uint64_t id;
    uint64_t last_row;
};

void sharing_init(struct sharing *s)
{
    *s = (struct sharing){
        .hits = xcalloc(SKETCH_BUCKETS, sizeof *s->hits),
        .distances = xcalloc(DISTANCES, sizeof *s->distances),
    };
}

void sharing_release(struct sharing *s)
{
    free(s->blocks);
    free(s->distances);
    free(s->hits);
    *s = (struct sharing){0};
}

/* The slot of an id, or the free one where it belongs. */
static struct sharing_block *find(const struct sharing *s, uint64_t id)
{
    size_t i = (size_t)rng_hash(0, RNG_PREFIX, id) & (SLOTS - 1);
    while (s->blocks[i].last_row != 0 && s->blocks[i].id != id)
        i = (i + 1) & (SLOTS - 1);
    return &s->blocks[i];
}

/* Leading blocks that came in an earlier row; *last_row is that of the last. */
static uint32_t leading_hits(const struct sharing *s, const struct trace_row *row,
                             uint64_t *last_row)
{
    uint32_t n = 0;
    for (; n < row->block_count; n++) {
        const struct sharing_block *b = find(s, row->blocks[n]);
        if (b->last_row == 0)
            break;
        *last_row = b->last_row;
    }
    return n;
}

static void remember(struct sharing *s, const struct trace_row *row)
{
    for (uint32_t i = 0; i < row->block_count; i++) {
        struct sharing_block *b = find(s, row->blocks[i]);
        if (b->last_row == 0) {
            s->is_full = s->block_count == SHARING_BLOCKS_MAX;
            if (s->is_full)
                return;
            b->id = row->blocks[i];
            s->block_count++;
        }
        b->last_row = row->number + 1;
    }
}

static unsigned log2_of(uint64_t n)
{
    assert(n > 0);
    return 63 - (unsigned)__builtin_clzll(n);
}

void sharing_add(struct sharing *s, const struct trace_row *row)
{
    if (row->block_count == 0 || s->is_full)
        return;
    if (s->blocks == NULL)
        s->blocks = xcalloc(SLOTS, sizeof *s->blocks);
    uint64_t last_row = 0;
    uint64_t tokens = (uint64_t)leading_hits(s, row, &last_row) * row->block_tokens;
    if (tokens > row->prompt_tokens)
        tokens = row->prompt_tokens; /* the last block is rarely a whole one */
    if (tokens > 0) {
        s->hits[sketch_bucket((uint32_t)tokens)]++;
        s->distances[log2_of(row->number + 1 - last_row)] += (double)tokens;
        s->hit_rows++;
    }
    s->rows++;
    s->prompt_tokens += row->prompt_tokens;
    s->hit_tokens += (double)tokens;
    remember(s, row);
}

double sharing_hit_ratio(const struct sharing *s)
{
    return s->prompt_tokens > 0.0 ? s->hit_tokens / s->prompt_tokens : 0.0;
}

/* Rows until a prefix comes back: the median over the tokens that came back. */
static double reuse_distance(const struct sharing *s)
{
    double before = 0.0, half = s->hit_tokens / 2.0;
    unsigned i = 0;
    while (i + 1 < DISTANCES && before + s->distances[i] < half)
        before += s->distances[i++];
    double within = s->distances[i] > 0.0 ? (half - before) / s->distances[i] : 0.0;
    return ldexp(1.0 + within, (int)i);
}

/* The bucket from which on hits count: shorter ones are a tenth of the tokens. */
static size_t shortest_bucket(const struct sharing *s)
{
    double tokens = 0.0;
    size_t i = 0;
    for (; i + 1 < SKETCH_BUCKETS; i++) {
        tokens += (double)s->hits[i] * sketch_bucket_first(i);
        if (tokens > s->hit_tokens * SHORT_SHARE)
            break;
    }
    return i;
}

static void hit_quantiles(const struct sharing *s, double out[SHARING_POINTS])
{
    size_t shortest = shortest_bucket(s), point = 0;
    double count = 0.0, before = 0.0;
    for (size_t i = shortest; i < SKETCH_BUCKETS; i++)
        count += (double)s->hits[i];
    for (size_t i = shortest; i < SKETCH_BUCKETS; i++) {
        before += (double)s->hits[i];
        for (; point < SHARING_POINTS && s->hits[i] > 0 &&
               before / count * (SHARING_POINTS - 1) >= (double)point;
             point++)
            out[point] = sketch_bucket_first(i);
    }
    assert(point == SHARING_POINTS);
}

static uint32_t draw_quantile(const uint32_t *tokens, struct rng *r)
{
    double at = rng_unit(r) * (SHARING_POINTS - 1);
    size_t i = (size_t)at;
    double low = tokens[i], high = tokens[i + 1];
    return (uint32_t)(low + (high - low) * (at - (double)i));
}

/* The ideal hit ratio of a plan over rows requests, each group's first use a miss.
 * Lengths of groups are drawn anew for each use, which is what the mean over many
 * seeds would show. */
static double simulate(const struct sharing_plan *plan, const struct grid *prompts,
                       uint64_t rows)
{
    double prompt_tokens = 0.0, hit_tokens = 0.0;
    struct rng r;
    rng_init(&r, 0, RNG_PREFIX, 0);
    bool *is_warm = xcalloc(plan->groups, sizeof *is_warm);
    for (uint64_t i = 0; i < rows; i++) {
        uint32_t prompt, output;
        grid_draw(prompts, &r, &prompt, &output);
        prompt_tokens += prompt;
        uint64_t group = rng_below(&r, plan->groups);
        uint32_t tokens = draw_quantile(plan->tokens, &r);
        if (rng_unit(&r) >= plan->share)
            continue;
        if (is_warm[group])
            hit_tokens += tokens < prompt ? tokens : prompt;
        is_warm[group] = true;
    }
    free(is_warm);
    return prompt_tokens > 0.0 ? hit_tokens / prompt_tokens : 0.0;
}

static void set_tokens(struct sharing_plan *plan, const double *tokens, double scale)
{
    for (size_t i = 0; i < SHARING_POINTS; i++)
        plan->tokens[i] =
            (uint32_t)fmin(tokens[i] * scale + 0.5, (double)GRID_TOKENS_MAX);
}

/* Bisection; the ratio grows with the lengths. */
static void scale_tokens(struct sharing_plan *plan, const double *tokens, double wanted,
                         const struct grid *prompts, uint64_t rows)
{
    double low = 1.0, high = SCALE_MAX;
    for (int i = 0; i < SCALE_STEPS; i++) {
        double scale = sqrt(low * high);
        set_tokens(plan, tokens, scale);
        plan->hit_ratio = simulate(plan, prompts, rows);
        if (plan->hit_ratio < wanted)
            low = scale;
        else
            high = scale;
    }
}

void sharing_fit(const struct sharing *s, const struct grid *prompts,
                 struct sharing_plan *out)
{
    *out = (struct sharing_plan){0};
    if (s->hit_rows == 0)
        return;
    double tokens[SHARING_POINTS], wanted = sharing_hit_ratio(s);
    uint64_t rows = s->rows < SIMULATED_ROWS_MAX ? s->rows : SIMULATED_ROWS_MAX;
    hit_quantiles(s, tokens);
    set_tokens(out, tokens, 1.0);
    out->share = 1.0;
    out->groups = (uint32_t)fmin(fmax(1.0, reuse_distance(s)), GROUPS_MAX);
    double all = simulate(out, prompts, rows);
    if (all < wanted) {
        scale_tokens(out, tokens, wanted, prompts, rows);
        return;
    }
    out->share = wanted / all;
    out->groups = (uint32_t)fmax(1.0, out->groups * out->share + 0.5);
    out->hit_ratio = simulate(out, prompts, rows);
}
