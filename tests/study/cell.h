/*
 * A cell of the study: one kind of traffic with a known truth, judged many times,
 * and what share of the verdicts must come out how.
 */
#ifndef GUST_STUDY_CELL_H
#define GUST_STUDY_CELL_H

#include "tests/study/dossier.h"

enum experiment {
    EXPERIMENT_ONCE,       /* one run, one verdict */
    EXPERIMENT_CALIBRATED, /* the same with kappa from runs of equal endpoints */
    EXPERIMENT_LOOKS,      /* the run is looked at all along */
    EXPERIMENT_GATE_LOOKS, /* the same with one gate alone */
    EXPERIMENT_ADVICE,     /* an undecided run again, for as long as advised */
    EXPERIMENT_EXTENDED,   /* judged after the first quarter; while undecided, it goes
                              on as advised */
    EXPERIMENT_REPEAT,     /* the same evidence twice, in another order */
    EXPERIMENT_COUNT,
};

/* What can be asked of the runs of a cell. */
enum figure {
    FIGURE_NONE,
    FIGURE_GO,     /* share of runs */
    FIGURE_NOGO,   /* share of runs */
    FIGURE_PASS,   /* share of runs in which the gate in question passes */
    FIGURE_SAME,   /* share of runs with the same ruling, byte by byte */
    FIGURE_STOP_S, /* mean of the runs that end NO-GO, in seconds */
    FIGURE_COUNT,
};

struct demand {
    enum figure figure;
    bool is_least; /* the limit is a floor, else a ceiling */
    double limit;  /* a share, or seconds */
};

#define DEMANDS 2

struct cell {
    const char *row, *text;
    enum experiment experiment;
    struct traffic traffic;
    struct effect effects[PARTIES];
    enum gate_id gate; /* in question */
    struct demand demands[DEMANDS];
};

#endif
