/* Backlogs that grow, and such that only swing. */
#include "stats/backlog.h"

#include "base/rng.h"
#include "check.h"

#include <math.h>

#define SECONDS 60

static const struct {
    const char *name;
    double level, per_s, noise, swing, arrivals_per_s;
    size_t n;
    bool is_growing;
} rows[] = {
    {"steady", 20, 0, 2, 0, 20, SECONDS, false},
    {"empty", 0, 0, 0, 0, 20, SECONDS, false},
    {"overloaded", 20, 2, 3, 0, 20, SECONDS, true},
    {"overloaded from nothing", 0, 1, 0, 0, 20, SECONDS, true},
    {"a little more each second", 20, 0.3, 1, 0, 14, SECONDS, true},
    {"too little to count", 200, 0.3, 1, 0, 20, SECONDS, false},
    {"less than four", 0.5, 0.05, 0.1, 0, 20, SECONDS, false},
    {"draining", 100, -1, 2, 0, 20, SECONDS, false},
    {"swinging", 20, 0, 1, 15, 20, SECONDS, false},
    {"too short to say", 0, 50, 0, 0, 20, 9, false},
    {"just long enough", 0, 50, 0, 0, 20, 10, true},
};

static void tells_growth(void)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        double x[SECONDS];
        struct rng rng;
        check_row = rows[i].name;
        rng_init(&rng, 1, RNG_SERVICE, i);
        for (size_t t = 0; t < rows[i].n; t++)
            x[t] = rows[i].level + rows[i].per_s * (double)t +
                   rows[i].noise * rng_normal(&rng) + rows[i].swing * sin((double)t);
        struct backlog b =
            backlog_of(x, rows[i].n, rows[i].arrivals_per_s * (double)rows[i].n);
        CHECK_INT(b.is_growing, rows[i].is_growing);
        if (b.is_growing && rows[i].noise < 1.5)
            CHECK_NEAR(b.per_s, rows[i].per_s, 0.05 + rows[i].per_s * 0.02);
    }
}

int main(void)
{
    RUN(tells_growth);
    return check_report();
}
