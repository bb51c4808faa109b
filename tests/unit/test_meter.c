#include "check.h"
#include "fixtures/meter.h"

static bool has(const struct buf *b, const char *line)
{
    return strstr(b->data, line) != NULL;
}

#define TTFT "vllm:time_to_first_token_seconds"
#define MODEL "{engine=\"0\",model_name=\"m\""

/* Values on an edge belong below it; the last bucket holds everything. */
static void buckets_are_cumulative(void)
{
    struct meter m = {0};
    struct meter_now now = {
        .running = 2, .waiting = 3, .cache_share = 0.25, .model = "m"};
    struct buf b;
    buf_init(&b, 1u << 16);
    meter_time(&m, METER_TTFT, 1 * NS_PER_MS);
    meter_time(&m, METER_TTFT, 3 * NS_PER_MS);
    meter_time(&m, METER_TTFT, 1000 * NS_PER_S);
    meter_print(&m, &now, &b);
    CHECK(has(&b, TTFT "_bucket" MODEL ",le=\"0.001\"} 1\n"));
    CHECK(has(&b, TTFT "_bucket" MODEL ",le=\"0.005\"} 2\n"));
    CHECK(has(&b, TTFT "_bucket" MODEL ",le=\"160\"} 2\n"));
    CHECK(has(&b, TTFT "_bucket" MODEL ",le=\"+Inf\"} 3\n"));
    CHECK(has(&b, TTFT "_count" MODEL "} 3\n"));
    CHECK(has(&b, TTFT "_sum" MODEL "} 1000.004\n"));
    CHECK(has(&b, "vllm:e2e_request_latency_seconds_count" MODEL "} 0\n"));
    buf_release(&b);
}

static void counters_and_gauges(void)
{
    struct meter m = {.generated_tokens = 7, .cache_hits = 5, .finished_length = 4};
    struct meter_now now = {
        .running = 2, .waiting = 3, .cache_share = 0.25, .model = "m"};
    struct buf b;
    buf_init(&b, 1u << 16);
    meter_print(&m, &now, &b);
    CHECK(has(&b, "# TYPE vllm:num_requests_running gauge\n"));
    CHECK(has(&b, "vllm:num_requests_running" MODEL "} 2\n"));
    CHECK(has(&b, "vllm:num_requests_waiting" MODEL "} 3\n"));
    CHECK(has(&b, "vllm:kv_cache_usage_perc" MODEL "} 0.25\n"));
    CHECK(has(&b, "vllm:generation_tokens_total" MODEL "} 7\n"));
    CHECK(has(&b, "vllm:prefix_cache_hits_total" MODEL "} 5\n"));
    CHECK(
        has(&b, "vllm:request_success_total" MODEL ",finished_reason=\"length\"} 4\n"));
    const char *type = "# TYPE vllm:request_success_total counter\n";
    const char *first = strstr(b.data, type);
    CHECK(first && !strstr(first + 1, type)); /* one line for all its labels */
    CHECK(!b.is_full);
    buf_release(&b);
}

int main(void)
{
    RUN(buckets_are_cumulative);
    RUN(counters_and_gauges);
    return check_report();
}
