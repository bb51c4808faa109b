/*
 * The judge study: how often is the verdict right, on traffic whose truth is known?
 *
 *   study [-n RUNS] [-j PROCESSES] [-o FILE] [ROW...]
 *
 * Prints one line per demand of every row (or of the rows named), to the file as
 * well, and exits 1 when a demand is missed. The same arguments give the same
 * figures, whatever the number of processes.
 */
#include "tests/study/estimate.h"
#include "tests/study/rows.h"

#include "base/base.h"
#include "base/clock.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define RUNS 1000
#define RUNS_MAX 1000000
#define PROCESSES_MAX 256

struct options {
    size_t runs;
    unsigned processes;
    FILE *file; /* NULL: none */
    char **rows;
    size_t row_count; /* 0: all */
};

struct score {
    size_t held, missed;
};

PRINTF_LIKE(2, 3)
static void say(const struct options *options, const char *format, ...)
{
    FILE *streams[] = {stdout, options->file};
    for (size_t i = 0; i < ARRAY_LEN(streams) && streams[i] != NULL; i++) {
        va_list arguments;
        va_start(arguments, format);
        (void)vfprintf(streams[i], format, arguments); /* closing it tells */
        va_end(arguments);
        (void)fflush(streams[i]);
    }
}

static bool is_wanted(const struct options *options, const char *row)
{
    for (size_t i = 0; i < options->row_count; i++)
        if (strcmp(options->rows[i], row) == 0)
            return true;
    return options->row_count == 0;
}

static void say_estimate(const struct options *options, const struct cell *cell,
                         const struct demand *demand, const struct estimate *e)
{
    bool is_share = figure_is_share(demand->figure);
    double scale = is_share ? 100 : 1;
    const char *unit = is_share ? "%" : "s";
    char traffic[64];
    (void)snprintf(traffic, sizeof traffic, "%s %g/s %g s",
                   noise_name(cell->traffic.noise), cell->traffic.rate_per_s,
                   cell->traffic.seconds);
    say(options, "%-4s %-29s %-16s %-10s %s %5.1f %s %7.1f %s %7.1f ..%6.1f %6zu  %s\n",
        cell->row, cell->text, traffic, figure_name(demand->figure),
        demand->is_least ? ">=" : "<=", scale * demand->limit, unit, scale * e->value,
        unit, scale * e->low, scale * e->high, e->counted, e->is_met ? "ok" : "MISSED");
}

static void study_cell(const struct options *options, const struct cell *cell,
                       struct score *score)
{
    struct result *results = xcalloc(options->runs, sizeof results[0]);
    experiment_run(cell, options->runs, options->processes, results);
    for (size_t i = 0; i < DEMANDS; i++) {
        const struct demand *demand = &cell->demands[i];
        if (demand->figure == FIGURE_NONE)
            continue;
        struct estimate e = estimate_of(demand, results, options->runs);
        say_estimate(options, cell, demand, &e);
        score->held += e.is_met;
        score->missed += !e.is_met;
    }
    free(results);
}

static void study_all(const struct options *options, struct score *score)
{
    size_t n;
    const struct cell *cells = study_cells(&n);
    say(options, "%-4s %-29s %-16s %-10s %10s %9s %16s %6s\n", "row", "canary",
        "traffic", "verdict", "required", "measured", "95 % interval", "runs");
    for (size_t i = 0; i < n; i++)
        if (is_wanted(options, cells[i].row))
            study_cell(options, &cells[i], score);
}

/* A whole number in 1..most, or 0. */
static size_t parse_count(const char *text, size_t most)
{
    char *end;
    unsigned long long n = strtoull(text, &end, 10);
    return *end == '\0' && n >= 1 && n <= most ? (size_t)n : 0;
}

static bool set_option(struct options *options, int letter)
{
    switch (letter) {
    case 'n':
        options->runs = parse_count(optarg, RUNS_MAX);
        return options->runs > 0;
    case 'j':
        options->processes = (unsigned)parse_count(optarg, PROCESSES_MAX);
        return options->processes > 0;
    case 'o':
        options->file = fopen(optarg, "w");
        return options->file != NULL;
    default:
        return false;
    }
}

static bool parse_options(struct options *options, int argc, char **argv)
{
    for (int letter = getopt(argc, argv, "n:j:o:"); letter != -1;
         letter = getopt(argc, argv, "n:j:o:"))
        if (!set_option(options, letter))
            return false;
    options->rows = argv + optind;
    options->row_count = (size_t)(argc - optind);
    return true;
}

static unsigned count_cores(void)
{
    int n = (int)sysconf(_SC_NPROCESSORS_ONLN);
    return n > 0 && n <= PROCESSES_MAX ? (unsigned)n : 1;
}

int main(int argc, char **argv)
{
    struct options options = {.runs = RUNS, .processes = count_cores()};
    struct score score = {0};
    if (!parse_options(&options, argc, argv)) {
        fprintf(stderr, "usage: study [-n RUNS] [-j PROCESSES] [-o FILE] [ROW...]\n");
        return 2;
    }
    int64_t begin_ns = clock_now_ns();
    study_all(&options, &score);
    say(&options, "%zu of %zu demands hold; %zu runs a cell, %.0f s\n", score.held,
        score.held + score.missed, options.runs,
        (double)(clock_now_ns() - begin_ns) / (double)NS_PER_S);
    if (options.file != NULL && fclose(options.file) != 0) {
        fprintf(stderr, "study: the results could not be written\n");
        return 2;
    }
    return score.missed > 0 || score.held == 0;
}
