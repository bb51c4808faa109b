/*
 * Experiments: a cell's traffic is simulated and judged, run by run.
 */
#ifndef GUST_STUDY_EXPERIMENT_H
#define GUST_STUDY_EXPERIMENT_H

#include "tests/study/cell.h"

/* What happened in one run; most experiments leave some of it empty. */
struct result {
    bool is_counted; /* the question arose: a run was advised, for one */
    bool is_go, is_nogo;
    bool is_pass; /* the gate in question */
    bool is_same; /* the ruling was the same when repeated */
    double stop_s;
};

/* Fills results[runs] on so many processes, whose number makes no difference. */
void experiment_run(const struct cell *cell, size_t runs, unsigned processes,
                    struct result *results);

#endif
