/*
 * Which series of a server's exposition is which of our quantities: one row per name
 * of vLLM, SGLang, TGI, llama.cpp, TensorRT-LLM, Triton, LMDeploy, NVIDIA's DCGM
 * exporter and the node exporter. Pure.
 *
 * LIMIT: names change between versions; old ones have rows of their own, unknown ones
 * are passed over, so that a quantity is missing rather than wrong.
 */
#ifndef GUST_SERVER_NAMES_H
#define GUST_SERVER_NAMES_H

#include "measure/server_metric.h"
#include "wire/prometheus.h"

#include <stdint.h>

struct server_values {
    const char *family; /* whose names they are: "vllm"; NULL: none was known */
    uint32_t known;     /* bit of each metric that is there */
    double value[SERVER_METRICS];
};

/* Reads an exposition. Values that are below zero or not finite count as absent. */
void server_values_read(struct server_values *v, const char *text, size_t length);

static inline bool server_values_has(const struct server_values *v,
                                     enum server_metric m)
{
    return (v->known >> m & 1) != 0;
}

#endif
