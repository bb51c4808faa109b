/*
 * Lines of intervals.jsonl added up: never a crash, and what was accepted comes out as
 * lines that are accepted again and say the same.
 */
#include "command/linesum.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define OUT_BYTES ((size_t)4 << 20)

/* Adds lines up to the first that is refused, which ends a merge: false then. */
static bool add_lines(struct linesum *s, const char *text, size_t size)
{
    for (const char *at = text, *end = text + size; at < end;) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        size_t length = (size_t)((newline != NULL ? newline : end) - at);
        struct err e = {0};
        int64_t t_ns;
        bool opens;
        (void)linesum_look(at, length, &t_ns, &opens);
        if (linesum_add(s, at, length, true, &e) < 0)
            return false;
        at += length + 1;
    }
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct linesum *s = linesum_new();
    struct buf first, second;
    buf_init(&first, OUT_BYTES);
    buf_init(&second, OUT_BYTES);
    bool is_whole = add_lines(s, (const char *)data, size);
    linesum_write(s, &first);
    if (is_whole && !first.is_full && first.len > 0) {
        if (!add_lines(s, first.data, first.len))
            abort();
        linesum_write(s, &second);
        if (second.len != first.len || memcmp(first.data, second.data, first.len) != 0)
            abort();
    }
    buf_release(&first);
    buf_release(&second);
    linesum_free(s);
    return 0;
}
