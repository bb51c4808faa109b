/*
 * Event streams: however the bytes are cut, the same events come out. The cuts
 * and the cap are drawn from the bytes themselves.
 */
#include "base/base.h"
#include "wire/sse.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void show(struct buf *out, const struct sse_event *ev)
{
    buf_printf(out, "%d %zu %zu ", ev->is_error_field, ev->name_length, ev->length);
    buf_append(out, ev->name != NULL ? ev->name : "-", ev->name_length);
    buf_append(out, ev->data, ev->length);
    buf_putc(out, '\n');
}

/* Feeds a copy that is gone afterwards, so that pointers kept are found. */
static enum sse_status feed(struct sse *s, const char *bytes, size_t length,
                            struct buf *out)
{
    struct sse_event ev;
    enum sse_status status = SSE_EVENT;
    char *copy = xcalloc(length, 1);
    memcpy(copy, bytes, length);
    sse_feed(s, copy, length);
    while (status == SSE_EVENT) {
        status = sse_next(s, &ev);
        if (status == SSE_EVENT)
            show(out, &ev);
    }
    free(copy);
    return status;
}

static void run(const char *bytes, size_t size, size_t cap, unsigned seed,
                struct buf *out)
{
    struct sse s;
    struct sse_event ev;
    enum sse_status status = SSE_MORE;
    sse_init(&s, cap);
    for (size_t at = 0; at < size && status == SSE_MORE;) {
        seed = seed * 1103515245u + 12345u;
        size_t length = 1 + (seed >> 16) % 7;
        if (length > size - at)
            length = size - at;
        status = feed(&s, bytes + at, length, out);
        at += length;
    }
    if (status == SSE_MORE)
        status = sse_finish(&s, &ev);
    if (status == SSE_EVENT)
        show(out, &ev);
    buf_printf(out, "%d\n", status);
    sse_release(&s);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    const char *text = (const char *)bytes;
    size_t cap = size > 0 && bytes[size - 1] % 2 ? 32 : 1u << 20;
    struct buf whole, cut;
    struct sse s;
    struct sse_event ev;
    buf_init(&whole, 1u << 24);
    buf_init(&cut, 1u << 24);
    sse_init(&s, cap);
    enum sse_status status = size > 0 ? feed(&s, text, size, &whole) : SSE_MORE;
    if (status == SSE_MORE)
        status = sse_finish(&s, &ev);
    if (status == SSE_EVENT)
        show(&whole, &ev);
    buf_printf(&whole, "%d\n", status);
    sse_release(&s);
    run(text, size, cap, (unsigned)size, &cut);
    if (whole.len != cut.len || memcmp(whole.data, cut.data, whole.len) != 0)
        bug("cuts change the events");
    buf_release(&whole);
    buf_release(&cut);
    return 0;
}
