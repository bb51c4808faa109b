/* vLLM's result schema; see vllm_json.h. One row per metric that both know. */
#include "render/vllm_json.h"

#include "base/jout.h"

#include <math.h>
#include <stdio.h>

#define US_PER_MS 1e3

static const struct {
    const char *name; /* theirs */
    enum metric metric;
} metrics[] = {
    {"ttft", METRIC_TTFT_SENT},
    {"tpot", METRIC_TPOT},
    {"itl", METRIC_GAP},
    {"e2el", METRIC_E2E_SENT},
};

static const double percentiles[] = {90, 95, 99};

static void put_number(struct jout *j, const char *before, const char *name, double us)
{
    char key[64];
    (void)snprintf(key, sizeof key, "%s_%s_ms", before, name); /* fits */
    jout_num(j, key, us / US_PER_MS);
}

static void put_metric(struct jout *j, const char *name, const struct hist *h)
{
    if (h == NULL)
        return;
    put_number(j, "mean", name, hist_mean_us(h));
    put_number(j, "median", name, (double)hist_percentile_us(h, 50));
    put_number(j, "std", name, hist_stddev_us(h));
    for (size_t i = 0; i < ARRAY_LEN(percentiles); i++) {
        char before[16];
        (void)snprintf(before, sizeof before, "p%g", percentiles[i]); /* fits */
        put_number(j, before, name, (double)hist_percentile_us(h, percentiles[i]));
    }
}

static void put_load(struct jout *j, const struct summary *s)
{
    if (isfinite(s->rate_per_s))
        jout_num(j, "request_rate", s->rate_per_s);
    else
        jout_str(j, "request_rate", "inf");
    jout_num(j, "max_concurrency", s->users);
    jout_num(j, "duration", s->window_s);
}

void summary_vllm_json(const struct summary *s, struct buf *out)
{
    const struct totals *t = &s->window;
    struct jout j;
    jout_init(&j, out, true);
    jout_object(&j, NULL);
    jout_str(&j, "date", s->started);
    jout_str(&j, "backend", s->dialect);
    jout_str(&j, "model_id", s->model);
    jout_null(&j, "tokenizer_id");
    jout_u64(&j, "num_prompts", t->scheduled);
    put_load(&j, s);
    jout_u64(&j, "completed", t->succeeded);
    jout_u64(&j, "failed", t->scheduled - t->succeeded);
    jout_u64(&j, "total_input_tokens", t->prompt_tokens);
    jout_u64(&j, "total_output_tokens", t->output_tokens);
    jout_num(&j, "request_throughput", summary_per_s(s, t->succeeded));
    jout_num(&j, "request_goodput", summary_per_s(s, t->good));
    jout_num(&j, "output_throughput", summary_per_s(s, t->output_tokens));
    jout_num(&j, "total_token_throughput",
             summary_per_s(s, t->prompt_tokens + t->output_tokens));
    for (size_t i = 0; i < ARRAY_LEN(metrics); i++)
        put_metric(&j, metrics[i].name, s->latency[metrics[i].metric].hist);
    jout_end_object(&j);
    buf_putc(out, '\n');
}
