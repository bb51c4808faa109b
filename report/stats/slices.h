/*
 * One metric of one arm as a series of sparse histograms: a slice is one second
 * of scheduled start, a cell is one stratum of one slice.
 *
 * Two phases. Open: observations are added in any order, a cell as often as one
 * likes. Sealed: packed, read-only, cells ascending by slice and stratum, 16 bytes
 * a cell and 4 a bin. A day at 40 requests a second is 15 MB, and 60 MB while it is
 * being sealed: of long runs, load one metric at a time.
 *
 * Requests without a value (failures, censored ones) are larger than every value:
 * they count in the denominator of every share.
 */
#ifndef GUST_SLICES_H
#define GUST_SLICES_H

#include "measure/hist.h"

#include <stdbool.h>

#define SLICES_MAX (1u << 20) /* seconds in a series: 12 days */
#define SLICES_STRATA 64      /* strata are 0..63 */

struct slices;

struct slices *slices_new(void);
void slices_free(struct slices *s); /* NULL is fine */

/* Adds bins (any order; the counts are values in the metric's histogram) or count
 * requests without a value. False, and nothing added, when slice, stratum or a
 * slot is out of range or the series would exceed 2^32 - 1 requests. */
MUST_CHECK bool slices_add(struct slices *s, size_t slice, unsigned stratum,
                           const struct hist_bin *bins, size_t n);
MUST_CHECK bool slices_add_infinite(struct slices *s, size_t slice, unsigned stratum,
                                    uint64_t count);

/* Ends the adding. The series is then the slices below count that are marked in
 * usable[count] (NULL: all), renumbered without gaps; the others are left out. */
void slices_seal(struct slices *s, size_t count, const bool *usable);

/* Slices in the sealed series: the seconds of usable time, empty ones included. */
size_t slices_count(const struct slices *s);

/* Invariant: requests >= the values in the bins; what is more is infinite. */
struct slice_cell {
    uint32_t slice;
    uint32_t requests;
    uint32_t offset; /* of its bins, see slices.c */
    uint16_t bins;
    uint8_t stratum;
    bool is_wide;
};

/* The cells of the slices first..first + count - 1 of a sealed series, as a
 * borrowed array of *n. */
const struct slice_cell *slices_cells(const struct slices *s, size_t first,
                                      size_t count, size_t *n);

/* Bin i < c->bins of a cell, ascending by slot. */
struct hist_bin slices_bin(const struct slices *s, const struct slice_cell *c,
                           size_t i);

/* A value as a slot and the share of the slot's width below it. Values above the
 * histogram's range, INFINITY included, lie right of all slots. */
struct slice_point {
    size_t slot;
    double share;
};
struct slice_point slice_point_of(double value_us);

/* Values of the cell up to the point: full slots below and a linear share of its
 * own. A slot is the interval from its lowest value to the next slot's, so that
 * this is continuous in the value. */
double slices_count_to(const struct slices *s, const struct slice_cell *c,
                       struct slice_point at);

#endif
