/* Backoff: the formulas, by hand. */
#include "policy/backoff.h"

#include "check.h"

#define MS NS_PER_MS

static const struct row {
    const char *name;
    struct backoff b;
    unsigned n;
    int64_t previous_ms;
    double unit;
    double expected_ms;
} rows[] = {
    {"none, first", {1000 * MS, 8000 * MS, 2, JITTER_NONE, 0, 0}, 0, 0, 0.9, 1000},
    {"none, third", {1000 * MS, 8000 * MS, 2, JITTER_NONE, 0, 0}, 2, 0, 0.9, 4000},
    {"none, capped", {1000 * MS, 8000 * MS, 2, JITTER_NONE, 0, 0}, 9, 0, 0.9, 8000},
    {"full", {100 * MS, 1000 * MS, 2, JITTER_FULL, 0, 0}, 1, 0, 0.25, 50},
    {"full, capped first",
     {100 * MS, 1000 * MS, 2, JITTER_FULL, 0, 0},
     30,
     0,
     0.5,
     500},
    {"equal", {100 * MS, 1000 * MS, 2, JITTER_EQUAL, 0, 0}, 2, 0, 0.5, 300},
    {"decorrelated, first",
     {100 * MS, 1000 * MS, 2, JITTER_DECORRELATED, 0, 0},
     0,
     0,
     0.5,
     200},
    {"decorrelated, later",
     {100 * MS, 1000 * MS, 2, JITTER_DECORRELATED, 0, 0},
     3,
     200,
     0.5,
     350},
    {"decorrelated, capped",
     {100 * MS, 1000 * MS, 2, JITTER_DECORRELATED, 0, 0},
     3,
     900,
     0.9,
     1000},
    {"add", {500 * MS, 60000 * MS, 1.5, JITTER_ADD, 0, 1000 * MS}, 2, 0, 0.4, 1525},
    {"add, cap after jitter",
     {500 * MS, 1000 * MS, 1.5, JITTER_ADD, 0, 1000 * MS},
     1,
     0,
     0.9,
     1000},
    {"below", {500 * MS, 8000 * MS, 2, JITTER_BELOW, 0.25, 0}, 1, 0, 0.4, 900},
    {"around, low", {100 * MS, 1000 * MS, 2, JITTER_AROUND, 0.2, 0}, 1, 0, 0, 160},
    {"around, high", {100 * MS, 1000 * MS, 2, JITTER_AROUND, 0.2, 0}, 1, 0, 1, 240},
    {"around passes the cap",
     {100 * MS, 1000 * MS, 2, JITTER_AROUND, 0.2, 0},
     9,
     0,
     1,
     1200},
    {"no sleep", {0, 0, 2, JITTER_ADD, 0, 1000 * MS}, 3, 0, 0.9, 0},
    {"no overflow",
     {1000 * MS, 8000 * MS, 100, JITTER_NONE, 0, 0},
     4000000,
     0,
     0,
     8000},
};

static void formulas(void)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const struct row *r = &rows[i];
        check_row = r->name;
        int64_t got = backoff_delay_ns(&r->b, r->n, r->previous_ms * MS, r->unit);
        CHECK_NEAR((double)got / 1e6, r->expected_ms, 1e-3);
    }
}

int main(void)
{
    RUN(formulas);
    return check_report();
}
