/* Running and waiting requests of a server; see server_queue.h. */
#include "wire/server_queue.h"

#include "base/base.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define NUMBER_MAX 64
#define UNKNOWN ((double)NAN)

/* vLLM, SGLang, TensorRT-LLM, LMDeploy, llama.cpp, TGI. */
static const struct {
    const char *running, *queued;
} names[] = {
    {"vllm:num_requests_running", "vllm:num_requests_waiting"},
    {"sglang:num_running_reqs", "sglang:num_queue_reqs"},
    {"trtllm_num_requests_running", "trtllm_num_requests_waiting"},
    {"lmdeploy:num_requests_running", "lmdeploy:num_requests_waiting"},
    {"llamacpp:requests_processing", "llamacpp:requests_deferred"},
    {"tgi_batch_current_size", "tgi_queue_size"},
};

/* Behind the labels "{a="x",b="y"}" at p; NULL when they have no end. */
static const char *skip_labels(const char *p, const char *end)
{
    bool is_quoted = false;
    for (p++; p < end; p++) {
        if (is_quoted && *p == '\\')
            p++;
        else if (*p == '"')
            is_quoted = !is_quoted;
        else if (!is_quoted && *p == '}')
            return p + 1;
    }
    return NULL;
}

/* The value of a sample of that name in the line; NAN: it is another line. */
static double value_of(const char *name, const char *line, const char *end)
{
    size_t length = strlen(name), n = 0;
    char number[NUMBER_MAX];
    if ((size_t)(end - line) <= length || memcmp(line, name, length) != 0)
        return UNKNOWN;
    const char *p = line + length;
    if (*p == '{')
        p = skip_labels(p, end);
    if (p == NULL || p == end || (*p != ' ' && *p != '\t'))
        return UNKNOWN;
    while (p < end && (*p == ' ' || *p == '\t'))
        p++;
    while (p < end && n + 1 < sizeof number && *p != ' ' && *p != '\t' && *p != '\r')
        number[n++] = *p++;
    number[n] = '\0';
    char *rest = NULL;
    double value = strtod(number, &rest);
    bool is_number = n > 0 && *rest == '\0' && isfinite(value) && value >= 0;
    return is_number ? value : UNKNOWN;
}

static void add(double *sum, double value)
{
    if (!isnan(value))
        *sum = isnan(*sum) ? value : *sum + value;
}

struct server_queue server_queue_read(const char *text, size_t length)
{
    struct server_queue q = {UNKNOWN, UNKNOWN};
    const char *end = text + length;
    while (text < end) {
        const char *stop = memchr(text, '\n', (size_t)(end - text));
        const char *line_end = stop != NULL ? stop : end;
        for (size_t i = 0; i < ARRAY_LEN(names); i++) {
            add(&q.running, value_of(names[i].running, text, line_end));
            add(&q.queued, value_of(names[i].queued, text, line_end));
        }
        text = stop != NULL ? stop + 1 : end;
    }
    return q;
}
