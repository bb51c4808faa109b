/*
 * Response headers: any lines, in any order, leave an exchange whose status is one,
 * whose texts end, and whose body is read by what the last head said.
 */
#include "wire/exchange.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void check_text(const char *text, size_t size)
{
    if (memchr(text, '\0', size) == NULL)
        bug("a text of a header without an end");
}

/* Each line in storage of its own, so that ASan guards its end. */
static void feed(struct exchange *x, const uint8_t *bytes, size_t size)
{
    while (size > 0) {
        const uint8_t *end = memchr(bytes, '\n', size);
        size_t length = end != NULL ? (size_t)(end - bytes) : size;
        char *line = xcalloc(length > 0 ? length : 1, 1);
        if (length > 0)
            memcpy(line, bytes, length);
        exchange_header(x, line, length);
        free(line);
        size_t used = length + (end != NULL);
        bytes += used;
        size -= used;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static const char body[] = "data: {\"choices\":[]}\n\ndata: [DONE]\n\n";
    struct exchange x;
    struct evidence ev;
    const struct exchange_ask ask = {.is_stream = true, .needs_end = true};
    exchange_init(&x);
    exchange_begin(&x, &ask, 0);
    feed(&x, bytes, size);
    assert(x.http <= 999);
    check_text(x.correlation_id, sizeof x.correlation_id);
    (void)exchange_bytes(&x, body, sizeof body - 1, 1);
    assert(exchange_end(&x, TRANSPORT_OK, TIMER_NONE, 2, &ev) < OUTCOME_COUNT);
    bool is_read = x.is_event_stream && x.http >= 200 && x.http <= 299;
    assert(x.saw_end == is_read);
    exchange_release(&x);
    return 0;
}
