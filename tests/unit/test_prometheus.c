/* Prometheus' text: every form of a line, and what servers' names become. */
#include "check.h"

#include "base/base.h"
#include "wire/server_names.h"

#include <math.h>

/* "name|labels|value" of each sample, in a row. */
static void every_line(void)
{
    static const struct {
        const char *line, *name, *labels;
        double value;
    } rows[] = {
        {"up 1", "up", "", 1},
        {"up 1\r", "up", "", 1},
        {"  up\t1.5e3 1792567690000", "up", "", 1500},
        {"up{} -2", "up", "", -2},
        {"a:b_c9{x=\"1\"} 7", "a:b_c9", "x=\"1\"", 7},
        {"a {x=\"1\",y=\"\"} 7", "a", "x=\"1\",y=\"\"", 7},
        {"a{x=\"}{ 9\"} 7", "a", "x=\"}{ 9\"", 7},
        {"a{x=\"q\\\"}\",} 7", "a", "x=\"q\\\"}\",", 7},
        {"a_bucket{le=\"+Inf\"} 4 # {trace=\"x\"} 0.5", "a_bucket", "le=\"+Inf\"", 4},
        {"a{x=\"\\\"} 9\",y=\"\\\\\"} 5", "a", "x=\"\\\"} 9\",y=\"\\\\\"", 5},
        {"a +Inf", "a", "", HUGE_VAL},
        {"a{x=\"1\"}7", "a", "x=\"1\"", 7},
        /* no samples */
        {"", NULL, NULL, 0},
        {"# HELP a b", NULL, NULL, 0},
        {"#", NULL, NULL, 0},
        {"a", NULL, NULL, 0},
        {"a ", NULL, NULL, 0},
        {"9a 1", NULL, NULL, 0},
        {"a-b 1", NULL, NULL, 0},
        {"a{x=\"1\" 7", NULL, NULL, 0},
        {"a{x=\"1} 7", NULL, NULL, 0},
        {"a{x=\"1\\", NULL, NULL, 0},
        {"a one", NULL, NULL, 0},
        {"a 1x", NULL, NULL, 0},
        {"<html>", NULL, NULL, 0},
        {"{\"a\":1}", NULL, NULL, 0},
        {"a 0000000000000000000000000000000000000000000000000000000000000000000001",
         NULL, NULL, 0},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct prometheus p = prometheus_of(rows[i].line, strlen(rows[i].line));
        struct prometheus_sample s;
        check_row = rows[i].line;
        CHECK_INT(prometheus_next(&p, &s), rows[i].name != NULL);
        bool is_comment = rows[i].line[0] == '\0' || rows[i].line[0] == '#';
        CHECK_INT(p.broken, rows[i].name == NULL && !is_comment);
        if (rows[i].name == NULL)
            continue;
        CHECK(prometheus_is(&s, rows[i].name));
        CHECK_INT(s.labels_length, strlen(rows[i].labels));
        CHECK(memcmp(s.labels, rows[i].labels, s.labels_length) == 0);
        CHECK(s.value == rows[i].value);
        CHECK(!prometheus_next(&p, &s));
    }
}

static void an_odd_line_costs_no_other(void)
{
    static const char text[] = "# TYPE a gauge\na 1\n???\n\nb 2\nc";
    struct prometheus p = prometheus_of(text, sizeof text - 1);
    struct prometheus_sample s;
    CHECK(prometheus_next(&p, &s) && prometheus_is(&s, "a"));
    CHECK(prometheus_next(&p, &s) && prometheus_is(&s, "b") && s.value == 2);
    CHECK(!prometheus_next(&p, &s));
    CHECK_INT(p.broken, 2);
}

static void labels_are_found(void)
{
    static const char line[] = "a{x=\"1\", yy = \"two\",z=\"q\\\"\"} 7";
    struct prometheus p = prometheus_of(line, sizeof line - 1);
    struct prometheus_sample s;
    CHECK(prometheus_next(&p, &s));
    CHECK(prometheus_has(&s, "x", "1") && prometheus_has(&s, "yy", "two"));
    CHECK(!prometheus_has(&s, "x", "2") && !prometheus_has(&s, "x", "11"));
    CHECK(!prometheus_has(&s, "y", "two") && !prometheus_has(&s, "w", ""));
    CHECK(!prometheus_is(&s, "aa") && !prometheus_is(&s, ""));
}

#define HAS(metric, expected)                                                          \
    {                                                                                  \
        SERVER_##metric, expected                                                      \
    }
static const struct {
    const char *family, *text;
    struct {
        enum server_metric metric;
        double value;
    } has[5]; /* then zeroes: that is "queue 0", which is no expectation */
} servers[] = {
    {"vllm",
     "vllm:num_requests_running{engine=\"0\",model_name=\"m\"} 3.0\n"
     "vllm:num_requests_running{engine=\"1\",model_name=\"m\"} 4.0\n"
     "vllm:num_requests_waiting{engine=\"0\"} 2\n"
     "vllm:num_requests_waiting_by_reason{reason=\"capacity\"} 99\n"
     "vllm:kv_cache_usage_perc{engine=\"0\"} 0.25\n"
     "vllm:kv_cache_usage_perc{engine=\"1\"} 0.75\n"
     "vllm:request_prefill_time_seconds_bucket{le=\"0.3\"} 4\n"
     "vllm:request_prefill_time_seconds_sum 1.5\n"
     "vllm:request_prefill_time_seconds_count 4\n",
     {HAS(RUNNING, 7), HAS(QUEUE, 2), HAS(KV_USE, 0.75), HAS(PREFILL_SUM, 1.5),
      HAS(PREFILL_COUNT, 4)}},
    {"sglang",
     "sglang:num_running_reqs 5\nsglang:num_queue_reqs 6\nsglang:token_usage 0.5\n"
     "sglang:cache_hit_rate{tp=\"0\"} 0.2\nsglang:cache_hit_rate{tp=\"1\"} 0.4\n",
     {HAS(RUNNING, 5), HAS(QUEUE, 6), HAS(KV_USE, 0.5), HAS(CACHE_HIT_RATE, 0.3)}},
    {"tgi",
     "tgi_batch_current_size 8\ntgi_queue_size 9\ntgi_request_queue_duration_sum 1.25\n"
     "tgi_request_queue_duration_count 10\n",
     {HAS(RUNNING, 8), HAS(QUEUE, 9), HAS(QUEUE_SUM, 1.25), HAS(QUEUE_COUNT, 10)}},
    {"llamacpp",
     "llamacpp:requests_processing 1\nllamacpp:requests_deferred 2\n",
     {HAS(RUNNING, 1), HAS(QUEUE, 2)}},
    {"tensorrt-llm",
     "trtllm_num_requests_running 1\ntrtllm_num_requests_waiting 2\n"
     "trtllm_kv_cache_utilization 0.5\n",
     {HAS(RUNNING, 1), HAS(QUEUE, 2), HAS(KV_USE, 0.5)}},
    {"triton",
     "nv_trt_llm_request_metrics{request_type=\"waiting\",version=\"1\"} 2\n"
     "nv_trt_llm_request_metrics{request_type=\"scheduled\",version=\"1\"} 3\n"
     "nv_trt_llm_request_metrics{request_type=\"max\",version=\"1\"} 99\n",
     {HAS(QUEUE, 2), HAS(RUNNING, 3)}},
    {"lmdeploy",
     "lmdeploy:num_requests_running 1\nlmdeploy:num_requests_waiting 2\n"
     "lmdeploy:gpu_cache_usage_perc 0.5\nlmdeploy:prefix_cache_hit_rate 0.125\n",
     {HAS(RUNNING, 1), HAS(QUEUE, 2), HAS(KV_USE, 0.5), HAS(CACHE_HIT_RATE, 0.125)}},
    {"dcgm",
     "DCGM_FI_DEV_GPU_UTIL{gpu=\"0\"} 90\nDCGM_FI_DEV_GPU_UTIL{gpu=\"1\"} 70\n"
     "DCGM_FI_DEV_FB_USED{gpu=\"0\"} 2\nDCGM_FI_DEV_FB_USED{gpu=\"1\"} 1\n",
     {HAS(GPU_USE, 0.8), HAS(GPU_MEMORY_USED, 3 * 1048576.0)}},
    {"node",
     "node_load1 1.5\nnode_memory_MemAvailable_bytes 1e9\n",
     {HAS(HOST_LOAD, 1.5), HAS(HOST_MEMORY_FREE, 1e9)}},
    {NULL, "process_start_time_seconds 1.792e9\n", {HAS(START, 1.792e9)}},
    /* the engine names the source, wherever its lines stand */
    {"vllm",
     "process_start_time_seconds 5\nnode_load1 1\nvllm:num_requests_running NaN\n"
     "vllm:num_preemptions_total 12\n",
     {HAS(PREEMPTIONS, 12), HAS(HOST_LOAD, 1), HAS(START, 5)}},
    /* what is below zero, and names that only contain a known one */
    {"tgi",
     "tgi_queue_size -1\ntgi_queue_size_total 5\nxtgi_queue_size 5\n"
     "tgi_batch_current_size 8\r\n",
     {HAS(RUNNING, 8)}},
    {NULL, "python_info 1\n# nothing\n", {HAS(QUEUE, 0)}},
};

static void every_server(void)
{
    for (size_t i = 0; i < ARRAY_LEN(servers); i++) {
        struct server_values v;
        uint32_t expected = 0;
        check_row = servers[i].text;
        server_values_read(&v, servers[i].text, strlen(servers[i].text));
        for (size_t k = 0; k < ARRAY_LEN(servers[i].has); k++) {
            enum server_metric m = servers[i].has[k].metric;
            if (m == SERVER_QUEUE && servers[i].has[k].value == 0)
                continue;
            expected |= UINT32_C(1) << m;
            CHECK_NEAR(v.value[m], servers[i].has[k].value, 1e-9);
        }
        CHECK_INT(v.known, expected);
        if (servers[i].family == NULL)
            CHECK(v.family == NULL);
        else
            CHECK_STR(v.family, servers[i].family);
    }
}

static void names_are_found(void)
{
    CHECK_INT(server_metric_find("kv_use"), SERVER_KV_USE);
    CHECK_INT(server_metric_find("nonsense"), SERVER_METRICS);
}

int main(void)
{
    RUN(every_line);
    RUN(an_odd_line_costs_no_other);
    RUN(labels_are_found);
    RUN(every_server);
    RUN(names_are_found);
    return check_report();
}
