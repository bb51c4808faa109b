/*
 * What a server says about itself: one row per quantity, whatever its own name for it
 * (wire/server_names.h) is. Kept per second in intervals.jsonl under these names.
 */
#ifndef GUST_SERVER_METRIC_H
#define GUST_SERVER_METRIC_H

#include <stdbool.h>
#include <stddef.h>

/* Columns: enum, name in files, how samples of several label sets become one, is it a
 * counter (only differences mean anything), what it is. */
#define SERVER_METRIC_LIST(X)                                                          \
    X(QUEUE, "queue", SUM, 0, "requests waiting")                                      \
    X(RUNNING, "running", SUM, 0, "requests running")                                  \
    X(KV_USE, "kv_use", MAX, 0, "share of the key-value cache in use")                 \
    X(PREEMPTIONS, "preemptions", SUM, 1, "requests pushed out of the cache")          \
    X(CACHE_QUERIES, "cache_queries", SUM, 1, "tokens looked up in the prefix cache")  \
    X(CACHE_HITS, "cache_hits", SUM, 1, "tokens found in the prefix cache")            \
    X(CACHE_HIT_RATE, "cache_hit_rate", MEAN, 0, "share found, by the server itself")  \
    X(GPU_USE, "gpu_use", MEAN, 0, "share of the time that the GPUs were busy")        \
    X(GPU_MEMORY_USED, "gpu_memory_used", SUM, 0, "bytes of GPU memory in use")        \
    X(GPU_MEMORY_FREE, "gpu_memory_free", SUM, 0, "bytes of GPU memory left")          \
    X(START, "start", MAX, 0, "when the process started, s since 1970")                \
    X(LOAD, "load", MAX, 0, "s that loading the model took")                           \
    X(TTFT_SUM, "ttft_sum", SUM, 1, "s to the first token, all requests")              \
    X(TTFT_COUNT, "ttft_count", SUM, 1, "requests with a first token")                 \
    X(QUEUE_SUM, "queue_sum", SUM, 1, "s in the server's queue, all requests")         \
    X(QUEUE_COUNT, "queue_count", SUM, 1, "requests that left the queue")              \
    X(PREFILL_SUM, "prefill_sum", SUM, 1, "s from the queue to the first token")       \
    X(PREFILL_COUNT, "prefill_count", SUM, 1, "requests that were prefilled")          \
    X(HOST_LOAD, "host_load", SUM, 0, "load average of the server's host, 1 min")      \
    X(HOST_MEMORY_FREE, "host_memory_free", SUM, 0, "bytes of its memory available")

enum server_metric {
#define SERVER_METRIC_ENUM(id, name, merge, counter, text) SERVER_##id,
    SERVER_METRIC_LIST(SERVER_METRIC_ENUM)
#undef SERVER_METRIC_ENUM
        SERVER_METRICS
};

enum server_merge { SERVER_SUM, SERVER_MAX, SERVER_MEAN };

struct server_metric_row {
    const char *name;
    enum server_merge merge;
    bool is_counter;
    const char *text;
};

extern const struct server_metric_row server_metric_rows[SERVER_METRICS];

/* The metric of that name, or SERVER_METRICS. */
enum server_metric server_metric_find(const char *name);

#endif
