/*
 * Any bytes as a trace: read to the end, spread and not, or refused with an error;
 * due times never go back and no count leaves its range.
 */
#include "workload/trace.h"
#include "workload/trace_value.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void replay(const char *path, int64_t spread_ns)
{
    struct err e = {0};
    struct trace_spec spec = {.path = path, .speed = 1.0, .spread_ns = spread_ns};
    struct trace_row row;
    int64_t last_ns = 0;
    struct trace *t = trace_open(&spec, &e);
    int got = t ? trace_next(t, &row, &e) : -1;
    for (; got == 1; got = trace_next(t, &row, &e)) {
        assert(row.due_ns >= last_ns);
        assert(row.prompt_tokens >= 1 && row.prompt_tokens <= TRACE_TOKENS_MAX);
        assert(row.output_tokens >= 1 && row.output_tokens <= TRACE_TOKENS_MAX);
        assert(row.block_count <= TRACE_BLOCKS_MAX);
        last_ns = row.due_ns;
    }
    assert((got < 0) == e.is_set);
    trace_close(t);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[] = "/tmp/fuzz_trace.XXXXXX";
    int fd = mkstemp(path);
    if (fd < 0)
        return 0;
    FILE *f = fdopen(fd, "w");
    bool is_written = f != NULL && fwrite(data, 1, size, f) == size && fclose(f) == 0;
    if (is_written) {
        replay(path, 0);
        replay(path, NS_PER_S);
    }
    (void)unlink(path);
    return 0;
}
