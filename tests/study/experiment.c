/*
 * Each experiment is a function from the number of a run to its result; the number
 * and the row's name give the seed. The cells of a row thus differ in their traffic
 * and not in their luck.
 */
#include "tests/study/experiment.h"

#include "base/base.h"
#include "base/rng.h"
#include "tests/study/pool.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define CALIBRATION_RUNS 20
#define CALIBRATIONS 10 /* each used by a share of the runs */
#define LOOK_FIRST_S 60
#define LOOK_EVERY_S 30
#define ADVICE_MAX_S 1800

struct study {
    const struct cell *cell;
    size_t runs;
    struct calibration *calibrations[CALIBRATIONS]; /* of calibrated cells */
};

static uint64_t seed_of(const struct cell *cell, size_t run)
{
    uint64_t name = 0;
    for (const char *c = cell->row; *c != '\0'; c++)
        name = name * 256 + (unsigned char)*c;
    return rng_hash(name, RNG_OWNER, run);
}

/* A seed that no run has. */
static uint64_t seed_beyond(const struct study *study, size_t number)
{
    return seed_of(study->cell, study->runs + number);
}

/* One run of a cell, as evidence. */
static struct dossier *investigate(const struct cell *cell, uint64_t seed)
{
    struct trace parties[PARTIES];
    traffic_run(&cell->traffic, cell->effects, seed, parties);
    struct dossier *d = dossier_new(&cell->traffic, parties);
    traffic_release(parties);
    return d;
}

static void judge(const struct cell *cell, const struct terms *terms, uint64_t seed,
                  struct ruling *ruling)
{
    struct dossier *d = investigate(cell, seed);
    dossier_judge(d, terms, ruling);
    dossier_free(d);
}

static void note(const struct cell *cell, const struct ruling *ruling,
                 struct result *result)
{
    result->is_counted = true;
    result->is_go = ruling->opinion == OPINION_GO;
    result->is_nogo = ruling->opinion == OPINION_NOGO;
    result->is_pass = ruling->is_pass[cell->gate];
}

static void once(const struct study *study, size_t run, struct result *result)
{
    const struct cell *cell = study->cell;
    struct terms terms = {.calibration = study->calibrations[run % CALIBRATIONS]};
    struct ruling ruling;
    judge(cell, &terms, seed_of(cell, run), &ruling);
    note(cell, &ruling, result);
}

/* Until it is NO-GO; a GO does not stop it. */
static void looks(const struct study *study, size_t run, struct result *result)
{
    const struct cell *cell = study->cell;
    struct dossier *d = investigate(cell, seed_of(cell, run));
    double end_s = cell->traffic.seconds;
    for (double t = LOOK_FIRST_S; t <= end_s && !result->is_nogo; t += LOOK_EVERY_S) {
        struct terms terms = {
            .is_single = cell->experiment == EXPERIMENT_GATE_LOOKS,
            .gate = cell->gate,
            .look_s = t,
        };
        struct ruling ruling;
        dossier_judge(d, &terms, &ruling);
        note(cell, &ruling, result);
        result->stop_s = t;
    }
    dossier_free(d);
}

/* The second run is a fresh one: the first one's bad luck is not in it. */
static void advice(const struct study *study, size_t run, struct result *result)
{
    struct cell cell = *study->cell;
    struct terms terms = {0};
    struct ruling ruling;
    judge(&cell, &terms, seed_of(&cell, run), &ruling);
    if (ruling.opinion != OPINION_INCONCLUSIVE)
        return;
    cell.traffic.seconds = fmin(cell.traffic.seconds + ruling.extra_s, ADVICE_MAX_S);
    judge(&cell, &terms, seed_beyond(study, run), &ruling);
    note(&cell, &ruling, result);
}

static void extended(const struct study *study, size_t run, struct result *result)
{
    const struct cell *cell = study->cell;
    struct dossier *d = investigate(cell, seed_of(cell, run));
    struct terms terms = {.end_s = cell->traffic.seconds / 4};
    struct ruling ruling;
    dossier_judge(d, &terms, &ruling);
    if (ruling.opinion == OPINION_INCONCLUSIVE) {
        double more = ruling.extra_s > 0 ? ruling.extra_s : (double)INFINITY;
        terms.end_s = fmin(terms.end_s + more, cell->traffic.seconds);
        dossier_judge(d, &terms, &ruling);
    }
    note(cell, &ruling, result);
    result->stop_s = terms.end_s;
    dossier_free(d);
}

static void swap(struct trace *t, size_t i, size_t k)
{
    struct request request = t->requests[i];
    struct reply reply = t->replies[i];
    t->requests[i] = t->requests[k];
    t->replies[i] = t->replies[k];
    t->requests[k] = request;
    t->replies[k] = reply;
}

static void shuffle(struct trace *t, uint64_t seed)
{
    struct rng rng;
    rng_init(&rng, seed, RNG_CLASS, 0);
    for (size_t i = t->n; i > 1; i--)
        swap(t, i - 1, rng_below(&rng, i));
}

static char *ruling_text(const struct cell *cell, const struct trace *parties)
{
    struct terms terms = {0};
    struct dossier *d = dossier_new(&cell->traffic, parties);
    char *text = dossier_ruling_text(d, &terms);
    dossier_free(d);
    return text;
}

static void repeat(const struct study *study, size_t run, struct result *result)
{
    const struct cell *cell = study->cell;
    struct trace parties[PARTIES];
    uint64_t seed = seed_of(cell, run);
    traffic_run(&cell->traffic, cell->effects, seed, parties);
    char *first = ruling_text(cell, parties);
    for (int party = 0; party < PARTIES; party++)
        shuffle(&parties[party], seed);
    char *second = ruling_text(cell, parties);
    result->is_counted = true;
    result->is_same = strcmp(first, second) == 0;
    free(first);
    free(second);
    traffic_release(parties);
}

static void (*const experiments[])(const struct study *, size_t, struct result *) = {
    [EXPERIMENT_ONCE] = once,     [EXPERIMENT_CALIBRATED] = once,
    [EXPERIMENT_LOOKS] = looks,   [EXPERIMENT_GATE_LOOKS] = looks,
    [EXPERIMENT_ADVICE] = advice, [EXPERIMENT_EXTENDED] = extended,
    [EXPERIMENT_REPEAT] = repeat,
};
_Static_assert(ARRAY_LEN(experiments) == EXPERIMENT_COUNT, "a row for every one");

static void work(const void *context, size_t run, void *result)
{
    const struct study *study = context;
    experiments[study->cell->experiment](study, run, result);
}

/* From runs of two baselines. */
static struct calibration *calibrate(const struct study *study, size_t number)
{
    struct cell cell = *study->cell;
    struct dossier *equal[CALIBRATION_RUNS];
    cell.effects[CANARY] = cell.effects[BASELINE];
    for (size_t i = 0; i < CALIBRATION_RUNS; i++)
        equal[i] =
            investigate(&cell, seed_beyond(study, number * CALIBRATION_RUNS + i));
    struct calibration *c = dossiers_calibrate(equal, CALIBRATION_RUNS);
    for (size_t i = 0; i < CALIBRATION_RUNS; i++)
        dossier_free(equal[i]);
    return c;
}

void experiment_run(const struct cell *cell, size_t runs, unsigned processes,
                    struct result *results)
{
    struct study study = {.cell = cell, .runs = runs};
    struct pool_job job = {runs, sizeof results[0], work, &study};
    if (cell->experiment == EXPERIMENT_CALIBRATED)
        for (size_t i = 0; i < CALIBRATIONS; i++)
            study.calibrations[i] = calibrate(&study, i);
    pool_run(&job, processes, results);
    for (size_t i = 0; i < CALIBRATIONS; i++)
        calibration_free(study.calibrations[i]);
}
