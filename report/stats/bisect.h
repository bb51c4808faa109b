/*
 * Bisection: the least x in low..high at which a rising fact has become true.
 */
#ifndef GUST_BISECT_H
#define GUST_BISECT_H

#include "base/base.h"

#include <stdbool.h>

/* Halves low..high steps times; is_reached(context, x) is false left of the
 * answer and true from it on. Returns the right end of the last interval, where
 * the fact holds, or high when it holds nowhere before. */
static inline double bisect(double low, double high, unsigned steps,
                            bool (*is_reached)(const void *context, double x),
                            const void *context)
{
    for (unsigned i = 0; i < steps; i++) {
        double middle = low + (high - low) / 2;
        if (is_reached(context, middle))
            high = middle;
        else
            low = middle;
    }
    return high;
}

#endif
