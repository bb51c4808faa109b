/*
 * Estimates: what the runs of a cell say about a figure, and how sure that is.
 */
#ifndef GUST_STUDY_ESTIMATE_H
#define GUST_STUDY_ESTIMATE_H

#include "tests/study/experiment.h"

struct estimate {
    double value, low, high; /* 95 % interval */
    size_t counted;          /* runs it rests on; 0: nothing is known */
    bool is_met;             /* the value meets the demand */
};

/* Shares have Wilson's interval, means the normal one. */
struct estimate estimate_of(const struct demand *demand, const struct result *results,
                            size_t n);

const char *figure_name(enum figure figure);
bool figure_is_share(enum figure figure);

#endif
