/*
 * Any text as an exposition: samples lie within it, in order, and every line is a
 * sample, a comment or broken.
 */
#include "base/base.h"
#include "wire/server_names.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = xcalloc(size, 1); /* its own block: a byte past the end is seen */
    memcpy(text, data, size);
    struct prometheus p = prometheus_of(text, size);
    struct prometheus_sample s;
    const char *last = text;
    while (prometheus_next(&p, &s)) {
        assert(s.name >= last && s.name_length > 0);
        assert(s.labels >= s.name + s.name_length);
        assert(s.labels + s.labels_length <= p.at);
        (void)prometheus_has(&s, "le", "+Inf");
        last = s.labels + s.labels_length;
    }
    assert(p.at == text + size && p.broken <= size);
    struct server_values v;
    server_values_read(&v, text, size);
    for (int m = 0; m < SERVER_METRICS; m++)
        assert(v.value[m] >= 0);
    free(text);
    return 0;
}
