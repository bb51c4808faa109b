/*
 * The mock's request parser: any bytes, in any cut, give a request that lies
 * within the bytes, a refusal with a status, or a wait; and what is a request
 * stays one when more bytes follow.
 */
#include "fixtures/http_parse.h"

#include "base/base.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool is_inside(struct span s, const char *bytes, size_t length)
{
    return s.at == NULL || (s.at >= bytes && s.at + s.length <= bytes + length);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *bytes = (const char *)data;
    struct http_request whole, part;
    enum http_parse result = http_parse(bytes, size, 4096, &whole);
    if (result == HTTP_BAD)
        assert(whole.status >= 400 && whole.status <= 505);
    if (result != HTTP_REQUEST)
        return 0;
    assert(whole.total_bytes > 0 && whole.total_bytes <= size);
    assert(is_inside(whole.method, bytes, size) && is_inside(whole.path, bytes, size));
    assert(is_inside(whole.body, bytes, whole.total_bytes));
    assert(is_inside(whole.authorization, bytes, size));
    assert(is_inside(whole.request_id, bytes, size));
    assert(http_parse(bytes, whole.total_bytes, 4096, &part) == HTTP_REQUEST);
    assert(part.total_bytes == whole.total_bytes);
    assert(http_parse(bytes, whole.total_bytes - 1, 4096, &part) == HTTP_MORE);
    return 0;
}
