/*
 * Headers about limits: any lines at all. Numbers stay within their bounds, nothing
 * that was to be settled stays open, and what one header line says does not depend on
 * the bytes behind it.
 */
#include "base/base.h"
#include "wire/exchange.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct ratelimit *r)
{
    assert(r->count <= RATELIMIT_BUDGETS);
    assert(r->retry_after_ns >= RATELIMIT_UNKNOWN);
    assert(r->retry_after_ns <= RETRY_AFTER_MAX_NS);
    assert(r->query_cost >= RATELIMIT_UNKNOWN && r->retry_at_s == 0);
    for (uint32_t i = 0; i < r->count; i++) {
        const struct ratelimit_budget *b = &r->budgets[i];
        assert(b->thing < RATELIMIT_THINGS && b->window_s >= 0);
        assert(b->limit >= RATELIMIT_UNKNOWN && b->remaining >= RATELIMIT_UNKNOWN);
        assert(b->reset_ns >= RATELIMIT_UNKNOWN && b->reset_ns <= RETRY_AFTER_MAX_NS);
        assert(b->reset_at_s == 0 && b->told_window_s == 0);
    }
}

/* Each line in a block of its own, so that a byte read past its end is seen. */
static void feed(struct exchange *x, const char *line, size_t length)
{
    char *copy = xcalloc(length, 1);
    memcpy(copy, line, length);
    exchange_header(x, copy, length);
    free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const int64_t walls[] = {0, INT64_C(1792567670) * NS_PER_S};
    const char *text = (const char *)data;
    for (size_t w = 0; w < ARRAY_LEN(walls); w++) {
        struct exchange x;
        struct evidence ev;
        struct exchange_ask ask = {.t0_wall_ns = walls[w]};
        exchange_init(&x);
        exchange_begin(&x, &ask, 0);
        for (size_t at = 0; at < size;) {
            const char *end = memchr(text + at, '\n', size - at);
            size_t length = end ? (size_t)(end - text) - at : size - at;
            if (length > 0)
                feed(&x, text + at, length);
            at += length + 1;
        }
        (void)exchange_end(&x, TRANSPORT_OK, TIMER_NONE, NS_PER_S, &ev);
        check(&x.limits);
        exchange_release(&x);
    }
    return 0;
}
