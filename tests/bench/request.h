/*
 * The request that reference clients send: as long as gust's own for a prompt of
 * 16 tokens, headers included.
 */
#ifndef GUST_BENCH_REQUEST_H
#define GUST_BENCH_REQUEST_H

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>

#define REQUEST_PATH "/v1/chat/completions"

/* The body into text[size]; tokens 0: no stream is asked for. Returns its length. */
static inline size_t request_body(char *text, size_t size, uint64_t tokens)
{
    static const char prompt[] = "The quick brown fox jumps over the lazy dog while "
                                 "the old river carries wind and rain";
    int n = tokens == 0
                ? snprintf(text, size,
                           "{\"model\":\"bench\",\"messages\":[{\"role\":\"user\","
                           "\"content\":\"%s\"}],\"max_tokens\":16,"
                           "\"ignore_eos\":true}",
                           prompt)
                : snprintf(text, size,
                           "{\"model\":\"bench\",\"messages\":[{\"role\":\"user\","
                           "\"content\":\"%s\"}],\"max_tokens\":%" PRIu64
                           ",\"ignore_eos\":true,\"stream\":true,"
                           "\"stream_options\":{\"include_usage\":true}}",
                           prompt, tokens);
    return (size_t)n;
}

#endif
