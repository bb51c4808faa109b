/*
 * Error bodies: the first two bytes are the status, the rest is the body. However
 * it is cut, it ends in the same class of that status, with the same words, on one
 * line.
 */
#include "wire/exchange.h"

#include <stdio.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* What remains of it. */
struct verdict {
    enum outcome outcome;
    int code;
    char text[sizeof((struct reply *)0)->error_text];
};

static struct verdict judge(struct exchange *x, unsigned status, const char *body,
                            size_t length, size_t cut)
{
    char line[32];
    struct evidence ev;
    struct verdict v;
    const struct exchange_ask ask = {.is_stream = true, .needs_end = true};
    (void)snprintf(line, sizeof line, "HTTP/1.1 %u Error", status);
    exchange_begin(x, &ask, 0);
    exchange_header(x, line, strlen(line));
    (void)exchange_bytes(x, body, cut, 1);
    (void)exchange_bytes(x, body + cut, length - cut, 2);
    v.outcome = exchange_end(x, TRANSPORT_OK, TIMER_NONE, 3, &ev);
    v.code = ev.error_code;
    (void)snprintf(v.text, sizeof v.text, "%s", ev.error_text);
    return v;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct exchange x;
    if (size < 2)
        return 0;
    unsigned status = 300 + ((unsigned)bytes[0] << 8 | bytes[1]) % 300;
    const char *body = (const char *)bytes + 2;
    size_t length = size - 2;
    exchange_init(&x);
    struct verdict whole = judge(&x, status, body, length, 0);
    assert(whole.outcome < OUTCOME_COUNT);
    assert(outcome_rows[whole.outcome].kind == KIND_FAILED);
    for (const char *p = whole.text; *p != '\0'; p++)
        assert((unsigned char)*p >= ' ');
    for (size_t cut = 1; cut <= length; cut = cut * 2 + 1) {
        struct verdict part = judge(&x, status, body, length, cut);
        assert(part.outcome == whole.outcome && part.code == whole.code);
        assert(strcmp(part.text, whole.text) == 0);
    }
    exchange_release(&x);
    return 0;
}
