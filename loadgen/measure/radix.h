/* Sorts 64-bit keys in linear time. */
#ifndef GUST_RADIX_H
#define GUST_RADIX_H

#include <stddef.h>
#include <stdint.h>

/* Sorts keys[0..n-1] ascending; spare has n places too. Returns where the
 * result is: keys or spare. */
uint64_t *radix_sort(uint64_t *keys, uint64_t *spare, size_t n);

#endif
