/*
 * Fitting: sketches, arrival statistics, prefix sharing and the grid, against
 * samples whose law is known.
 */
#include "check.h"

#include "workload/fit.h"
#include "workload/profile.h"

#include <math.h>
#include <stdlib.h>

static void buckets(void)
{
    static const struct {
        uint32_t tokens;
        size_t bucket;
        uint32_t first, last;
    } rows[] = {
        {0, 0, 0, 0},
        {127, 127, 127, 127},
        {128, 128, 128, 129},
        {255, 191, 254, 255},
        {256, 192, 256, 259},
        {SKETCH_TOKENS_MAX, SKETCH_BUCKETS - 1, 16646144, SKETCH_TOKENS_MAX},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        CHECK_INT(sketch_bucket(rows[i].tokens), rows[i].bucket);
        CHECK_INT(sketch_bucket_first(rows[i].bucket), rows[i].first);
        CHECK_INT(sketch_bucket_last(rows[i].bucket), rows[i].last);
    }
    for (size_t b = 0; b + 1 < SKETCH_BUCKETS; b++) { /* no hole, no overlap */
        CHECK_INT(sketch_bucket(sketch_bucket_last(b)), b);
        CHECK_INT(sketch_bucket(sketch_bucket_last(b) + 1), b + 1);
    }
}

static void sketch_of_known_pairs(void)
{
    struct sketch s;
    sketch_init(&s);
    for (uint32_t i = 1; i <= 100; i++)
        sketch_add(&s, i, 2 * i * i); /* ascends, not straight */
    CHECK_NEAR(sketch_mean(&s, SKETCH_PROMPT), 50.5, 1e-12);
    CHECK_NEAR(sketch_mean(&s, SKETCH_OUTPUT), 6767.0, 1e-9);
    CHECK_NEAR(sketch_quantile(&s, SKETCH_PROMPT, 0.0), 1.0, 0.0);
    CHECK_NEAR(sketch_quantile(&s, SKETCH_PROMPT, 0.5), 50.0, 0.0);
    CHECK_NEAR(sketch_quantile(&s, SKETCH_PROMPT, 0.99), 99.0, 0.0);
    CHECK_NEAR(sketch_quantile(&s, SKETCH_OUTPUT, 1.0), 20000.0, 0.0);
    CHECK_NEAR(sketch_quantile(&s, SKETCH_OUTPUT, 0.5), 5000.0, 5000.0 * 0.016);
    CHECK_NEAR(sketch_pearson(&s), 0.9688545, 1e-6); /* of 1..100 and its squares */
    CHECK_NEAR(sketch_spearman(&s), 1.0, 1e-3); /* the shortest pairs share buckets */
    sketch_release(&s);
}

/* Tied ranks: prompts 1 1 2 2 against outputs 1 2 1 2 have none, 1 2 2 1 too; the
 * third row is textbook: ranks 1.5 1.5 3 4 against 1 2.5 2.5 4. */
static void ties_share_ranks(void)
{
    static const struct {
        uint32_t prompts[4], outputs[4];
        double expected;
    } rows[] = {
        {{1, 1, 2, 2}, {1, 2, 1, 2}, 0.0},
        {{1, 1, 1, 1}, {1, 2, 3, 4}, 0.0},
        {{10, 10, 20, 30}, {5, 6, 6, 7}, 0.8333333},
        {{4, 3, 2, 1}, {1, 20, 300, 4000}, -1.0},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct sketch s;
        sketch_init(&s);
        for (size_t k = 0; k < 4; k++)
            sketch_add(&s, rows[i].prompts[k], rows[i].outputs[k]);
        CHECK_NEAR(sketch_spearman(&s), rows[i].expected, 1e-6);
        sketch_release(&s);
    }
}

static void distance_of_shifted_samples(void)
{
    struct sketch a, b;
    sketch_init(&a);
    sketch_init(&b);
    for (uint32_t i = 0; i < 100; i++) {
        sketch_add(&a, i, 7);
        sketch_add(&b, i + 25, i < 40 ? 7 : 9);
    }
    CHECK_NEAR(sketch_distance(&a, &b, SKETCH_PROMPT), 0.25, 1e-12);
    CHECK_NEAR(sketch_distance(&a, &b, SKETCH_OUTPUT), 0.6, 1e-12);
    CHECK_NEAR(sketch_distance(&a, &a, SKETCH_PROMPT), 0.0, 0.0);
    sketch_release(&b);
    sketch_release(&a);
}

static struct arrivals_summary summary_of(struct arrivals *a)
{
    struct arrivals_summary s;
    arrivals_summarise(a, &s);
    return s;
}

static void arrivals_of_known_processes(void)
{
    struct arrivals constant = {0}, poisson = {0}, pairs = {0}, one = {0};
    struct rng r;
    rng_init(&r, 1, RNG_ARRIVAL, 0);
    double at_s = 0.0;
    for (int64_t i = 0; i < 100000; i++) {
        arrivals_add(&constant, 5 * NS_PER_S + i * NS_PER_S / 20);
        arrivals_add(&pairs, i / 2 * NS_PER_S);
        arrivals_add(&poisson, (int64_t)(at_s * 1e9));
        at_s += rng_exponential(&r) / 50.0;
    }
    struct arrivals_summary s = summary_of(&constant);
    CHECK_NEAR(s.rate_per_s, 20.0, 1e-9);
    CHECK_NEAR(s.cv, 0.0, 1e-6);
    CHECK_NEAR(s.idc[0], 0.0, 1e-9);
    CHECK_INT(s.peak_per_s, 20);
    s = summary_of(&poisson); /* IDC of 2,000 windows: sd sqrt(2/2000) = 0.03 */
    CHECK_NEAR(s.rate_per_s, 50.0, 0.6);
    CHECK_NEAR(s.cv, 1.0, 0.02);
    CHECK_NEAR(s.idc[0], 1.0, 0.12);
    CHECK_NEAR(s.idc[1], 1.0, 0.4);
    CHECK(arrivals_plan(&s).kind == ARRIVAL_POISSON);
    s = summary_of(&pairs); /* gaps 0, 1, 0, 1 ...: mean 1/2, sd 1/2 */
    CHECK_NEAR(s.cv, 1.0, 1e-4);
    CHECK_INT(s.peak_per_s, 2);
    arrivals_add(&one, 7);
    s = summary_of(&one);
    CHECK(isnan(s.rate_per_s) && isnan(s.cv) && isnan(s.idc[0]));
    CHECK_NEAR(arrivals_plan(&s).rate_per_s, 1.0, 0.0);
}

/* 30 arrivals in one second of a hundred: mean 0.3, sum of squares 900. */
static void empty_windows_count(void)
{
    struct arrivals a = {0};
    for (int64_t i = 0; i < 30; i++)
        arrivals_add(&a, i * NS_PER_MS);
    arrivals_add(&a, 100 * NS_PER_S);
    struct arrivals_summary s = summary_of(&a);
    CHECK_NEAR(s.idc[0], (900.0 - 9.0) / 99.0 / 0.3, 1e-9);
    CHECK(isnan(s.idc[2])); /* only one whole minute */
}

static void plans(void)
{
    static const struct {
        double cv, planned;
        enum arrival_kind kind;
    } rows[] = {
        {1.09, 1.0, ARRIVAL_POISSON}, {0.91, 1.0, ARRIVAL_POISSON},
        {1.2, 1.2, ARRIVAL_GAMMA},    {0.5, 0.5, ARRIVAL_GAMMA},
        {13.15, 6.0, ARRIVAL_GAMMA},  {0.05, 0.0, ARRIVAL_CONSTANT},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct arrivals_summary s = {.rate_per_s = 3.0, .cv = rows[i].cv};
        struct arrival_plan p = arrivals_plan(&s);
        CHECK_INT(p.kind, rows[i].kind);
        CHECK_NEAR(p.cv, rows[i].planned, 0.0);
        CHECK_NEAR(p.rate_per_s, 3.0, 0.0);
    }
}

static void hits_are_leading_blocks(void)
{
    static const struct {
        uint32_t prompt, count;
        uint64_t blocks[3];
        double hit_tokens; /* of all rows so far */
    } rows[] = {
        {30, 3, {1, 2, 3}, 0},  /* all new */
        {25, 3, {1, 2, 4}, 20}, /* two blocks came before */
        {25, 3, {9, 2, 4}, 20}, /* a new first block: what follows is another text */
        {8, 1, {9}, 28},        /* never more than the prompt has */
    };
    struct sharing s;
    sharing_init(&s);
    double prompts = 0.0;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        sharing_add(&s, &(struct trace_row){.number = i,
                                            .prompt_tokens = rows[i].prompt,
                                            .blocks = rows[i].blocks,
                                            .block_count = rows[i].count,
                                            .block_tokens = 10});
        prompts += rows[i].prompt;
        CHECK_NEAR(s.hit_tokens, rows[i].hit_tokens, 0.0);
    }
    CHECK_INT(s.hit_rows, 2);
    CHECK_NEAR(sharing_hit_ratio(&s), 28.0 / prompts, 1e-12);
    sharing_release(&s);
}

static void sharing_stops_when_full(void)
{
    struct sharing s;
    sharing_init(&s);
    static uint64_t ids[4096];
    for (uint64_t row = 0; row < 200; row++) {
        for (uint64_t i = 0; i < ARRAY_LEN(ids); i++)
            ids[i] = row * ARRAY_LEN(ids) + i;
        sharing_add(&s, &(struct trace_row){.number = row,
                                            .prompt_tokens = 4096,
                                            .blocks = ids,
                                            .block_count = ARRAY_LEN(ids),
                                            .block_tokens = 1});
    }
    CHECK(s.is_full);
    CHECK_INT(s.block_count, SHARING_BLOCKS_MAX);
    CHECK_INT(s.rows, SHARING_BLOCKS_MAX / ARRAY_LEN(ids) + 1);
    sharing_release(&s);
}

/* Prompts of 1,000 tokens, half of them with one of 8 prefixes of 40 x 10 tokens
 * in turn: the plan must find the ratio, the share and the groups. */
static void plan_of_known_sharing(void)
{
    struct sharing s;
    uint64_t ids[100];
    uint32_t prompt[2] = {1000, 1000}, output[2] = {1, 1};
    struct grid prompts = {1, 2, prompt, output};
    struct sharing_plan plan;
    sharing_init(&s);
    for (uint64_t row = 0; row < 4000; row++) {
        for (uint64_t i = 0; i < 100; i++)
            ids[i] = row % 2 == 0 && i < 40 ? 1 + row / 2 % 8 * 40 + i
                                            : (row + 10) * 100 + i;
        sharing_add(&s, &(struct trace_row){.number = row,
                                            .prompt_tokens = 1000,
                                            .blocks = ids,
                                            .block_count = 100,
                                            .block_tokens = 10});
    }
    CHECK_NEAR(sharing_hit_ratio(&s), 0.4 * (2000 - 8) / 4000, 1e-9);
    sharing_fit(&s, &prompts, &plan);
    CHECK_NEAR(plan.share, 0.5, 0.005);
    CHECK_NEAR(plan.groups, 8, 4); /* distances are known to an octave */
    CHECK_NEAR(plan.tokens[SHARING_POINTS / 2], 400, 20);
    CHECK_NEAR(plan.hit_ratio, sharing_hit_ratio(&s), 0.005);
    sharing_release(&s);
}

struct pair {
    double prompt, output;
};

/* Lognormal prompts (median 800) with outputs that share half their variance. */
static struct pair draw_lognormal(struct rng *r)
{
    double a = rng_normal(r), b = rng_normal(r);
    return (struct pair){rng_exp(6.7 + 0.9 * a), rng_exp(4.6 + 0.6 * a + 0.6 * b)};
}

/* Half the prompts are one template; outputs are short or long, never between. */
static struct pair draw_lumps(struct rng *r)
{
    double prompt = rng_unit(r) < 0.5 ? 512.0 : 100.0 + 3000.0 * rng_unit(r);
    double output = rng_unit(r) < 0.7 ? 1.0 + floor(20.0 * rng_unit(r)) : 900.0;
    return (struct pair){prompt, output};
}

static struct pair draw_constant(struct rng *r)
{
    (void)r;
    return (struct pair){300.0, 64.0};
}

/* Draws of the law, fitted with the product's own numbers of bins. */
static void fits_are_close(void)
{
    static const struct {
        const char *name;
        struct pair (*draw)(struct rng *r);
        double distance, mean_error;
    } rows[] = {
        {"lognormal", draw_lognormal, 0.012, 0.01},
        {"lumps", draw_lumps, 0.035, 0.02},
        {"constant", draw_constant, 0.0, 1e-9},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        check_row = rows[i].name;
        struct rng r;
        struct fit f;
        struct fit_model m;
        rng_init(&r, 7, RNG_LENGTHS, i);
        fit_init(&f);
        for (uint64_t k = 0; k < 50000; k++) {
            struct pair p = rows[i].draw(&r);
            fit_add(&f,
                    &(struct trace_row){.number = k,
                                        .due_ns = (int64_t)k * NS_PER_MS,
                                        .prompt_tokens = (uint32_t)(p.prompt + 0.5),
                                        .output_tokens = (uint32_t)(p.output + 0.5)});
        }
        fit_model(&f, 100, 25, &m);
        for (int axis = 0; axis < 2; axis++) {
            double mean = sketch_mean(&f.lengths, (enum sketch_axis)axis);
            double d = sketch_distance(&f.lengths, &m.drawn, (enum sketch_axis)axis);
            CHECK_NEAR(d, 0.0, rows[i].distance);
            CHECK_NEAR(sketch_mean(&m.drawn, (enum sketch_axis)axis) / mean, 1.0,
                       rows[i].mean_error);
        }
        CHECK_NEAR(sketch_spearman(&m.drawn), sketch_spearman(&f.lengths), 0.01);
        CHECK_NEAR(sketch_pearson(&m.drawn), sketch_pearson(&f.lengths), 0.03);
        fit_model_release(&m);
        fit_release(&f);
    }
}

static void small_traces_get_few_bins(void)
{
    static const struct {
        uint32_t rows;
        size_t bins;
    } rows[] = {{1, 1}, {24, 1}, {50, 2}, {250, 10}, {100000, 100}};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct fit f;
        struct fit_model m;
        fit_init(&f);
        for (uint32_t k = 0; k < rows[i].rows; k++)
            fit_add(&f,
                    &(struct trace_row){.prompt_tokens = k + 1, .output_tokens = 1});
        fit_model(&f, 100, 25, &m);
        CHECK_INT(m.grid.bins, rows[i].bins);
        CHECK_INT(m.grid.prompt[0], 1);
        for (size_t b = 0; b < m.grid.bins; b++)
            CHECK(m.grid.prompt[b] <= m.grid.prompt[b + 1]);
        fit_model_release(&m);
        fit_release(&f);
    }
}

/* The document must be one that the profile parser takes, and say the same. */
static void document_reads_back(void)
{
    struct fit f;
    struct fit_model m;
    struct buf text;
    struct err e = {0};
    uint64_t ids[2] = {0, 0};
    fit_init(&f);
    buf_init(&text, 1u << 20);
    for (uint32_t k = 0; k < 1000; k++) {
        ids[1] = k;
        fit_add(&f, &(struct trace_row){.number = k,
                                        .due_ns = (int64_t)(k / 10) * NS_PER_S,
                                        .prompt_tokens = 1000 + k,
                                        .output_tokens = 1000 - k % 7,
                                        .blocks = ids,
                                        .block_count = 2,
                                        .block_tokens = 512});
    }
    fit_model(&f, 10, 5, &m);
    struct fit_labels labels = {
        .name = "x", .title = "A \"title\"", .licence = "CC-BY"};
    fit_write_profile(&m, &labels, &text);
    struct profile *p = profile_parse(text.data, text.len, &e);
    CHECK_STR(e.text, "");
    if (p != NULL) {
        const struct request_class *c = &p->classes[0];
        CHECK_STR(p->title, "A \"title\"");
        CHECK_STR(p->licence, "CC-BY");
        CHECK_INT(p->arrival.kind, ARRIVAL_GAMMA);
        CHECK_NEAR(p->arrival.cv, 3.015, 0.006); /* 900 gaps of 0, 99 of 1 s */
        CHECK_INT(c->grid.bins, 10);
        CHECK(memcmp(c->grid.output, m.grid.output, 50 * sizeof(uint32_t)) == 0);
        CHECK_INT(c->prefix.groups, m.sharing.groups);
        CHECK_NEAR(c->prefix.share, m.sharing.share, 0.005);
        CHECK_NEAR(m.sharing.hit_ratio, sharing_hit_ratio(&f.sharing), 0.005);
    }
    profile_free(p);
    fit_model_release(&m);
    fit_release(&f);
    buf_release(&text);
}

int main(void)
{
    RUN(buckets);
    RUN(sketch_of_known_pairs);
    RUN(ties_share_ranks);
    RUN(distance_of_shifted_samples);
    RUN(arrivals_of_known_processes);
    RUN(empty_windows_count);
    RUN(plans);
    RUN(hits_are_leading_blocks);
    RUN(sharing_stops_when_full);
    RUN(plan_of_known_sharing);
    RUN(fits_are_close);
    RUN(small_traces_get_few_bins);
    RUN(document_reads_back);
    return check_report();
}
