/* An answer of Prometheus: any bytes give one finite number or one line that says
 * why there is none. */
#include "wire/prometheus_answer.h"

#include <math.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct err e = {0};
    double value = 0;
    if (prometheus_answer((const char *)data, size, &value, &e) == 0) {
        assert(isfinite(value));
        return 0;
    }
    assert(e.is_set && e.text[0] != '\0' && strchr(e.text, '\n') == NULL);
    return 0;
}
