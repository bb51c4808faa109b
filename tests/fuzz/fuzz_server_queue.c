/* What a server shows to Prometheus: any bytes give counts that are known and not
 * below zero, or not known. */
#include "wire/server_queue.h"

#include "base/base.h"

#include <math.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct server_queue q = server_queue_read((const char *)data, size);
    assert(isnan(q.running) || q.running >= 0);
    assert(isnan(q.queued) || q.queued >= 0);
    return 0;
}
