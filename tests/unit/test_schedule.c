/*
 * The schedule against known truth: statistics of the arrival processes, counts
 * and times on every shape of phase, precision of long runs, the same sequence
 * for any number of owners, conversations, closed loops and traces.
 */
#include "check.h"

#include "workload/schedule.h"

#include "workload/walk.h"

#include <math.h>
#include <stdlib.h>
#include <unistd.h>

#define S NS_PER_S

/* A profile from its classes and arrival. */
static struct profile *make(const char *classes, const char *arrival)
{
    char text[4096];
    struct err e = {0};
    (void)snprintf(text, sizeof text,
                   "{\"name\":\"p\",\"classes\":[%s],\"arrival\":{%s}}", classes,
                   arrival);
    struct profile *p = profile_parse(text, strlen(text), &e);
    CHECK_STR(e.text, "");
    if (p == NULL)
        abort();
    return p;
}

#define CHAT                                                                           \
    "{\"name\":\"chat\",\"api\":\"chat\",\"prompt\":{\"kind\":\"lognormal\","          \
    "\"mean\":500,\"cv\":1},\"output\":{\"kind\":\"uniform\",\"min\":10,\"max\":90}}"

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

/* Constant arrivals make the curve visible: the k-th is where the integral of the
 * rate is k + 1/2. */
static void shapes_have_their_counts_and_times(void)
{
    static const struct {
        const char *name;
        struct phase phase;
        size_t count;     /* at 10/s */
        size_t index;     /* of the arrival looked at */
        double due_s;     /* by hand */
        double tolerance; /* the sine's chords */
    } rows[] = {
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
        {"silence",
         {.kind = PHASE_SPIKE, .duration_ns = 5 * S, .factor = 0},
         0,
         0,
         0,
         0},
        {"sine, whole periods",
         {.kind = PHASE_SINE,
          .duration_ns = 60 * S,
          .amplitude = 1,
          .period_ns = 20 * S},
         600,
         0,
         0,
         0},
        /* half a period holds 10 t + 10 a T/pi = 50 + 63.66 for T 10, a 1 */
        {"sine, half a period",
         {.kind = PHASE_SINE,
          .duration_ns = 10 * S,
          .amplitude = 1,
          .period_ns = 20 * S},
         164,
         0,
         0,
         0},
    };
    static double due[80000];
    struct arrival_plan a = kind_of(ARRIVAL_CONSTANT, 0.0);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        size_t n = walk_all(&a, &rows[i].phase, 1, 10.0, due, ARRAY_LEN(due));
        check_row = rows[i].name;
        CHECK_INT(n, rows[i].count);
        if (rows[i].tolerance > 0.0)
            CHECK_NEAR(due[rows[i].index], rows[i].due_s, rows[i].tolerance);
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
        {.kind = PHASE_STEADY, .duration_ns = 4 * 3600 * S},
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
    struct phase steady = {.kind = PHASE_STEADY, .duration_ns = 12 * 3600 * S};
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

/* ---- the whole sequence */

static const struct phase two_phases[] = {
    {.kind = PHASE_WARMUP, .duration_ns = 2 * S},
    {.kind = PHASE_SINE,
     .duration_ns = 18 * S,
     .amplitude = 0.5,
     .period_ns = 6 * S,
     .is_measured = true},
};

static struct schedule_spec spec_of(const struct profile *p, double rate)
{
    return (struct schedule_spec){.profile = p,
                                  .phases = two_phases,
                                  .phase_count = 2,
                                  .seed = 42,
                                  .rate_per_s = rate,
                                  .users = p->arrival.users,
                                  .owners = 1};
}

static size_t take_all(const struct schedule_spec *spec, struct arrival *out,
                       size_t max, uint64_t *digest)
{
    struct err e = {0};
    size_t n = 0;
    struct schedule *s = schedule_new(spec, &e);
    CHECK_STR(e.text, "");
    if (s == NULL)
        abort();
    while (n < max && schedule_next(s, &out[n], &e) == 1)
        n++;
    CHECK_STR(e.text, "");
    *digest = schedule_digest(s);
    schedule_free(s);
    return n;
}

#define MAX 4000

static const char mixed[] =
    "{\"name\":\"talk\",\"weight\":1,\"api\":\"chat\",\"prompt\":{\"kind\":\"gamma\","
    "\"mean\":200,\"cv\":1},\"output\":50,\"prefix\":{\"groups\":9,\"tokens\":{\"kind\":"
    "\"uniform\",\"min\":1,\"max\":64},\"share\":0.5},\"conversation\":{\"turns\":{"
    "\"kind\":\"uniform\",\"min\":1,\"max\":4},\"think_s\":{\"kind\":\"uniform\",\"min\":1,"
    "\"max\":3}}},"
    "{\"name\":\"embed\",\"weight\":3,\"api\":\"embeddings\",\"prompt\":16,\"batch\":{"
    "\"kind\":\"uniform\",\"min\":1,\"max\":5}}";

static bool is_same(const struct arrival *a, const struct arrival *b)
{
    return a->number == b->number && a->turn == b->turn && a->turns == b->turns &&
           a->class_index == b->class_index && a->phase == b->phase &&
           a->is_measured == b->is_measured && a->is_traced == b->is_traced &&
           a->due_ns == b->due_ns && a->think_ns == b->think_ns &&
           a->prompt_tokens == b->prompt_tokens &&
           a->history_tokens == b->history_tokens &&
           a->output_tokens == b->output_tokens &&
           a->suffix_tokens == b->suffix_tokens && a->batch == b->batch &&
           a->prefix_tokens == b->prefix_tokens && a->prefix_group == b->prefix_group;
}

/* The union over the owners, in order of number, must be what one owner has, field
 * by field; every owner's digest the same. */
static void owners_share_one_sequence(void)
{
    static const uint32_t owners[] = {2, 4, 7, 100};
    static struct arrival all[MAX], one[MAX], merged[MAX];
    struct profile *p = make(mixed, "\"kind\":\"poisson\",\"rate\":\"100/s\"");
    struct schedule_spec spec = spec_of(p, 100.0);
    uint64_t digest, other;
    size_t n = take_all(&spec, all, MAX, &digest);
    CHECK(n > 1800 && n < 2200);
    for (size_t i = 0; i < ARRAY_LEN(owners); i++) {
        size_t sum = 0;
        memset(merged, 0xff, sizeof merged);
        spec.owners = owners[i];
        for (spec.owner = 0; spec.owner < owners[i]; spec.owner++) {
            size_t own = take_all(&spec, one, MAX, &other);
            CHECK(other == digest);
            for (size_t k = 0; k < own; k++)
                merged[one[k].number] = one[k];
            sum += own;
        }
        CHECK_INT(sum, n);
        for (size_t k = 0; k < n; k++)
            CHECK(is_same(&merged[k], &all[k]));
    }
    profile_free(p);
}

static void arrivals_are_in_order_and_in_their_phase(void)
{
    static struct arrival all[MAX];
    struct profile *p = make(CHAT, "\"kind\":\"poisson\",\"rate\":\"100/s\"");
    struct schedule_spec spec = spec_of(p, 100.0);
    uint64_t digest;
    size_t n = take_all(&spec, all, MAX, &digest);
    for (size_t i = 0; i < n; i++) {
        CHECK_INT(all[i].number, i);
        CHECK(i == 0 || all[i].due_ns >= all[i - 1].due_ns);
        CHECK_INT(all[i].phase, all[i].due_ns >= 2 * S);
        CHECK_INT(all[i].is_measured, all[i].due_ns >= 2 * S);
        CHECK(all[i].due_ns < 20 * S);
        CHECK_INT(all[i].turns, 1);
        CHECK_INT(all[i].batch, 1);
        CHECK(all[i].output_tokens >= 10 && all[i].output_tokens <= 90);
    }
    profile_free(p);
}

static void seeds_and_profiles_change_the_digest(void)
{
    static struct arrival all[MAX];
    struct profile *p = make(CHAT, "\"kind\":\"poisson\",\"rate\":\"100/s\"");
    struct profile *q =
        make("{\"name\":\"chat\",\"api\":\"chat\",\"prompt\":9,\"output\":9}",
             "\"kind\":\"poisson\",\"rate\":\"100/s\"");
    struct schedule_spec spec = spec_of(p, 100.0);
    uint64_t a, b, c, d;
    (void)take_all(&spec, all, MAX, &a);
    (void)take_all(&spec, all, MAX, &b);
    CHECK(a == b);
    spec.profile = q;
    (void)take_all(&spec, all, MAX, &c);
    spec.profile = p;
    spec.seed = 43;
    (void)take_all(&spec, all, MAX, &d);
    CHECK(a != c && a != d && c != d);
    profile_free(p);
    profile_free(q);
}

/* The digest by hand, of three arrivals, as schedule.h defines it. */
static void digest_is_as_defined(void)
{
    static struct arrival all[MAX];
    struct profile *p = make(CHAT, "\"kind\":\"constant\",\"rate\":\"1/s\"");
    struct schedule_spec spec = spec_of(p, 1.0);
    uint64_t digest, expected = 42;
    spec.limit = 3;
    CHECK_INT(take_all(&spec, all, MAX, &digest), 3);
    for (size_t i = 0; i < 3; i++) {
        uint64_t parts[] = {i, (uint64_t)all[i].due_ns, 1,
                            (uint64_t)all[i].prompt_tokens << 32 |
                                all[i].output_tokens};
        for (size_t k = 0; k < ARRAY_LEN(parts); k++)
            expected = rng_hash(expected, RNG_ARRIVAL, parts[k]);
    }
    CHECK(digest == expected);
    profile_free(p);
}

/* The same bits on every machine, compiler and for ever: a change here changes what
 * every recorded seed means. */
static void sequences_are_pinned(void)
{
    static const struct {
        const char *arrival;
        int64_t due_ns; /* of the 1,000th arrival */
        uint64_t digest;
    } rows[] = {
        {"\"kind\":\"poisson\",\"rate\":100", 9512388039, UINT64_C(0x8538f84717e6f22c)},
        {"\"kind\":\"gamma\",\"rate\":100,\"cv\":3", 8413650627,
         UINT64_C(0x3e3aec85a43eca00)},
        {"\"kind\":\"constant\",\"rate\":100", 9511947040,
         UINT64_C(0x7d726f31b5416959)},
    };
    static struct arrival all[MAX];
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct profile *p = make(mixed, rows[i].arrival);
        struct schedule_spec spec = spec_of(p, 100.0);
        uint64_t digest;
        check_row = rows[i].arrival;
        CHECK(take_all(&spec, all, MAX, &digest) > 1000);
        CHECK_INT(all[999].due_ns, rows[i].due_ns);
        CHECK_INT(digest, rows[i].digest);
        profile_free(p);
    }
}

static void classes_come_by_weight(void)
{
    static struct arrival all[MAX];
    struct profile *p = make(mixed, "\"kind\":\"poisson\",\"rate\":\"100/s\"");
    struct schedule_spec spec = spec_of(p, 100.0);
    uint64_t digest;
    size_t n = take_all(&spec, all, MAX, &digest), talks = 0, prefixed = 0, turns = 0;
    for (size_t i = 0; i < n; i++) {
        if (all[i].class_index == 0) {
            talks++;
            turns += all[i].turns;
            prefixed += all[i].prefix_tokens > 0;
            CHECK(all[i].turns >= 1 && all[i].turns <= 4 && all[i].prefix_group < 9);
            CHECK(all[i].prefix_tokens < all[i].prompt_tokens);
        } else {
            CHECK(all[i].batch >= 1 && all[i].batch <= 5);
            CHECK_INT(all[i].prompt_tokens, all[i].batch * 16);
            CHECK_INT(all[i].output_tokens, 0);
        }
    }
    CHECK_NEAR((double)talks / (double)n, 0.25, 0.04); /* 4 sigma */
    CHECK_NEAR((double)prefixed / (double)talks, 0.5, 0.1);
    CHECK_NEAR((double)turns / (double)talks, 2.5, 0.2);
    profile_free(p);
}

/* A group's prefix has one length, and small groups are asked more often. */
static void prefix_groups_are_stable(void)
{
    static struct arrival all[MAX];
    uint32_t tokens[9] = {0}, count[9] = {0};
    struct profile *p = make(
        "{\"name\":\"c\",\"api\":\"chat\",\"prompt\":1000,\"output\":1,\"prefix\":{"
        "\"groups\":9,\"tokens\":{\"kind\":\"uniform\",\"min\":1,\"max\":900},"
        "\"skew\":1}}",
        "\"kind\":\"poisson\",\"rate\":\"100/s\"");
    struct schedule_spec spec = spec_of(p, 100.0);
    uint64_t digest;
    size_t n = take_all(&spec, all, MAX, &digest);
    for (size_t i = 0; i < n; i++) {
        uint32_t g = all[i].prefix_group;
        CHECK(count[g] == 0 || tokens[g] == all[i].prefix_tokens);
        tokens[g] = all[i].prefix_tokens;
        count[g]++;
    }
    CHECK(tokens[0] != tokens[1] && tokens[1] != tokens[2]);
    CHECK_NEAR((double)count[0] / (double)n, 0.35348, 0.045); /* 1 / H(9) */
    CHECK_NEAR((double)count[8] / (double)n, 0.03928, 0.02);
    profile_free(p);
}

static void turns_follow_each_other(void)
{
    struct err e = {0};
    struct arrival a, next;
    struct profile *p = make(
        "{\"name\":\"c\",\"api\":\"chat\",\"prompt\":{\"kind\":\"uniform\",\"min\":10,"
        "\"max\":99},\"output\":7,\"conversation\":{\"turns\":3,\"think_s\":{\"kind\":"
        "\"uniform\",\"min\":1,\"max\":2}}}",
        "\"kind\":\"poisson\",\"rate\":\"100/s\"");
    struct schedule_spec spec = spec_of(p, 100.0);
    struct schedule *s = schedule_new(&spec, &e);
    CHECK_INT(schedule_next(s, &a, &e), 1);
    CHECK_INT(a.turns, 3);
    CHECK_INT(a.history_tokens, 0);
    uint32_t history = 0;
    for (uint16_t turn = 1; turn < 3; turn++) {
        schedule_turn(s, &a, &next);
        history += a.prompt_tokens + 7;
        CHECK_INT(next.turn, turn);
        CHECK_INT(next.number, a.number);
        CHECK_INT(next.history_tokens, history);
        CHECK(next.think_ns >= S && next.think_ns <= 2 * S);
        CHECK(next.prompt_tokens >= 10 && next.prompt_tokens <= 99);
        struct arrival again;
        schedule_turn(s, &a, &again);
        CHECK(is_same(&again, &next));
        a = next;
    }
    schedule_free(s);
    profile_free(p);
}

static void limits_and_ends_are_kept(void)
{
    struct err e = {0};
    struct arrival a;
    struct profile *p = make(CHAT, "\"kind\":\"constant\",\"rate\":\"100/s\"");
    struct schedule_spec spec = spec_of(p, 100.0);
    uint64_t digest;
    static struct arrival all[MAX];
    spec.limit = 17;
    CHECK_INT(take_all(&spec, all, MAX, &digest), 17);
    spec.limit = 0;
    struct schedule *s = schedule_new(&spec, &e);
    int got = 1;
    size_t n = 0;
    for (; got == 1; n++)
        got = schedule_next(s, &a, &e);
    CHECK_INT(n, 2001); /* 2,000 and the end */
    CHECK_INT(schedule_next(s, &a, &e), 0);
    CHECK_INT(schedule_duration_ns(s), 20 * S);
    CHECK_NEAR(schedule_rate_at(s, S), 100.0, 1e-9);
    CHECK_NEAR(schedule_rate_at(s, 3500 * NS_PER_MS), 150.0, 1e-9); /* sine's top */
    CHECK_INT(schedule_users_at(s, S), 0);
    CHECK_INT(schedule_users_max(s), 0);
    bool is_measured;
    CHECK_INT(schedule_phase_at(s, 2 * S - 1, &is_measured), 0);
    CHECK(!is_measured);
    CHECK_INT(schedule_phase_at(s, 2 * S, &is_measured), 1);
    CHECK(is_measured);
    CHECK_INT(schedule_phase_at(s, 99 * S, &is_measured), 1); /* a late turn */
    schedule_free(s);
    profile_free(p);
}

static void closed_loops_seat_their_users(void)
{
    struct err e = {0};
    struct arrival a, b;
    static const struct phase phases[] = {
        {.kind = PHASE_RAMP, .duration_ns = 10 * S, .from = 0, .to = 2},
        {.kind = PHASE_STEADY, .duration_ns = 10 * S, .is_measured = true},
    };
    struct profile *p = make(CHAT, "\"kind\":\"closed\",\"users\":10,\"think_s\":4");
    struct schedule_spec spec = spec_of(p, 0.0);
    spec.phases = phases;
    struct schedule *s = schedule_new(&spec, &e);
    CHECK_STR(e.text, "");
    CHECK_INT(schedule_users_max(s), 20);
    CHECK_INT(schedule_users_at(s, 0), 0);
    CHECK_INT(schedule_users_at(s, 5 * S), 10);
    CHECK_INT(schedule_users_at(s, 10 * S - 1), 20);
    CHECK_INT(schedule_users_at(s, 10 * S), 10);
    CHECK_INT(schedule_users_at(s, 99 * S), 10);
    CHECK_NEAR(schedule_rate_at(s, S), 0.0, 0.0);
    int64_t low = S, high = 0;
    for (uint32_t user = 0; user < 20; user++) {
        schedule_user(s, user, 0, &a);
        CHECK_INT(a.number, user);
        CHECK(a.think_ns >= 0 && a.think_ns < S); /* at most 1 s of the mean of 4 */
        low = a.think_ns < low ? a.think_ns : low;
        high = a.think_ns > high ? a.think_ns : high;
        schedule_user(s, user, 3, &b);
        CHECK_INT(b.number, 60 + user);
        CHECK_INT(b.think_ns, 4 * S);
    }
    CHECK(low < S / 4 && high > 3 * S / 4);
    schedule_free(s);
    profile_free(p);
}

/* ---- traces */

/* Four rows of the Mooncake format; the caller unlinks path. */
static void write_trace(char path[64])
{
    static const char rows[] =
        "{\"timestamp\": 0, \"input_length\": 1500, \"output_length\": 52, "
        "\"hash_ids\": [0, 1, 2]}\n"
        "{\"timestamp\": 1250, \"input_length\": 700, \"output_length\": 0, "
        "\"hash_ids\": [0, 3]}\n"
        "{\"timestamp\": 3001, \"input_length\": 10, \"output_length\": 7, "
        "\"hash_ids\": [4]}\n"
        "{\"timestamp\": 30000, \"input_length\": 10, \"output_length\": 7, "
        "\"hash_ids\": [4]}\n";
    (void)snprintf(path, 64, "/tmp/gust-test-XXXXXX");
    int fd = mkstemp(path);
    CHECK(fd >= 0);
    CHECK(write(fd, rows, sizeof rows - 1) == sizeof rows - 1);
    (void)close(fd);
}

static void traces_give_times_lengths_and_blocks(void)
{
    struct err e = {0};
    struct arrival a;
    char path[64];
    write_trace(path);
    struct profile *p = profile_default(&e);
    struct trace_spec trace = {.path = path, .speed = 1.0, .is_spread_off = true};
    struct schedule_spec spec = spec_of(p, 0.0);
    spec.trace = &trace;
    struct schedule *s = schedule_new(&spec, &e);
    CHECK_STR(e.text, "");
    CHECK_INT(schedule_next(s, &a, &e), 1);
    CHECK(a.is_traced && a.turns == 1 && a.batch == 1 && !a.is_measured);
    CHECK_INT(a.prompt_tokens, 1500);
    CHECK_INT(a.output_tokens, 52);
    CHECK_INT(a.block_count, 3);
    CHECK_INT(a.block_tokens, 512);
    CHECK_INT(a.blocks[2], 2);
    CHECK_INT(schedule_next(s, &a, &e), 1);
    CHECK_INT(a.due_ns, 1250 * NS_PER_MS);
    CHECK_INT(a.output_tokens, 1); /* never nothing */
    CHECK_INT(a.blocks[1], 3);
    CHECK_INT(schedule_next(s, &a, &e), 1);
    CHECK(a.phase == 1 && a.is_measured);
    CHECK_INT(schedule_next(s, &a, &e), 0); /* past the phases' 20 s */
    CHECK_INT(schedule_next(s, &a, &e), 0);
    schedule_free(s);

    spec.phase_count = 0; /* as long as the trace */
    static struct arrival all[MAX];
    uint64_t digest, other;
    CHECK_INT(take_all(&spec, all, MAX, &digest), 4);
    size_t sum = 0;
    spec.owners = 3;
    for (spec.owner = 0; spec.owner < 3; spec.owner++) {
        sum += take_all(&spec, all, MAX, &other);
        CHECK(digest == other);
    }
    CHECK_INT(sum, 4);
    (void)unlink(path);
    profile_free(p);
}

static void impossible_specs_are_refused(void)
{
    struct err e = {0};
    struct profile *p = profile_default(&e);
    struct schedule_spec spec = spec_of(p, 1.0);
    CHECK(schedule_new(&spec, &e) == NULL);
    CHECK_STR(e.text, "profile trace: arrivals come from a trace, and none was given");
    profile_free(p);
    err_clear(&e);
    p = make(CHAT, "\"kind\":\"poisson\",\"rate\":1");
    spec = spec_of(p, 0.0);
    CHECK(schedule_new(&spec, &e) == NULL);
    CHECK_STR(e.text, "a rate of 0 per second cannot be scheduled");
    profile_free(p);
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
    RUN(owners_share_one_sequence);
    RUN(arrivals_are_in_order_and_in_their_phase);
    RUN(seeds_and_profiles_change_the_digest);
    RUN(digest_is_as_defined);
    RUN(sequences_are_pinned);
    RUN(classes_come_by_weight);
    RUN(prefix_groups_are_stable);
    RUN(turns_follow_each_other);
    RUN(limits_and_ends_are_kept);
    RUN(closed_loops_seat_their_users);
    RUN(traces_give_times_lengths_and_blocks);
    RUN(impossible_specs_are_refused);
    return check_report();
}
