/*
 * What `gust mock` can take within its objectives, by simulation: the truth that
 * `gust capacity` is held against.
 *
 *   capacity_truth --slots 8 --prompt 500 --output 50 --slo "ttft p95 <= 500ms"
 *   capacity_truth ... --rate 20     what is seen at one load
 *   capacity_truth ... --past FILE   what is seen when requests come as they once did:
 *                                    a line each, "seconds prompt output", by time
 *
 * Options named as the mock's mean the same. Of each of --replications independent
 * worlds the greatest rate (or number of users) is found at which every objective
 * holds over --requests requests; the random numbers of a world are the same at every
 * rate. The mean of the replications has an interval by Student's t. A request that is
 * refused is infinitely slow.
 *
 * Shares no code with the program under test, down to the random numbers.
 */
#include "queueworld.h"

#include <getopt.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SLOS_MAX 16
#define REPLICATIONS_MAX 100

enum figure { TTFT, TPOT, E2E, SUCCESS, GOODPUT };
static const char *const figures[] = {"ttft", "tpot", "e2e", "success", "goodput"};

struct objective {
    char text[64];
    enum figure figure;
    double share, limit_s; /* so many of the requests within the limit */
};

struct study {
    struct queueworld world;
    struct objective slos[SLOS_MAX];
    size_t slo_count;
    unsigned replications;
    bool is_closed; /* the search is over users */
};

static void usage(const char *what, const char *value)
{
    fprintf(stderr, "capacity_truth: %s: \"%s\" is not understood\n", what, value);
    exit(2);
}

static double seconds(const char *name, const char *text)
{
    static const struct {
        const char *unit;
        double s;
    } units[] = {{"us", 1e-6}, {"ms", 1e-3}, {"s", 1.0}, {"", 1.0}};
    char *unit;
    double x = strtod(text, &unit);
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (unit != text && x >= 0.0 && strcmp(unit, units[i].unit) == 0)
            return x * units[i].s;
    usage(name, text);
    return 0.0;
}

static double number(const char *name, const char *text)
{
    char *rest;
    double x = strtod(text, &rest);
    if (rest == text || *rest != '\0' || !(x >= 0.0) || x > 1e15)
        usage(name, text);
    return x;
}

/* "200", "uniform:50:400", "lognormal:MEAN:CV" and ":MOST", "geometric:MEAN". */
static struct length read_length(const char *name, const char *text)
{
    static const char *const kinds[] = {
        [LENGTH_UNIFORM] = "uniform",
        [LENGTH_LOGNORMAL] = "lognormal",
        [LENGTH_GEOMETRIC] = "geometric",
    };
    struct length l = {0};
    char kind[16];
    if (sscanf(text, "%15[a-z]:%lf:%lf:%lf", kind, &l.a, &l.b, &l.most) < 2) {
        l.a = number(name, text);
        return l;
    }
    for (int i = LENGTH_UNIFORM; i <= LENGTH_GEOMETRIC; i++)
        if (strcmp(kind, kinds[i]) == 0)
            l.kind = (enum length_kind)i;
    if (l.kind == LENGTH_FIXED || !(l.a >= 1.0) || !(l.b >= 0.0))
        usage(name, text);
    return l;
}

/* "ttft p95 <= 500ms", "success >= 99%". */
static void read_slo(struct study *s, const char *text)
{
    char name[16], limit[16];
    double percent;
    if (s->slo_count == SLOS_MAX)
        usage("more than 16 objectives", text);
    struct objective *o = &s->slos[s->slo_count++];
    (void)snprintf(o->text, sizeof o->text, "%s", text);
    bool is_latency = sscanf(text, "%15s p%lf <= %15s", name, &percent, limit) == 3;
    if (!is_latency && sscanf(text, "%15s >= %lf%%", name, &percent) != 2)
        usage("--slo", text);
    size_t i = 0;
    while (i < sizeof figures / sizeof *figures && strcmp(name, figures[i]) != 0)
        i++;
    if (i == sizeof figures / sizeof *figures || is_latency != (i < SUCCESS))
        usage("--slo", text);
    o->figure = (enum figure)i;
    o->share = percent / 100.0;
    o->limit_s = is_latency ? seconds("--slo", limit) : HUGE_VAL;
}

/* --- judging one rate ------------------------------------------------------------------ */

struct tally {
    const struct study *study;
    uint64_t seen, within[SLOS_MAX];
};

static double value_of(const struct visit *v, enum figure f)
{
    switch (f) {
    case TTFT:
        return v->ttft;
    case TPOT:
        return isnan(v->tpot) ? 0.0 : v->tpot; /* no token to be slow */
    case E2E:
    case SUCCESS:
    case GOODPUT:
        break;
    }
    return v->e2e;
}

static bool is_within(const struct study *s, const struct objective *o,
                      const struct visit *v)
{
    if (isinf(v->e2e))
        return false;
    if (o->figure != GOODPUT)
        return value_of(v, o->figure) <= o->limit_s;
    for (size_t i = 0; i < s->slo_count; i++)
        if (s->slos[i].figure < SUCCESS && !is_within(s, &s->slos[i], v))
            return false;
    return true;
}

/* How much of what an objective allows to miss it was missed: above 1 it is broken. */
static double overuse(const struct tally *t, size_t i)
{
    const struct study *s = t->study;
    double missed = (double)(t->seen - t->within[i]);
    double allowed = (1.0 - s->slos[i].share) * (double)s->world.requests;
    return missed > 0.0 ? missed / (allowed + 1e-6) : 0.0;
}

/* Goes on until an objective is broken however good the rest will be. */
static bool judge_visit(void *context, const struct visit *v)
{
    struct tally *t = context;
    bool is_open = true;
    t->seen++;
    for (size_t i = 0; i < t->study->slo_count; i++) {
        t->within[i] += is_within(t->study, &t->study->slos[i], v);
        is_open &= overuse(t, i) <= 1.0;
    }
    return is_open;
}

static struct queueworld world_at(const struct study *s, double load, unsigned k)
{
    struct queueworld w = s->world;
    w.seed += k;
    w.rate = s->is_closed || w.past ? 0.0 : load;
    w.users = s->is_closed ? (uint64_t)load : 0;
    return w;
}

/* Do all objectives hold at this load? *worst is the one nearest to breaking. */
static bool holds(const struct study *s, double load, unsigned k, size_t *worst)
{
    struct tally t = {.study = s};
    struct queueworld w = world_at(s, load, k);
    (void)queueworld_run(&w, judge_visit, &t, NULL); /* stops where it is broken */
    *worst = 0;
    for (size_t i = 0; i < s->slo_count; i++)
        if (overuse(&t, i) > overuse(&t, *worst))
            *worst = i;
    return overuse(&t, *worst) <= 1.0;
}

/* --- searching -------------------------------------------------------------------------- */

#define LOAD_LEAST 1e-3
#define LOAD_MOST 1e7
#define WIDTH 1.001

/* The greatest load of replication k at which all holds; 0: none. */
static double capacity_of(const struct study *s, unsigned k, size_t *binding)
{
    size_t worst;
    double low = 1.0;
    double least = s->is_closed ? 1.0 : LOAD_LEAST;
    while (!holds(s, low, k, binding)) {
        low /= 2.0;
        if (low < least)
            return 0.0;
    }
    double high = 2.0 * low;
    while (holds(s, high, k, &worst)) {
        low = high;
        high *= 2.0;
        if (high > LOAD_MOST)
            usage("--slo", "it holds at any load");
    }
    *binding = worst;
    while (s->is_closed ? high - low > 1.0 : high > low * WIDTH) {
        double middle = s->is_closed ? floor((low + high) / 2.0) : sqrt(low * high);
        if (holds(s, middle, k, &worst)) {
            low = middle;
        } else {
            high = middle;
            *binding = worst;
        }
    }
    return low;
}

/* Student's t, two-sided 95 %, for n - 1 degrees of freedom (Cornish and Fisher's
 * expansion: within 1 % from 3 degrees on). */
static double t95(unsigned n)
{
    double z = 1.959964, nu = n - 1.0;
    return z + (z * z * z + z) / (4.0 * nu) +
           (5.0 * pow(z, 5) + 16.0 * pow(z, 3) + 3.0 * z) / (96.0 * nu * nu) +
           (3.0 * pow(z, 7) + 19.0 * pow(z, 5) + 17.0 * pow(z, 3) - 15.0 * z) /
               (384.0 * nu * nu * nu);
}

/* Mean and half the width of its interval. */
static void mean_of(const double *x, unsigned n, double *mean, double *half)
{
    double sum = 0.0, squares = 0.0;
    for (unsigned i = 0; i < n; i++)
        sum += x[i];
    *mean = sum / n;
    for (unsigned i = 0; i < n; i++)
        squares += (x[i] - *mean) * (x[i] - *mean);
    *half = n > 1 ? t95(n) * sqrt(squares / (n - 1.0) / n) : HUGE_VAL;
}

static void print_capacity(const struct study *s)
{
    double found[REPLICATIONS_MAX], mean, half;
    size_t bound[SLOS_MAX] = {0}, most = 0;
    for (unsigned k = 0; k < s->replications; k++) {
        size_t binding = 0;
        found[k] = capacity_of(s, k, &binding);
        most = ++bound[binding] > bound[most] ? binding : most;
    }
    mean_of(found, s->replications, &mean, &half);
    printf("capacity %.4f low %.4f high %.4f %s\n", mean, mean - half, mean + half,
           s->is_closed ? "users" : "per_s");
    printf("binding %s\n", s->slos[most].text);
}

/* --- one load ----------------------------------------------------------------------------- */

struct recorder {
    double *values[3];
    uint64_t count, refused;
};

static bool record(void *context, const struct visit *v)
{
    struct recorder *r = context;
    r->refused += isinf(v->e2e) != 0;
    for (enum figure f = TTFT; f <= E2E; f++)
        r->values[f][r->count] = value_of(v, f);
    r->count++;
    return true;
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* A row a figure: means over the replications, with their intervals. */
static void print_load(const struct study *s, double load)
{
    static const double percents[] = {50, 95, 99};
    static double q[3][3][REPLICATIONS_MAX], flow[3][REPLICATIONS_MAX];
    struct recorder r = {{NULL}, 0, 0};
    unsigned n = s->replications;
    uint64_t requests = s->world.requests, refused = 0;
    for (size_t f = 0; f < 3; f++)
        r.values[f] = calloc(requests, sizeof(double));
    for (unsigned k = 0; k < n; k++) {
        struct queueworld w = world_at(s, load, k);
        struct worldview view = {0};
        r.count = r.refused = 0;
        (void)queueworld_run(&w, record, &r, &view);
        refused += r.refused;
        flow[0][k] = view.completions;
        flow[1][k] = view.in_flight;
        flow[2][k] = view.in_flight / (view.completions * view.sojourn) - 1.0;
        for (size_t f = 0; f < 3; f++) {
            qsort(r.values[f], requests, sizeof(double), ascending);
            for (size_t i = 0; i < 3; i++)
                q[f][i][k] =
                    r.values[f]
                            [(size_t)ceil(percents[i] / 100.0 * (double)requests) - 1];
        }
    }
    double mean, half;
    for (size_t f = 0; f < 3; f++)
        for (size_t i = 0; i < 3; i++) {
            mean_of(q[f][i], n, &mean, &half);
            printf("%s p%.0f %.6f s +- %.6f\n", figures[f], percents[i], mean, half);
        }
    static const char *const flows[] = {"completions_per_s", "in_flight", "residual"};
    for (size_t i = 0; i < 3; i++) {
        mean_of(flow[i], n, &mean, &half);
        printf("%s %.6f +- %.6f\n", flows[i], mean, half);
    }
    printf("refused %.6f\n", (double)refused / (double)(requests * n));
    for (size_t f = 0; f < 3; f++)
        free(r.values[f]);
}

/* --- options -------------------------------------------------------------------------------- */

static const struct option options[] = {
    {"slots", required_argument, NULL, 's'},
    {"queue", required_argument, NULL, 'q'},
    {"ttft", required_argument, NULL, 't'},
    {"prefill", required_argument, NULL, 'p'},
    {"tpot", required_argument, NULL, 'd'},
    {"tpot-slope", required_argument, NULL, 'l'},
    {"jitter", required_argument, NULL, 'j'},
    {"prompt", required_argument, NULL, 'i'},
    {"output", required_argument, NULL, 'o'},
    {"slo", required_argument, NULL, 'S'},
    {"rate", required_argument, NULL, 'r'},
    {"past", required_argument, NULL, 'P'},
    {"users", optional_argument, NULL, 'u'},
    {"think", required_argument, NULL, 'k'},
    {"requests", required_argument, NULL, 'n'},
    {"warm-up", required_argument, NULL, 'w'},
    {"replications", required_argument, NULL, 'm'},
    {"seed", required_argument, NULL, 'e'},
    {NULL, 0, NULL, 0},
};

/* Takes the place of a rate: what came is what is counted. */
static void read_past(struct study *s, const char *path)
{
    struct past_arrival row, *rows = NULL;
    size_t count = 0;
    double last = 0.0;
    FILE *file = fopen(path, "r");
    if (!file)
        usage("--past", path);
    while (fscanf(file, "%lf %" SCNu64 " %" SCNu64, &row.at_s, &row.prompt,
                  &row.output) == 3) {
        rows = realloc(rows, (count + 1) * sizeof *rows);
        if (!rows || row.at_s < last || row.prompt == 0 || row.output == 0)
            usage("--past: a line of", path);
        last = row.at_s;
        rows[count++] = row;
    }
    if (count == 0 || !feof(file) || fclose(file) != 0)
        usage("--past", path);
    s->world.past = rows;
    s->world.requests = count;
    s->world.warm_up = 0;
}

/* Sets one option; *load is --rate or --users=N. */
static void set(struct study *s, int letter, const char *value, double *load)
{
    struct queueworld *w = &s->world;
    int i = 0;
    while (options[i].val != letter && options[i].name)
        i++;
    const char *name = options[i].name ? options[i].name : "options";
    double *times[256] = {['t'] = &w->ttft_s,
                          ['p'] = &w->prefill_s,
                          ['d'] = &w->tpot_s,
                          ['l'] = &w->slope_s,
                          ['k'] = &w->think_s};
    uint64_t *counts[256] = {['s'] = &w->slots,
                             ['q'] = &w->queue,
                             ['n'] = &w->requests,
                             ['w'] = &w->warm_up,
                             ['e'] = &w->seed};
    s->is_closed |= letter == 'u';
    if (times[letter])
        *times[letter] = seconds(name, value);
    else if (counts[letter])
        *counts[letter] = (uint64_t)number(name, value);
    else if (letter == 'i' || letter == 'o')
        *(letter == 'i' ? &w->prompt : &w->output) = read_length(name, value);
    else if (letter == 'S')
        read_slo(s, value);
    else if (letter == 'P')
        read_past(s, value);
    else if (letter == 'j')
        w->jitter = number(name, value);
    else if (letter == 'm')
        s->replications = (unsigned)number(name, value);
    else if (letter == 'r' || (letter == 'u' && value))
        *load = number(name, value);
    else if (letter != 'u')
        exit(2); /* getopt has said why */
}

int main(int argc, char **argv)
{
    /* The mock's defaults. */
    struct study s = {.world = {.slots = 256,
                                .queue = 10000,
                                .ttft_s = 0.020,
                                .prefill_s = 20e-6,
                                .tpot_s = 0.010,
                                .slope_s = 20e-6,
                                .jitter = 0.1,
                                .prompt = {.a = 500},
                                .output = {.a = 100},
                                .warm_up = 2000,
                                .requests = 20000,
                                .seed = 1},
                      .replications = 8};
    double load = 0.0;
    for (;;) {
        int letter = getopt_long(argc, argv, "", options, NULL);
        if (letter == -1)
            break;
        set(&s, letter, optarg, &load);
    }
    if (optind < argc)
        usage("arguments", argv[optind]);
    if (s.world.slots == 0 || s.world.requests == 0)
        usage("--slots and --requests", "0");
    if (s.replications < 2 || s.replications > REPLICATIONS_MAX)
        usage("--replications", "it is 2 .. 100");
    if (load > 0.0 || s.world.past)
        print_load(&s, load);
    else if (s.slo_count > 0)
        print_capacity(&s);
    else
        usage("--slo or --rate", "");
    return 0;
}
