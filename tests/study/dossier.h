/*
 * The judge under study, as a black box: what was seen of two endpoints goes in, a
 * ruling comes out. The only file that knows the judge.
 */
#ifndef GUST_STUDY_DOSSIER_H
#define GUST_STUDY_DOSSIER_H

#include "tests/study/traffic.h"

/* The gates of the study, all of them gating. */
enum gate_id {
    GATE_SUCCESS,
    GATE_TTFT_P50,
    GATE_TTFT_P95,
    GATE_TPOT_P95,
    GATE_E2E_P95,
    GATES,
};

/* The evidence of one run. */
struct dossier;

/* From the traces of traffic_run, whose order of requests does not matter. */
struct dossier *dossier_new(const struct traffic *traffic, const struct trace *parties);
void dossier_free(struct dossier *d); /* NULL is fine */

/* What equal endpoints differ by, from n runs of them. */
struct calibration;
struct calibration *dossiers_calibrate(struct dossier *const *equal, size_t n);
void calibration_free(struct calibration *c);

enum opinion { OPINION_GO, OPINION_NOGO, OPINION_INCONCLUSIVE };

/* How to judge. Zero: once, at the end, with all gates. */
struct terms {
    bool is_single; /* this gate alone, with a margin of 10 % */
    enum gate_id gate;
    double look_s; /* one of several looks, at so many seconds from the start */
    double end_s;  /* the end of a run that may go on, or where it ends at last */
    const struct calibration *calibration;
};

struct ruling {
    enum opinion opinion;
    double extra_s; /* advised to add; 0: none, infinite: unknown */
    bool is_pass[GATES];
};

void dossier_judge(const struct dossier *d, const struct terms *terms,
                   struct ruling *out);

/* The whole ruling, as it is written to files; free it. */
char *dossier_ruling_text(const struct dossier *d, const struct terms *terms);

#endif
