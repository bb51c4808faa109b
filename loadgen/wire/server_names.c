/* Whose series is what; see server_names.h. */
#include "wire/server_names.h"

#include "base/base.h"

#include <math.h>
#include <string.h>

#define MIB 1048576.0
#define PERCENT 0.01

/* Columns: series, family, metric, factor, a label that it must have. The first family
 * that is met names the source, so engines stand before exporters. */
static const struct name_row {
    const char *series, *family;
    enum server_metric metric;
    double factor;
    const char *label, *label_value;
} rows[] = {
#define ROW(series, family, metric)                                                    \
    {                                                                                  \
        series, family, SERVER_##metric, 1, NULL, NULL                                 \
    }
#define TIMES(series, family, metric)                                                  \
    ROW(series "_sum", family, metric##_SUM),                                          \
        ROW(series "_count", family, metric##_COUNT)
    ROW("vllm:num_requests_running", "vllm", RUNNING),
    ROW("vllm:num_requests_waiting", "vllm", QUEUE),
    ROW("vllm:kv_cache_usage_perc", "vllm", KV_USE),
    ROW("vllm:gpu_cache_usage_perc", "vllm", KV_USE),
    ROW("vllm:num_preemptions_total", "vllm", PREEMPTIONS),
    ROW("vllm:prefix_cache_queries_total", "vllm", CACHE_QUERIES),
    ROW("vllm:prefix_cache_hits_total", "vllm", CACHE_HITS),
    TIMES("vllm:time_to_first_token_seconds", "vllm", TTFT),
    TIMES("vllm:request_queue_time_seconds", "vllm", QUEUE),
    TIMES("vllm:request_prefill_time_seconds", "vllm", PREFILL),
    ROW("sglang:num_running_reqs", "sglang", RUNNING),
    ROW("sglang:num_queue_reqs", "sglang", QUEUE),
    ROW("sglang:token_usage", "sglang", KV_USE),
    ROW("sglang:cache_hit_rate", "sglang", CACHE_HIT_RATE),
    TIMES("sglang:time_to_first_token_seconds", "sglang", TTFT),
    TIMES("sglang:queue_time_seconds", "sglang", QUEUE),
    ROW("tgi_batch_current_size", "tgi", RUNNING),
    ROW("tgi_queue_size", "tgi", QUEUE),
    TIMES("tgi_request_queue_duration", "tgi", QUEUE),
    ROW("llamacpp:requests_processing", "llamacpp", RUNNING),
    ROW("llamacpp:requests_deferred", "llamacpp", QUEUE),
    ROW("llamacpp:kv_cache_usage_ratio", "llamacpp", KV_USE),
    ROW("trtllm_num_requests_running", "tensorrt-llm", RUNNING),
    ROW("trtllm_num_requests_waiting", "tensorrt-llm", QUEUE),
    ROW("trtllm_kv_cache_utilization", "tensorrt-llm", KV_USE),
    ROW("trtllm_kv_cache_hit_rate", "tensorrt-llm", CACHE_HIT_RATE),
    TIMES("trtllm_time_to_first_token_seconds", "tensorrt-llm", TTFT),
    TIMES("trtllm_request_queue_time_seconds", "tensorrt-llm", QUEUE),
    {"nv_trt_llm_request_metrics", "triton", SERVER_QUEUE, 1, "request_type",
     "waiting"},
    {"nv_trt_llm_request_metrics", "triton", SERVER_RUNNING, 1, "request_type",
     "scheduled"},
    {"nv_trt_llm_kv_cache_block_metrics", "triton", SERVER_KV_USE, 1,
     "kv_cache_block_type", "fraction"},
    ROW("nv_model_load_duration_secs", "triton", LOAD),
    ROW("lmdeploy:num_requests_running", "lmdeploy", RUNNING),
    ROW("lmdeploy:num_requests_waiting", "lmdeploy", QUEUE),
    ROW("lmdeploy:gpu_cache_usage_perc", "lmdeploy", KV_USE),
    ROW("lmdeploy:prefix_cache_hit_rate", "lmdeploy", CACHE_HIT_RATE),
    TIMES("lmdeploy:time_to_first_token_seconds", "lmdeploy", TTFT),
    TIMES("lmdeploy:request_queue_time_seconds", "lmdeploy", QUEUE),
    {"DCGM_FI_DEV_GPU_UTIL", "dcgm", SERVER_GPU_USE, PERCENT, NULL, NULL},
    {"DCGM_FI_DEV_FB_USED", "dcgm", SERVER_GPU_MEMORY_USED, MIB, NULL, NULL},
    {"DCGM_FI_DEV_FB_FREE", "dcgm", SERVER_GPU_MEMORY_FREE, MIB, NULL, NULL},
    ROW("node_load1", "node", HOST_LOAD),
    ROW("node_memory_MemAvailable_bytes", "node", HOST_MEMORY_FREE),
    /* of any program that uses Prometheus' own libraries: names no family */
    ROW("process_start_time_seconds", NULL, START),
#undef TIMES
#undef ROW
};

static bool fits(const struct name_row *row, const struct prometheus_sample *s)
{
    return prometheus_is(s, row->series) &&
           (row->label == NULL || prometheus_has(s, row->label, row->label_value));
}

/* Counts, shares, bytes and times: what is below zero is no measurement. */
static bool is_known(double value)
{
    return isfinite(value) && value >= 0;
}

static void merge(struct server_values *v, const struct name_row *row, double value,
                  uint32_t count[SERVER_METRICS])
{
    double *sum = &v->value[row->metric];
    value *= row->factor;
    bool is_first = count[row->metric]++ == 0;
    v->known |= UINT32_C(1) << row->metric;
    if (server_metric_rows[row->metric].merge == SERVER_MAX)
        *sum = is_first || value > *sum ? value : *sum;
    else
        *sum += value;
}

void server_values_read(struct server_values *v, const char *text, size_t length)
{
    uint32_t count[SERVER_METRICS] = {0};
    size_t best = ARRAY_LEN(rows);
    struct prometheus p = prometheus_of(text, length);
    struct prometheus_sample s;
    *v = (struct server_values){0};
    while (prometheus_next(&p, &s)) {
        for (size_t i = 0; i < ARRAY_LEN(rows) && is_known(s.value); i++) {
            if (!fits(&rows[i], &s))
                continue;
            merge(v, &rows[i], s.value, count);
            if (i < best && rows[i].family != NULL)
                best = i;
        }
    }
    for (int m = 0; m < SERVER_METRICS; m++)
        if (server_metric_rows[m].merge == SERVER_MEAN && count[m] > 0)
            v->value[m] /= count[m];
    v->family = best < ARRAY_LEN(rows) ? rows[best].family : NULL;
}
