/*
 * Ends of HTTP responses: whole or in two parts, any bytes give the same state, and
 * never more of them than there are.
 */
#include "fixtures/framing.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *bytes = (const char *)data;
    struct framing whole, parts;
    framing_init(&whole);
    size_t used = framing_feed(&whole, bytes, size);
    assert(used <= size);
    assert(used == size || whole.state == FRAMING_DONE);
    size_t cut = size > 0 ? data[0] % size : 0;
    framing_init(&parts);
    size_t first = framing_feed(&parts, bytes, cut);
    size_t second = first == cut ? framing_feed(&parts, bytes + cut, size - cut) : 0;
    assert(first + second == used);
    assert(parts.state == whole.state && parts.status == whole.status);
    assert(parts.left == whole.left && parts.closes == whole.closes);
    return 0;
}
