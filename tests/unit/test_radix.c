/* Sorting keys, against qsort, over all sizes and all widths of keys. */
#include "base/base.h"
#include "base/rng.h"
#include "check.h"
#include "measure/radix.h"

#include <stdlib.h>

static int compare_keys(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static void radix_sorts_like_qsort(void)
{
    static uint64_t keys[5000], spare[5000], expected[5000];
    struct rng r;
    rng_init(&r, 5, RNG_JITTER, 0);
    for (unsigned shift = 0; shift < 64; shift += 7) {
        for (size_t n = 0; n <= ARRAY_LEN(keys); n = 3 * n + 1) {
            for (size_t i = 0; i < n; i++)
                expected[i] = keys[i] = rng_u64(&r) >> shift;
            qsort(expected, n, sizeof expected[0], compare_keys);
            const uint64_t *sorted = radix_sort(keys, spare, n);
            CHECK(memcmp(sorted, expected, n * sizeof expected[0]) == 0);
        }
    }
}

int main(void)
{
    RUN(radix_sorts_like_qsort);
    return check_report();
}
