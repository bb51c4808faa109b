/* Any bytes as an answer of a time server: read or refused, and a difference that can
 * be printed. */
#include "engine/sntp.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct err e = {0};
    struct sntp_sample s = {0};
    int64_t now_ns = INT64_C(1795269785) * NS_PER_S;
    if (sntp_read(data, size, now_ns, now_ns + NS_PER_MS, &s, &e) < 0 && !e.is_set)
        abort();
    return 0;
}
