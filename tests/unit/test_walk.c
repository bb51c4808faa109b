/*
 * The load curve and the walk along it against known truth: statistics of the
 * arrival processes, counts and times on every shape of phase, precision of long
 * runs.
 */
#include "check.h"

#include "workload/walk.h"

#include <math.h>
#include <stdlib.h>

#define S NS_PER_S

static struct arrival_plan kind_of(enum arrival_kind kind, double cv)
{
    return (struct arrival_plan){.kind = kind, .cv = cv};
}

/* All due times of a walk, in seconds, into out; returns how many. */
static size_t walk_all(const struct arrival_plan *a, const struct phase *phases,
                       size_t count, double rate, double *out, size_t max)
{
    struct walk w;
    int64_t due_ns;
    size_t phase, n = 0;
    walk_init(&w, a, phases, count, rate, 1);
    while (n < max && walk_next(&w, &due_ns, &phase))
        out[n++] = (double)due_ns / 1e9;
    return n;
}

static double cv_of_gaps(const double *due, size_t n)
{
    double sum = 0.0, squares = 0.0;
    for (size_t i = 1; i < n; i++) {
        double gap = due[i] - due[i - 1];
        sum += gap;
        squares += gap * gap;
    }
    double mean = sum / (double)(n - 1);
    return sqrt(squares / (double)(n - 1) - mean * mean) / mean;
}

/* Index of dispersion: variance over mean of the counts per window of 1 s. */
static double idc_of_counts(const double *due, size_t n, size_t windows)
{
    double sum = 0.0, squares = 0.0;
    size_t at = 0;
    for (size_t w = 1; w <= windows; w++) {
        double count = 0.0;
        for (; at < n && due[at] < (double)w; at++)
            count += 1.0;
        sum += count;
        squares += count * count;
    }
    double mean = sum / (double)windows;
    return (squares / (double)windows - mean * mean) / mean;
}

/* 1,000 s at 40/s: the counts' 4 sigma bounds are stated beside each row. */
static void processes_have_their_statistics(void)
{
    static const struct {
        const char *name;
        enum arrival_kind kind;
        double cv, idc, cv_error, idc_error;
    } rows[] = {
        {"constant", ARRIVAL_CONSTANT, 0.0, 0.0, 1e-6, 0.001},
        {"poisson", ARRIVAL_POISSON, 1.0, 1.0, 0.02, 0.18},
        {"gamma 0.5", ARRIVAL_GAMMA, 0.5, 0.25, 0.01, 0.06},
        {"gamma 1", ARRIVAL_GAMMA, 1.0, 1.0, 0.02, 0.18},
        {"gamma 3", ARRIVAL_GAMMA, 3.0, 9.0, 0.2, 2.0}, /* a second is not for ever */
    };
    static double due[60000];
    struct phase steady = {.kind = PHASE_STEADY, .duration_ns = 1000 * S};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct arrival_plan a = kind_of(rows[i].kind, rows[i].cv);
        size_t n = walk_all(&a, &steady, 1, 40.0, due, ARRAY_LEN(due));
        check_row = rows[i].name;
        double sigma = sqrt(40000.0 * rows[i].idc);
        CHECK_NEAR((double)n, 40000.0, 4.0 * sigma);
        CHECK_NEAR(cv_of_gaps(due, n), rows[i].cv, rows[i].cv_error);
        CHECK_NEAR(idc_of_counts(due, n, 1000), rows[i].idc, rows[i].idc_error);
    }
}

static void poisson_gaps_are_exponential(void)
{
    static double due[50000];
    struct phase steady = {.kind = PHASE_STEADY, .duration_ns = 400 * S};
    struct arrival_plan a = kind_of(ARRIVAL_POISSON, 0.0);
    size_t n = walk_all(&a, &steady, 1, 100.0, due, ARRAY_LEN(due));
    double most = 0.0;
    for (double q = 0.001; q < 0.08; q += 0.001) { /* the law at 80 points */
        double below = 0.0;
        for (size_t i = 1; i < n; i++)
            below += due[i] - due[i - 1] < q ? 1.0 : 0.0;
        double distance = fabs(below / (double)(n - 1) - (1.0 - exp(-100.0 * q)));
        most = distance > most ? distance : most;
    }
    CHECK(most < 1.95 / sqrt((double)n)); /* Kolmogorov-Smirnov at 0.1 % */
}

/* What each shape of a phase comes to, by hand. */
static const struct {
    const char *name;
    struct phase phase;
    size_t count;     /* at 10/s */
    size_t index;     /* of the arrival looked at */
    double due_s;     /* by hand */
    double tolerance; /* the sine's chords */
} shapes[] = {
    {"steady", {.kind = PHASE_STEADY, .duration_ns = 60 * S}, 600, 10, 1.05, 1e-9},
    {"warmup", {.kind = PHASE_WARMUP, .duration_ns = 6 * S}, 60, 59, 5.95, 1e-9},
    {"long steady",
     {.kind = PHASE_STEADY, .duration_ns = 7200 * S},
     72000,
     71999,
     7199.95,
     1e-9},
    /* 0 -> 10/s in 20 s: integral t^2/4 = k + 1/2 */
    {"ramp up",
     {.kind = PHASE_RAMP, .duration_ns = 20 * S, .from = 0, .to = 1},
     100,
     24,
     9.899494936611665,
     2e-9},
    /* 20/s -> 0 in 20 s: integral 20 t - t^2/2 */
    {"ramp down",
     {.kind = PHASE_RAMP, .duration_ns = 20 * S, .from = 2, .to = 0},
     200,
     199,
     19.0,
     2e-9},
    {"flat ramp",
     {.kind = PHASE_RAMP, .duration_ns = 20 * S, .from = 1, .to = 1},
     200,
     19,
     1.95,
     1e-9},
    /* 10/s, 20/s, 30/s for 2 s each: the 45th of 120 is 25.5 into the second */
    {"steps",
     {.kind = PHASE_STEPS, .duration_ns = 6 * S, .from = 1, .to = 3, .steps = 3},
     120,
     45,
     3.275,
     1e-9},
    {"spike",
     {.kind = PHASE_SPIKE, .duration_ns = 5 * S, .factor = 4},
     200,
     1,
     0.0375,
     1e-9},
    {"silence", {.kind = PHASE_SPIKE, .duration_ns = 5 * S, .factor = 0}, 0, 0, 0, 0},
    {"sine, whole periods",
     {.kind = PHASE_SINE, .duration_ns = 60 * S, .amplitude = 1, .period_ns = 20 * S},
     600,
     0,
     0,
     0},
    /* half a period holds 10 t + 10 a T/pi = 50 + 63.66 for T 10, a 1 */
    {"sine, half a period",
     {.kind = PHASE_SINE, .duration_ns = 10 * S, .amplitude = 1, .period_ns = 20 * S},
     164,
     0,
     0,
     0},
};

/* Constant arrivals make the curve visible: the k-th is where the integral of the
 * rate is k + 1/2. */
static void shapes_have_their_counts_and_times(void)
{
    static double due[80000];
    struct arrival_plan a = kind_of(ARRIVAL_CONSTANT, 0.0);
    for (size_t i = 0; i < ARRAY_LEN(shapes); i++) {
        size_t n = walk_all(&a, &shapes[i].phase, 1, 10.0, due, ARRAY_LEN(due));
        check_row = shapes[i].name;
        CHECK_INT(n, shapes[i].count);
        if (shapes[i].tolerance > 0.0)
            CHECK_NEAR(due[shapes[i].index], shapes[i].due_s, shapes[i].tolerance);
    }
}

/* The chords against libm's sine, everywhere; and the mean of a period. */
static void sine_is_a_sine(void)
{
    struct phase p = {.kind = PHASE_SINE,
                      .duration_ns = 100 * S,
                      .amplitude = 0.8,
                      .period_ns = 40 * S};
    double worst = 0.0, sum = 0.0;
    for (int64_t t = 0; t < 40000; t++) {
        double exact = 1.0 + 0.8 * sin(6.283185307179586 * (double)t / 40000.0);
        double got = curve_factor(&p, t * NS_PER_MS);
        worst = fmax(worst, fabs(got - exact));
        sum += got;
    }
    CHECK(worst < 0.8 * 0.00121);
    CHECK(worst > 0.8 * 0.001); /* chords, so not zero: the bound is tight */
    CHECK_NEAR(sum / 40000.0, 1.0, 1e-12);
    CHECK_NEAR(curve_factor(&p, 10 * S), 1.8, 1e-12); /* a node: exact */
    CHECK_NEAR(curve_factor(&p, 30 * S), 0.2, 1e-12);
}

/* Pieces follow each other without a hole and cover the phase. */
static void pieces_cover_the_phase(void)
{
    static const struct phase rows[] = {
        {.kind = PHASE_STEADY, .duration_ns = 14400 * S},
        {.kind = PHASE_STEPS,
         .duration_ns = 1000000007,
         .from = 1,
         .to = 2,
         .steps = 7},
        {.kind = PHASE_STEPS, .duration_ns = 7200 * S, .from = 1, .to = 2, .steps = 3},
        {.kind = PHASE_SINE,
         .duration_ns = 1000000007,
         .amplitude = 0.5,
         .period_ns = 300000000},
        {.kind = PHASE_SINE,
         .duration_ns = 86400 * S,
         .amplitude = 0.5,
         .period_ns = 86400 * S},
        {.kind = PHASE_RAMP, .duration_ns = 3600 * S, .from = 0, .to = 5},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        int64_t at = 0;
        double before = curve_factor(&rows[i], 0);
        while (at < rows[i].duration_ns) {
            struct piece p = curve_piece(&rows[i], at);
            CHECK_INT(p.start_ns, at);
            CHECK(p.length_ns > 0 && p.length_ns <= 600 * S);
            CHECK(fmax(p.from, p.to) <= curve_peak(&rows[i]) + 1e-12);
            if (rows[i].kind != PHASE_STEPS)
                CHECK_NEAR(p.from, before, 1e-9);
            before = p.to;
            at += p.length_ns;
        }
        CHECK_INT(at, rows[i].duration_ns);
    }
}

/* The last of 432,000,000 arrivals of 12 h at 10,000/s is where it must be, to the
 * nanosecond: jump to the last piece instead of walking for half a minute. */
static void long_runs_keep_their_precision(void)
{
    struct walk w;
    struct phase steady = {.kind = PHASE_STEADY, .duration_ns = 43200 * S};
    struct arrival_plan a = kind_of(ARRIVAL_CONSTANT, 0.0);
    int64_t due_ns, last_ns = 0;
    size_t phase, n = 0;
    walk_init(&w, &a, &steady, 1, 10000.0, 1);
    w.piece = curve_piece(&steady, 42600 * S); /* 71 pieces of 6,000,000 passed */
    while (walk_next(&w, &due_ns, &phase) && n < 100000) {
        n++;
        CHECK_INT(due_ns, 42600 * S + ((int64_t)n * 2 - 1) * 50000);
    }
    /* an odd rate: 12 h at 1/3 per s, walked whole; spacing to the nanosecond */
    walk_init(&w, &a, &steady, 1, 1.0 / 3.0, 1);
    for (n = 0; walk_next(&w, &due_ns, &phase); n++) {
        if (n > 0)
            CHECK(llabs(due_ns - last_ns - 3 * S) <= 1);
        last_ns = due_ns;
    }
    CHECK_INT(n, 14400);
    CHECK_INT(last_ns, 43198500000000);
}

/* 1,200,000 gaps that no double holds exactly, against their sum in long double:
 * the running sum restarts with each piece, so rounding does not pile up. */
static void sums_do_not_drift(void)
{
    struct walk w;
    struct phase steady = {.kind = PHASE_STEADY, .duration_ns = 1200 * S};
    struct arrival_plan a = kind_of(ARRIVAL_POISSON, 0.0);
    struct rng gaps;
    int64_t due_ns;
    size_t phase;
    long double exact = 0.0L, worst = 0.0L;
    walk_init(&w, &a, &steady, 1, 1000.0, 1);
    rng_init(&gaps, 1, RNG_ARRIVAL, 0);
    while (walk_next(&w, &due_ns, &phase)) {
        exact += (long double)rng_exponential(&gaps);
        long double off = fabsl((long double)due_ns - exact * 1e6L);
        worst = off > worst ? off : worst;
    }
    CHECK(exact > 1190000.0L);
    CHECK(worst <= 0.6L); /* rounding to a nanosecond, and little else */
}

int main(void)
{
    RUN(processes_have_their_statistics);
    RUN(poisson_gaps_are_exponential);
    RUN(shapes_have_their_counts_and_times);
    RUN(sine_is_a_sine);
    RUN(pieces_cover_the_phase);
    RUN(long_runs_keep_their_precision);
    RUN(sums_do_not_drift);
    return check_report();
}
