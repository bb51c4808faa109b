/*
 * The rows of the study: every promise about error rates, and the traffic on which
 * it must hold.
 */
#ifndef GUST_STUDY_ROWS_H
#define GUST_STUDY_ROWS_H

#include "tests/study/cell.h"

/* *n cells; those of one row are neighbours. */
const struct cell *study_cells(size_t *n);

#endif
